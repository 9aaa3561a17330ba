"""Incident records: taken once, placed, judged by type, listed without anybody in them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.nearest import haversine_m
from modules.public_security.intake import rounded
from modules.public_security.kinds import KINDS
from tests.modules.public_security.conftest import World, refused

LON, LAT = 105.776431, 19.806712


def snatch(**changes: Any) -> dict[str, Any]:
    body = {
        "type": "snatch",
        "t_from": "2026-11-21T22:05:00+07:00",
        "t_to": "2026-11-21T22:10:00+07:00",
        "location": {"lat": LAT, "lon": LON, "uncertainty_m": 20},
        "method": "snatched_by_vehicle",
        "source": "113",
        "narrative": "Bị giật túi",
    } | changes
    return {name: value for name, value in body.items() if value is not None}


async def taken(world: World, who: str = "operator", **changes: Any) -> dict[str, Any]:
    answer = await world.post("/records", snatch(**changes), who)
    assert answer.status_code == 201, answer.text
    await world.settle()
    body: dict[str, Any] = answer.json()
    return body


async def test_a_serious_record_goes_to_the_desk_with_its_place_and_a_patrol(world: World) -> None:
    answer = await taken(world)
    assert answer["number"].startswith("ANTT-261121-") and answer["ward"]["name"] == "Phường Hạc Thành"
    (found,) = await world.events("record.received")
    assert (found.severity, found.data["type"], found.dataclass) == (3, "snatch", "internal")
    assert found.data["geometry"]["coordinates"] == [LON, LAT]
    assert found.data["desk"] == {
        "kind": "event",
        "priority": 3,
        "title": {"vi": "Tin báo: Cướp giật", "en": "Record: Snatching"},
        "category": "snatch",
        "due": None,
    }
    (patrol,) = await world.events("patrol.proposed")
    assert patrol.correlationid == found.correlationid


async def test_a_minor_record_is_said_with_a_rounded_place_and_opens_nothing(world: World) -> None:
    answer = await taken(world, type="theft")
    assert answer["desk"] is False
    (found,) = await world.events("record.received")
    lon, lat = found.data["geometry"]["coordinates"]
    assert (lon, lat) != (LON, LAT) and haversine_m(lon, lat, LON, LAT) < 71
    assert found.data["uncertainty_m"] == 100 and "desk" not in found.data
    assert await world.events("patrol") == []
    shown = (await world.get(f"/records/{answer['id']}", reveal=1, reason="kiểm tra")).json()
    assert shown["lonlat"] == [lon, lat] and shown["personal"]["exact_place"] == f"{LAT}, {LON}"


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_every_type_has_its_severity_and_a_close_one_stays_off_the_wall(world: World, kind: str) -> None:
    await taken(world, type=kind)
    (found,) = await world.events("record.received")
    assert 1 <= found.severity <= 4
    assert (found.dataclass == "personal") is (kind in {"missing_person", "drugs", "fraud"})


async def test_what_is_long_over_is_history_and_nothing_for_the_desk(world: World) -> None:
    answer = await taken(world, type="robbery", t_from="2026-11-07T08:00:00+07:00", t_to=None)
    (found,) = await world.events("record.received")
    assert answer["desk"] is False and found.severity == 1 and "desk" not in found.data
    assert found.data["geometry"]["coordinates"] != [LON, LAT]
    assert await world.events("patrol") == []


async def test_an_address_alone_is_kept_for_a_person(world: World) -> None:
    answer = await taken(world, location=None, address="12 ngõ 5")
    assert answer["location"] == "unknown"
    (found,) = await world.events("record.received")
    assert found.data["desk"]["title"]["vi"] == "Tin báo: Cướp giật (chưa rõ vị trí)" and found.lonlat is None
    assert (await taken(world, location={"lat": 21.03, "lon": 105.85}))["location"] == "outside"


async def test_the_same_key_is_one_record(world: World) -> None:
    first = await world.post("/records", snatch(), "operator", **{"Idempotency-Key": "113-1"})
    again = await world.post("/records", snatch(), "operator", **{"Idempotency-Key": "113-1"})
    assert first.status_code == again.status_code == 201 and first.json() == again.json()
    assert len(await world.events("record.received")) == 1
    refused(await world.post("/records", snatch(type="fight"), "operator", **{"Idempotency-Key": "113-1"}), 409)


async def test_what_the_simulator_sends_is_marked(world: World) -> None:
    await taken(world, "simulator")
    assert all(one.simulated for one in await world.events("public_security"))
    assert (await world.get("/records")).json()["records"][0]["simulated"] is True


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"location": None}, "location"),
        ({"location": None, "address": "  "}, "location"),
        ({"location": {"lat": LON, "lon": LAT}}, "location"),
        ({"location": {"lat": 200, "lon": 400}}, "location"),
        ({"location": {"lat": LAT, "lon": LON, "uncertainty_m": -1}}, "location.uncertainty_m"),
        ({"t_from": "2026-11-21T22:05:00"}, "t_from"),
        ({"t_from": "2026-11-22T22:05:00+07:00", "t_to": None}, "t_from"),
        ({"t_from": "1990-11-21T22:05:00+07:00"}, "t_from"),
        ({"t_from": "9999-12-31T23:59:59-10:00"}, "t_from"),
        ({"t_to": "2026-11-21T21:00:00+07:00"}, "t_to"),
        ({"type": "murder"}, "type"),
        ({"method": "0912345678"}, "method"),
        ({"source": "facebook"}, "source"),
        ({"face": "x"}, "face"),
        ({"narrative": "x" * 4001}, "narrative"),
        ({"plates": ["x" * 21]}, "plates"),
        ({"persons": [{"role": "boss"}]}, "persons"),
    ],
)
async def test_what_cannot_be_used_is_refused_by_its_field(world: World, changes: dict[str, Any], field: str) -> None:
    said = refused(await world.post("/records", snatch(**changes), "operator"), 422)
    assert said["errors"][0]["field"].startswith(field)
    assert await world.events("record") == []


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"type":', b"\xff", b"[" * 100_000])
async def test_rubbish_is_refused(world: World, body: bytes) -> None:
    assert (await world.post("/records", body, "operator")).status_code in (400, 422)


async def test_pages_hold_every_record_once(world: World) -> None:
    sent = [(await taken(world, narrative=f"tin {n}"))["id"] for n in range(7)]
    seen, before = [], None
    while True:
        page = (await world.get("/records", limit=3, **({"before": before} if before else {}))).json()
        seen += [one["id"] for one in page["records"]]
        if not (before := page["next"]):
            break
    assert seen == sent[::-1]


async def test_records_are_found_by_box_time_and_type(world: World) -> None:
    theft = (await taken(world, type="theft"))["id"]
    fight = (await taken(world, type="fight", t_from="2026-11-20T09:00:00+07:00", t_to=None))["id"]
    far = (await taken(world, type="fight", location={"lat": 19.838, "lon": 105.779}))["id"]

    async def found(**asked: str) -> set[str]:
        return {one["id"] for one in (await world.get("/records", **asked)).json()["records"]}

    assert await found(type="fight") == {fight, far}
    assert await found(bbox="105.77,19.80,105.785,19.81") == {theft, fight}
    assert await found(since="2026-11-21T00:00:00+07:00") == {theft, far}
    assert await found(until="2026-11-21T00:00:00Z", type="fight") == {fight}


@pytest.mark.parametrize(
    "asked",
    [
        {"type": "x"},
        {"since": "yesterday"},
        {"until": "2026-11-21T00:00:00"},
        {"bbox": "1,2,3"},
        {"bbox": "a,b,c,d"},
        {"bbox": "nan,nan,nan,nan"},
        {"bbox": "106,19,105,20"},
        {"before": "x"},
        {"limit": 0},
        {"limit": 201},
    ],
)
async def test_a_filter_nobody_understands_is_refused(world: World, asked: dict[str, Any]) -> None:
    assert (await world.get("/records", **asked)).status_code == 422


@pytest.mark.parametrize("id", ["x", "0193d1a0-0000-7000-8000-000000000000"])
async def test_an_unknown_record_is_not_found(world: World, id: str) -> None:
    assert (await world.get(f"/records/{id}")).status_code == 404


async def test_records_of_a_day_are_an_indicator(world: World) -> None:
    await taken(world)
    await world.tick("count")
    assert (await world.shown("kpi"))["public_security.records_24h"]["value"] == 1
    world.wait(86_401)
    await world.tick("count")
    assert (await world.shown("kpi"))["public_security.records_24h"]["value"] == 0


@given(st.floats(105.6, 105.9), st.floats(19.7, 19.95), st.sampled_from([50.0, 100.0, 250.0]))
def test_a_rounded_place_is_near_and_always_the_same(lon: float, lat: float, grid_m: float) -> None:
    moved = rounded(lon, lat, grid_m)
    assert haversine_m(lon, lat, *moved) <= 0.72 * grid_m
    assert haversine_m(*rounded(*moved, grid_m), *moved) < 1
