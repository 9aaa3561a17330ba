"""The four collections over the real store, profile and places of a city."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from ioc.city.profile import load_city
from ioc.core.dataclass import DataClass
from ioc.core.envelope import Envelope
from ioc.core.ids import new_id
from ioc.host.city_map import open_places
from ioc.incidents.tables import incident as incident_table
from ioc.incidents.view import Incident, row_of
from ioc.store import Store, StoreSettings, Transaction, migrate
from tests.api.ogc_app import application

ROOT = Path(__file__).resolve().parents[2]
START = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
WARD = {"code": "18823", "name": "Phường Vũng Áng", "valid_from": "2025-07-01", "approximate": True}
SECRET = "Nguyễn Thị Bí Mật 0912345678"


def event(number: int, data_class: DataClass = DataClass.PUBLIC) -> Envelope:
    at = START + timedelta(minutes=number)
    return Envelope(
        id=new_id(),
        source="/test",
        type="environment.flood.detected",
        time=at,
        recordedtime=at,
        city="ky-anh",
        module="environment",
        partitionkey="p",
        correlationid=f"c{number}",
        severity=3,
        dataclass=data_class.value,
        data={
            "title": {"vi": "Ngập đường", "en": "Flooded road"},
            "geometry": {"type": "Point", "coordinates": [106.36 + number / 1000, 18.05]},
            "ward": WARD,
            "caller": SECRET,
        },
    )


def incident(number: int) -> Incident:
    return Incident(
        id=new_id(),
        number=number,
        kind="call",
        status="taken",
        priority=1,
        severity=4,
        title={"vi": "Cháy nhà", "en": "House fire"},
        category="fire",
        module="emergency",
        correlation=f"call-{number}",
        source=new_id(),
        source_type="emergency.call.received",
        opened=START + timedelta(hours=number),
        updated=START + timedelta(hours=number),
        lonlat=(106.36 + number / 1000, 18.05),
        ward=WARD,
        owner=SECRET,
        place=SECRET,
        facts={"caller": SECRET},
        personal="person:1",
    )


@pytest.fixture
async def store(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    migrate.upgrade(sqlite_url, [ROOT / "ioc" / "incidents"])
    opened = await Store.open(StoreSettings(sqlite_url, "ky-anh", tmp_path / "state", bytes(range(32))))
    yield opened
    await opened.close()


@pytest.fixture
async def client(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    city = load_city(ROOT / "cities" / "ky-anh")
    app = application(store=store, city=city, gis=await open_places(city, store, None))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://city.test") as made:
        yield made


async def append(store: Store, *events: Envelope) -> None:
    await store.write(lambda tx: [tx.append(one) for one in events])


async def open_incidents(store: Store, *made: Incident) -> None:
    def job(tx: Transaction) -> None:
        for one in made:
            tx.execute(sa.insert(incident_table).values(row_of(one)))

    await store.write(job)


async def items(client: httpx.AsyncClient, collection: str, role: str = "wall", **query: Any) -> Any:
    answer = await client.get(f"/ogc/collections/{collection}/items", params=query, headers={"x-role": role})
    assert answer.status_code == 200, answer.text
    assert SECRET not in answer.text
    return answer.json()


async def walk(client: httpx.AsyncClient, collection: str, limit: int) -> list[Any]:
    page, found = await items(client, collection, limit=limit), []
    while True:
        found += page["features"]
        more = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not more:
            return found
        page = (await client.get(more[0], headers={"x-role": "wall"})).json()


async def test_events_come_newest_first_page_after_page(client: httpx.AsyncClient, store: Store) -> None:
    made = [event(i) for i in range(23)]
    await append(store, *made)
    found = await walk(client, "events", 5)
    assert [one["id"] for one in found] == [one.id for one in reversed(made)]
    first = found[0]["properties"]
    assert (first["module"], first["ward"], first["severity"]) == ("environment", "18823", 3)
    assert first["title_vi"] == "Ngập đường"


async def test_a_new_event_does_not_shift_the_pages(client: httpx.AsyncClient, store: Store) -> None:
    made = [event(i) for i in range(6)]
    await append(store, *made)
    page = await items(client, "events", limit=3)
    await append(store, event(50))
    following = next(link["href"] for link in page["links"] if link["rel"] == "next")
    rest = (await client.get(following, headers={"x-role": "wall"})).json()["features"]
    assert [one["id"] for one in page["features"] + rest] == [one.id for one in reversed(made)]


async def test_events_are_chosen_by_box_and_time_both_ends_included(client: httpx.AsyncClient, store: Store) -> None:
    made = [event(i) for i in range(10)]
    await append(store, *made)
    boxed = await items(client, "events", bbox="106.3615,18.0,106.3635,18.1")
    assert [one["id"] for one in boxed["features"]] == [made[3].id, made[2].id]
    timed = await items(client, "events", datetime="2026-11-21T01:02:00Z/2026-11-21T01:04:00Z")
    assert [one["id"] for one in timed["features"]] == [made[4].id, made[3].id, made[2].id]
    instant = await items(client, "events", datetime="2026-11-21T08:02:00+07:00")
    assert [one["id"] for one in instant["features"]] == [made[2].id]
    open_end = await items(client, "events", datetime="2026-11-21T01:08:00Z/..")
    assert len(open_end["features"]) == 2


async def test_events_are_cut_to_what_each_may_see(client: httpx.AsyncClient, store: Store) -> None:
    made = {kind: event(i, kind) for i, kind in enumerate(DataClass)}
    await append(store, *made.values())
    for role, classes in {
        "anyone": {"public"},
        "wall": {"public", "internal"},
        "admin": {"public", "internal"},
    }.items():
        seen = {one["id"] for one in (await items(client, "events", role))["features"]}
        assert seen == {made[DataClass(one)].id for one in classes}
        for kind, one in made.items():
            answer = await client.get(f"/ogc/collections/events/items/{one.id}", headers={"x-role": role})
            assert answer.status_code == (200 if kind.value in classes else 404)
            assert SECRET not in answer.text


async def test_incidents_are_for_the_house_and_name_nobody(client: httpx.AsyncClient, store: Store) -> None:
    made = [incident(i) for i in range(1, 8)]
    await open_incidents(store, *made)
    found = await walk(client, "incidents", 3)
    assert [one["properties"]["number"] for one in found] == [7, 6, 5, 4, 3, 2, 1]
    assert found[0]["properties"]["ward_name"] == "Phường Vũng Áng"
    assert not {"facts", "personal", "owner", "place"} & found[0]["properties"].keys()
    assert (await items(client, "incidents", "anyone"))["features"] == []
    alone = f"/ogc/collections/incidents/items/{made[0].id}"
    assert (await client.get(alone, headers={"x-role": "wall"})).json()["id"] == made[0].id
    assert (await client.get(alone)).status_code == 404


async def test_incidents_are_chosen_by_box_and_time(client: httpx.AsyncClient, store: Store) -> None:
    await open_incidents(store, *(incident(i) for i in range(1, 8)))
    boxed = await items(client, "incidents", bbox="106.3615,18.0,106.3635,18.1")
    assert [one["properties"]["number"] for one in boxed["features"]] == [3, 2]
    timed = await items(client, "incidents", datetime="2026-11-21T03:00:00Z/2026-11-21T04:00:00Z")
    assert [one["properties"]["number"] for one in timed["features"]] == [3, 2]


@pytest.mark.parametrize("collection", ["events", "incidents"])
@pytest.mark.parametrize("feature", ["x", "%00", "00000000-0000-7000-8000-000000000000"])
async def test_an_unknown_id_is_a_404(client: httpx.AsyncClient, collection: str, feature: str) -> None:
    answer = await client.get(f"/ogc/collections/{collection}/items/{feature}", headers={"x-role": "wall"})
    assert answer.status_code == 404


async def test_wards_and_assets_come_from_the_city(client: httpx.AsyncClient) -> None:
    wards = await items(client, "wards", "anyone")
    assert {one["properties"]["code"] for one in wards["features"]} == {"18754", "18781", "18823", "18832"}
    assert all(one["properties"]["approximate"] for one in wards["features"])
    assets = await items(client, "assets", "anyone", limit=1000)
    assert assets["features"]
    for one in assets["features"]:
        assert {"module", "ward", "severity", "name", "kind"} <= one["properties"].keys()
