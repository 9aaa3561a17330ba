"""The module's tables: made by its migration as the code declares them, and the whole story on PostgreSQL too."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, inspect

from ioc.city.profile import City
from ioc.core.clock import SetClock
from ioc.host.migrating import migration_homes
from ioc.store import Store, StoreSettings, migrate
from modules.citizen.tables import metadata, report
from tests import servers
from tests.modules.citizen.conftest import HAC_THANH, Town, build_town, desk_event, looked_at, photo


def test_the_migration_makes_the_tables_as_declared_and_takes_them_out_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ioc.db"
    migrate.upgrade(url, migration_homes())
    engine = create_engine(url)
    for name, table in metadata.tables.items():
        made = {one["name"]: one for one in inspect(engine).get_columns(name)}
        assert {column: one["nullable"] for column, one in made.items()} == {c.name: c.nullable for c in table.columns}
        indexes = {one["name"] for one in inspect(engine).get_indexes(name)}
        assert {index.name for index in table.indexes} <= indexes
    migrate.downgrade(url, migration_homes(), to="citizen@base")
    assert not [name for name in inspect(create_engine(url)).get_table_names() if name.startswith("citizen_")]
    engine.dispose()


@pytest.fixture
async def town_on_postgresql(
    postgres: servers.Postgres, clock: SetClock, city: City, tmp_path: Path
) -> AsyncIterator[Town]:
    name = f"citizen_{uuid4().hex}"
    url = postgres.create(name)
    migrate.upgrade(url, migration_homes())
    store = await Store.open(StoreSettings(url, "thanh-hoa", tmp_path / "state", bytes(range(32))))
    yield await build_town(store, clock, city, tmp_path)
    await store.close()
    postgres.drop(name)


async def test_the_whole_story_on_postgresql(town_on_postgresql: Town) -> None:
    town = town_on_postgresql
    form = {
        "service_code": "lighting",
        "description": "đèn đường hỏng",
        "lat": str(HAC_THANH[1]),
        "long": str(HAC_THANH[0]),
    }
    async with town.client() as client, town.client(operator=True) as operator:
        files = {"media": ("a.jpg", photo(), "image/jpeg")}
        sent = await client.post("/open311/v2/requests.json", data=form, files=files)
        report_id = sent.json()[0]["service_request_id"]
        link = re.search(r"<(/report/status/[^>]+)>", sent.headers["link"])
        assert link
        again = await client.post("/open311/v2/requests.json", data=form)
        assert "PA-1" in again.json()[0]["service_notice"]
        for action in ("taken", "assigned", "closed"):
            town.clock.move(timedelta(minutes=1))
            await town.hear(desk_event(action, report_id, town.clock.now()))
        done = await operator.post(f"/api/v1/reports/{report_id}/publish", json=await looked_at(town, report_id))
        assert done.status_code == 200
        listed = (await client.get("/open311/v2/requests.json", params={"status": "closed"})).json()
        assert [one["service_request_id"] for one in listed] == [report_id]
        assert (await client.get(listed[0]["media_url"])).status_code == 200
        assert (await client.post(f"{link[1]}/rating", data={"rating": "5"})).status_code == 303
        assert "Đã đánh giá" in (await client.get(link[1])).text
    for timer in ("watch_deadlines", "count", "gather", "let_go"):
        await town.tick(timer)
    assert [row["number"] for row in sorted(await town.rows(report), key=lambda row: row["number"])] == [1, 2]
