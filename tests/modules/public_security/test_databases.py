"""The module's tables: made by its migration as the code declares them, and the whole story on each database."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import create_engine, inspect

from ioc.host.migrating import migration_homes
from ioc.store import migrate
from modules.public_security.tables import metadata
from tests.modules.public_security.conftest import World
from tests.modules.public_security.test_hotspots import many
from tests.modules.public_security.test_records import snatch


def test_the_migration_makes_the_tables_as_declared_and_takes_them_out_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ioc.db"
    migrate.upgrade(url, migration_homes())
    engine = create_engine(url)
    for name, table in metadata.tables.items():
        made = {one["name"]: one for one in inspect(engine).get_columns(name)}
        assert {column: (one["nullable"], str(one["type"])) for column, one in made.items()} == {
            c.name: (c.nullable, str(c.type)) for c in table.columns
        }
        indexes = {one["name"] for one in inspect(engine).get_indexes(name)}
        assert {index.name for index in table.indexes} <= indexes
    migrate.downgrade(url, migration_homes(), to="public_security@base")
    assert not [one for one in inspect(create_engine(url)).get_table_names() if one.startswith("public_security")]
    engine.dispose()


def test_the_newer_tables_go_and_come_on_each_database(database_url: str) -> None:
    def there() -> set[str]:
        engine = create_engine(database_url)
        names = {one for one in inspect(engine).get_table_names() if one.startswith("public_security_")}
        engine.dispose()
        return names

    migrate.upgrade(database_url, migration_homes())
    assert there() == set(metadata.tables)
    migrate.downgrade(database_url, migration_homes(), to="public_security@public_security_0001")
    newer = {"public_security_near_repeat", "public_security_case", "public_security_look"}
    assert there() == set(metadata.tables) - newer
    migrate.upgrade(database_url, migration_homes())
    assert there() == set(metadata.tables)


async def test_the_whole_story_on_each_database(world_anywhere: World) -> None:
    world = world_anywhere
    for _ in range(2):
        await world.see("camera.objects", "c1/yard", 1, 1, 1)
        await world.see("camera.objects", "c1/yard", *[0] * 8, every=10)
    await world.see("camera.state", "c3", *[4] * 3, 0, 0, every=10)
    answer = await world.post("/records", snatch(), "simulator", **{"Idempotency-Key": "1"})
    assert answer.status_code == 201
    assert (await world.post("/records", snatch(), "simulator", **{"Idempotency-Key": "1"})).json() == answer.json()
    await many(world, 30)
    await world.tick("find_hotspots")
    await world.tick("find_near_repeat")
    await world.patrol("ca-01", 105.7764, 19.8067)
    await world.tick("propose_looks")
    await world.tick("count")
    said = {one.type.removeprefix("public_security.") for one in await world.events("public_security.")}
    assert said == {
        "intrusion.detected",
        "intrusion.cleared",
        "camera.tampered",
        "camera.restored",
        "record.received",
        "patrol.proposed",
        "hotspot.found",
        "look.proposed",
    }
    records = (await world.get("/records", limit=200, bbox="105.7,19.7,105.9,19.9")).json()["records"]
    assert len(records) == 31 and (await world.get("/hotspots")).json()["features"]
    values = {key: body["value"] for key, body in (await world.shown("kpi")).items()}
    assert values["public_security.records_24h"] == 31 and values["public_security.open_intrusions"] == 0
