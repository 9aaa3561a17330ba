"""Units: where they are and what they do, newest source time first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ioc.core.clock import iso
from tests.modules.emergency.conftest import START, World, refused

HERE = {"lat": 19.81, "lon": 105.77}


def at(seconds: float) -> str:
    return iso(START + timedelta(seconds=seconds))


async def position(world: World, seconds: float, **more: Any) -> dict[str, Any]:
    answer = await world.post("/units/A/position", {**HERE, "at": at(seconds), **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def unit_a(world: World) -> dict[str, Any]:
    return next(one for one in (await world.get("/units", who="wall"))["units"] if one["id"] == "A")


async def test_a_unit_never_heard_of_is_listed_as_unknown(world: World) -> None:
    shown = await unit_a(world)
    assert (shown["state"], shown["lonlat"], shown["fix_ts"]) == ("unknown", None, None)


async def test_a_position_is_listed_and_shown_on_the_wall(world: World) -> None:
    await position(world, 0, speed_kmh=31, heading_deg=90)
    wire = {
        "id": "A",
        "name": "Xe A",
        "kind": "fire",
        "service": "114",
        "state": "unknown",
        "lonlat": [105.77, 19.81],
        "hdg": 90,
        "spd": 31,
        "fix_ts": at(0),
        "task": None,
        "simulated": False,
    }
    assert await unit_a(world) == wire
    assert await world.shown("unit") == {"A": wire}


async def test_the_newest_source_time_wins_whatever_comes_last(world: World) -> None:
    assert (await position(world, 20))["kept"] == 1
    assert (await position(world, 10, speed_kmh=99))["kept"] == 0
    assert (await unit_a(world))["fix_ts"] == at(20)
    assert (await world.shown("unit"))["A"]["fix_ts"] == at(20)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(order=st.permutations([0, 1, 2, 3]), shift=st.integers(4, 100))
async def test_any_order_ends_at_the_newest(world: World, order: list[int], shift: int) -> None:
    base = (await unit_a(world))["fix_ts"] or at(0)
    for step in order:
        answer = await world.post("/units/A/position", {**HERE, "at": at(step + shift), "speed_kmh": step})
        assert answer.status_code == 200
    shown = await unit_a(world)
    assert shown["fix_ts"] == max(base, at(3 + shift))
    assert (await world.shown("unit"))["A"] == shown


async def test_a_batch_is_kept_whole_or_not_at_all(world: World) -> None:
    good = {"unit": "B", **HERE, "at": at(0)}
    body = refused(await world.post("/units/positions", {"positions": [good, {**good, "unit": "ghost"}]}), 404)
    assert "ghost" in body["errors"][0]["field"]
    refused(await world.post("/units/positions", {"positions": [good, {**good, "unit": "A", "at": at(9999)}]}), 422)
    assert await world.shown("unit") == {}
    answer = await world.post("/units/positions", {"positions": [good, {**good, "at": at(-5)}, {**good, "unit": "C"}]})
    assert answer.json() == {"received": 3, "kept": 2}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({**HERE, "at": at(301)}, 422),
        ({**HERE, "at": "2026-11-21T07:30:00"}, 422),
        ({"lat": 105.77, "lon": 19.81, "at": at(0)}, 422),
        ({"lat": 99, "lon": 19.81, "at": at(0)}, 422),
        ({**HERE, "at": at(0), "speed_kmh": -1}, 422),
        ({**HERE, "at": at(0), "crew": ["An"]}, 422),
        ({**HERE}, 422),
        ({**HERE, "at": at(0), "state": "dancing"}, 422),
    ],
)
async def test_impossible_readings_are_refused(world: World, body: dict[str, Any], status: int) -> None:
    refused(await world.post("/units/A/position", body), status)
    assert await world.shown("unit") == {}


async def test_unknown_units_are_not_found(world: World) -> None:
    refused(await world.post("/units/ghost/position", {**HERE, "at": at(0)}), 404)
    refused(await world.post("/units/ghost/state", {"state": "available"}), 404)


EXTREME = [
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-14:00",
    "9999-12-31T23:59:59Z",
    "2026-11-18T07:29:59Z",
]


@pytest.mark.parametrize("time", EXTREME)
async def test_times_nobody_can_believe_are_refused_at_every_door(world: World, time: str) -> None:
    call = await world.a_fire()
    bodies: dict[str, dict[str, Any]] = {
        "/units/A/position": {**HERE, "at": time},
        "/units/positions": {"positions": [{**HERE, "unit": "A", "at": time}]},
        "/units/A/state": {"state": "available", "at": time},
        f"/calls/{call['id']}/states": {"state": "triaged", "at": time},
    }
    for path, body in bodies.items():
        told = refused(await world.post(path, body), 422)
        assert told["errors"][0]["field"].endswith("at"), (path, told)


async def test_a_clock_a_little_ahead_is_believed(world: World) -> None:
    assert (await position(world, 300))["kept"] == 1


async def test_a_state_takes_its_call_a_step_and_frees_the_unit_again(world: World) -> None:
    call = await world.a_fire()
    answer = await world.post("/units/A/state", {"state": "en_route", "call": call["id"]})
    assert answer.json()["task"] == call["number"]
    assert (await world.get(f"/calls/{call['id']}"))["status"] == "en_route"
    assert (await world.shown("unit"))["A"]["task"] == call["number"]
    world.wait(60)
    await world.post("/units/A/state", {"state": "on_scene"})
    shown = await world.get(f"/calls/{call['id']}")
    assert [(one["state"], one["unit"]) for one in shown["stamps"]] == [
        ("received", None),
        ("en_route", "A"),
        ("on_scene", "A"),
    ]
    world.wait(60)
    await world.post("/units/A/state", {"state": "available"})
    assert (await unit_a(world))["task"] is None
    assert (await world.get(f"/calls/{call['id']}"))["status"] == "on_scene"


async def test_an_older_state_changes_nothing(world: World) -> None:
    await world.post("/units/A/state", {"state": "on_scene", "at": at(10)})
    answer = await world.post("/units/A/state", {"state": "available", "at": at(5)})
    assert answer.json() == {"unit": "A", "state": "on_scene", "kept": False}
    assert (await unit_a(world))["state"] == "on_scene"


async def test_a_state_for_an_unknown_call_is_refused(world: World) -> None:
    refused(await world.post("/units/A/state", {"state": "en_route", "call": "nothing"}), 404)


async def test_a_state_may_ride_on_a_position(world: World) -> None:
    await position(world, 0, state="available")
    await position(world, 10)
    assert (await unit_a(world))["state"] == "available"


async def test_a_simulated_device_marks_what_it_says(world: World) -> None:
    await world.post("/units/A/position", {**HERE, "at": at(0)}, who="simulator")
    assert (await unit_a(world))["simulated"] is True
