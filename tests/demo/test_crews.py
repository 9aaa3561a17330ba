"""Units drive to the case they are assigned to, stay and return."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from ioc.city.profile import City
from ioc.demo.crews import Crews
from ioc.demo.geometry import apart_m
from tests.demo.conftest import MORNING

ROUND = timedelta(seconds=5)


def a_case(city: City, metres: float = 3000, **changes: Any) -> dict[str, Any]:
    unit = city.units[0]
    place = [unit.lon + metres / 104_600, unit.lat]
    return {"id": "c1", "kind": "call", "correlation": "k1", "assignee": unit.id, "lonlat": place, **changes}


def drive(
    crews: Crews, cases: list[dict[str, Any]], rounds: int, now: datetime
) -> tuple[list[Any], list[Any], datetime]:
    fixes, said = [], []
    for _ in range(rounds):
        now += ROUND
        found, sayings = crews.step(cases, {}, now)
        fixes.append(found)
        said += sayings
    return fixes, said, now


def test_a_unit_drives_there_at_a_plausible_speed_stays_and_returns(city: City):
    crews, case = Crews(city, random.Random(1)), a_case(city)
    unit, base = city.units[0].id, (city.units[0].lon, city.units[0].lat)
    fixes, said, now = drive(crews, [case], 120, MORNING)
    assert [(one.state, one.call) for one in said][:3] == [("dispatched", "k1"), ("en_route", "k1"), ("on_scene", "k1")]
    assert crews.busy("c1") or "c1" in crews.served
    reached = [one[unit].point for one in fixes]
    assert min(apart_m(point, tuple(case["lonlat"])) for point in reached) < 1
    steps = [apart_m(a, b) for a, b in pairwise(reached)]
    assert max(steps) <= 55 / 3.6 * 5 + 1  # never faster than the speed of a main road
    _, more, _ = drive(crews, [case], 240, now)
    assert [one.state for one in (*said, *more) if one.unit == unit][-2:] == ["returning", "available"]
    assert "c1" in crews.served
    assert crews.free(unit)
    assert apart_m(crews.step([], {}, now)[0][unit].point, base) < 100


def test_a_closed_case_calls_its_unit_back(city: City):
    crews, case = Crews(city, random.Random(1)), a_case(city)
    _, _, now = drive(crews, [case], 20, MORNING)
    _, said, _ = drive(crews, [], 1, now)
    assert [(one.unit, one.state) for one in said] == [(city.units[0].id, "returning")]
    assert "c1" not in crews.served


def test_a_unit_left_out_by_an_earlier_run_goes_home(city: City):
    crews, unit = Crews(city, random.Random(1)), city.units[0].id
    _, said = crews.step([], {unit: "on_scene"}, MORNING)
    assert [(one.unit, one.state) for one in said] == [
        (unit, "returning"),
        (unit, "available"),
    ]  # it stands at its base
