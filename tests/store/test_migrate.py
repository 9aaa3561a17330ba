"""Migrations up and down, on both kinds of database, with branches of modules."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from ioc.feed.session import rights_epoch
from ioc.feed.subscription import Subscribe, parse
from ioc.store import SchemaMissing, Store, StoreSettings, migrate
from ioc.store.backup.facts import own_tables
from ioc.store.database import event_database, observation_database
from ioc.store.partitions import parts
from ioc.store.standing_still import take_time
from ioc.store.tables import metadata, observation_metadata
from tests.conftest import CITY, MASTER_KEY
from tests.events import an_event
from tests.feed.world import OPERATOR, WALL_SCREEN
from tests.servers import wait_until

MODULE = """
import sqlalchemy as sa
from alembic import op

revision = "noise_0001"
down_revision = None
branch_labels = ("noise",)
depends_on = None


def upgrade() -> None:
    op.create_table("noise_station", sa.Column("id", sa.String, primary_key=True))


def downgrade() -> None:
    op.drop_table("noise_station")
"""


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    folder = tmp_path / "một mô-đun" / "noise"
    (folder / "migrations").mkdir(parents=True)
    (folder / "migrations" / "0001_noise.py").write_text(MODULE)
    return folder


def tables(url: str) -> set[str]:
    found: set[str] = set()
    for database in (event_database(url, ""), observation_database(url, "")):
        with database.writer().connect() as connection:
            found |= set(own_tables(connection))
    return {name for name in found if not name.startswith(("alembic_version", "spatial_ref_sys"))}


EXPECTED = set(metadata.tables) | set(observation_metadata.tables)


def test_up_down_up(database_url: str) -> None:
    assert tables(database_url) == EXPECTED
    migrate.downgrade(database_url)
    assert tables(database_url) == set()
    migrate.upgrade(database_url)
    migrate.upgrade(database_url)
    assert tables(database_url) == EXPECTED


def test_modules_are_branches_of_their_own(database_url: str, noise: Path, tmp_path: Path) -> None:
    migrate.upgrade(database_url, [noise, tmp_path / "module-without-tables"])
    assert tables(database_url) == EXPECTED | {"noise_station"}
    migrate.downgrade(database_url, [noise], to="noise@base")
    assert tables(database_url) == EXPECTED
    migrate.upgrade(database_url, [noise])
    migrate.downgrade(database_url, [noise])
    assert tables(database_url) == set()


def test_a_module_that_is_left_out_is_left_alone(database_url: str, noise: Path) -> None:
    migrate.upgrade(database_url, [noise])
    migrate.upgrade(database_url)
    assert tables(database_url) == EXPECTED | {"noise_station"}
    migrate.upgrade(database_url, [noise])
    migrate.downgrade(database_url, [noise], to="noise@base")
    assert tables(database_url) == EXPECTED


@pytest.mark.parametrize("still_there", [True, False])
def test_versions_that_an_older_build_kept_together(database_url: str, noise: Path, still_there: bool) -> None:
    migrate.upgrade(database_url, [noise])
    with event_database(database_url, "").writer().begin() as connection:
        connection.execute(sa.text("insert into alembic_version values ('noise_0001')"))
        connection.execute(sa.text("drop table alembic_version_noise"))
    migrate.upgrade(database_url, [noise] if still_there else [])
    assert versions(database_url, "alembic_version") == ["platform_0011"]
    assert versions(database_url, "alembic_version_noise") == ["noise_0001"]
    migrate.upgrade(database_url, [noise])
    assert tables(database_url) == EXPECTED | {"noise_station"}


def versions(url: str, table: str) -> list[str]:
    with event_database(url, "").writer().connect() as connection:
        return [str(row[0]) for row in connection.execute(sa.text(f"select version_num from {table}"))]  # noqa: S608


def test_a_revision_nobody_holds(database_url: str, noise: Path) -> None:
    with pytest.raises(LookupError, match="river@base"):
        migrate.downgrade(database_url, [noise], to="river@base")


def test_migrations_make_what_the_code_says(database_url: str) -> None:
    for database, declared in (
        (event_database(database_url, ""), metadata),
        (observation_database(database_url, ""), observation_metadata),
    ):
        with database.writer().connect() as connection:
            assert differences(connection, declared, in_its_parts=PARTED) == []
            for table in PARTED:
                for part in parts(connection, table) if table in declared.tables else ():
                    assert differences(connection, as_a_part(declared.tables[table], part.name)) == []


# A unique key that does not hold the partition's column can only be one of each partition.
PARTED = {"event": ("id",), "observation_batch": ("door", "key", "owner")}


def differences(
    connection: sa.Connection, declared: sa.MetaData, in_its_parts: dict[str, tuple[str, ...]] | None = None
) -> list[object]:
    apart = (in_its_parts or {}) if connection.dialect.name == "postgresql" else {}

    def ours(thing: object, name: str, kind: str, reflected: bool, other: object) -> bool:
        if isinstance(thing, sa.UniqueConstraint) or (isinstance(thing, sa.Index) and thing.unique):
            return thing.table is None or tuple(thing.columns.keys()) != apart.get(thing.table.name)
        return kind != "table" or name in declared.tables

    context = MigrationContext.configure(connection, opts={"include_object": ours})
    return list(compare_metadata(context, declared))


def as_a_part(table: sa.Table, name: str) -> sa.MetaData:
    """What a partition must be: the declared table, under its own name and with names of indexes after that."""
    declared = sa.MetaData()
    part = table.to_metadata(declared, name=name)
    for index in part.indexes:
        index.name = "_".join([name, *index.columns.keys(), "idx"])
    return declared


def test_a_start_outwaits_an_owner_that_stands_still(postgres_url: str) -> None:
    """A paused machine keeps the city's lock for some seconds; the one that starts in its place must not fail on it."""
    database = event_database(postgres_url, "")
    waiting = sa.text(
        "select query_start from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    )
    with database.writer().connect() as owner, database.writer().connect() as watch, ThreadPoolExecutor(1) as starter:
        asked = set[object]()

        def waits_on() -> bool:
            with watch.begin():
                asked.update(watch.execute(waiting).scalars())
            return starting.done() or len(asked) > 1  # it asked once more: for longer than a city's writer waits

        with database.locked(owner):
            take_time(owner)  # or it is put out
            starting = starter.submit(migrate.upgrade, postgres_url)
            wait_until(waits_on, "the start waits on for the lock")
            assert not starting.done()
        starting.result(60)


async def test_events_are_a_layer_for_desktop_gis(postgres_url: str, tmp_path: Path) -> None:
    store = await Store.open(StoreSettings(postgres_url, CITY, tmp_path, MASTER_KEY))
    await store.write(lambda tx: [tx.append(an_event()), tx.append(an_event(data={}))])
    async with store.read() as connection:
        query = sa.text("select position, st_srid(geom), st_x(geom), st_y(geom) from event_geom")
        rows = [tuple(row) for row in await connection.execute(query)]
    assert rows == [(1, 4326, 106.29, 18.07)]
    await store.close()


def test_a_store_that_was_never_migrated(tmp_path: Path) -> None:
    with pytest.raises(SchemaMissing):
        asyncio.run(Store.open(StoreSettings(f"sqlite:///{tmp_path}/new.db", CITY, tmp_path, MASTER_KEY)))
    assert not list(tmp_path.iterdir()), "looking makes nothing"


async def test_the_epoch_stays_until_it_is_renewed(database_url: str, store_settings: StoreSettings) -> None:
    first = await Store.open(store_settings)
    await first.close()
    second = await Store.open(store_settings)
    await second.close()
    assert first.epoch == second.epoch
    migrate.renew_epoch(database_url)
    third = await Store.open(store_settings)
    await third.close()
    assert third.epoch != first.epoch


async def test_screens_are_told_another_epoch_after_each_step_back_and_can_say_it(
    store_settings: StoreSettings,
) -> None:
    told = set[str]()
    for _ in range(3):
        store = await Store.open(store_settings)
        told.add(store.feed_epoch)
        for principal in (OPERATOR, WALL_SCREEN):
            epoch = rights_epoch(store.feed_epoch, principal)
            said = parse(json.dumps({"op": "subscribe", "topics": ["event"], "epoch": epoch, "since": 3}).encode())
            assert isinstance(said, Subscribe) and said.epoch == epoch
        await store.step_back()
        await store.close()
    assert len(told) == 3


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_what_the_store_cannot_live_on(url: str) -> None:
    with pytest.raises(ValueError, match="store"):
        event_database(url, CITY)


def test_a_short_master_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="32"):
        StoreSettings("sqlite:////x.db", CITY, tmp_path, b"short")
