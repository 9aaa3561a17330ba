"""Near-repeat: told once a period by type where records come again close by and soon, and by what right."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import timedelta
from typing import Any

import msgspec
import numpy as np
import pytest

from gis.near_repeat import Band
from gis.nearest import METRES_PER_DEGREE
from ioc.contract.rights import rule_of
from ioc.core.clock import iso
from modules.public_security import near_repeat
from modules.public_security.near_repeat import FOLLOWED, Happened
from modules.public_security.near_repeat_routes import list_near_repeat_areas
from modules.public_security.numbers import NearRepeatLimits
from modules.public_security.statements import add_record
from tests.modules.public_security.conftest import PEOPLE, START, World

LON, LAT = 105.7764, 19.8067
LIMITS = NearRepeatLimits(
    bands=(Band(150, 7), Band(150, 14), Band(250, 7), Band(250, 14)),
    window=timedelta(days=365),
    permutations=199,
    false_discovery=0.05,
    least=30,
    most=1500,
    least_pairs=5,
    least_ratio=1.2,
    same=timedelta(minutes=15),
    quiet=timedelta(days=7),
)
Spots = list[tuple[float, float, float]]  # metres east and north, days ago


def scattered(count: int, seed: int = 3) -> Spots:
    rng = np.random.default_rng(seed)
    return [(x, y, t) for x, y, t in rng.uniform((-3000, -3000, 10), (3000, 3000, 350), (count, 3)).tolist()]


def repeating(count: int = 12) -> Spots:
    """So many cases, each followed by another 70 m away and two days later."""
    first = scattered(count, seed=4)
    return first + [(x + 50, y + 50, t - 2) for x, y, t in first]


def happened(spots: Spots, *, simulated: bool = False) -> list[Happened]:
    return [Happened(*_place(x, y), START - timedelta(days=t), simulated) for x, y, t in spots]


def _place(x: float, y: float) -> tuple[float, float]:
    return LON + x / METRES_PER_DEGREE / 0.941, LAT + y / METRES_PER_DEGREE


async def keep(world: World, spots: Spots, kind: str = "theft", **more: Any) -> None:
    """Records as they stand in the table; `hours` is how long the time is uncertain."""
    hours = more.pop("hours", 0)
    rows = []
    for n, (x, y, t) in enumerate(spots):
        lon, lat = _place(x, y)
        began = world.clock.now() - timedelta(days=t)
        ended = began + timedelta(hours=hours)
        place = {"lon": lon, "lat": lat, "uncertainty_m": 100.0, "t_from": iso(began), "t_to": iso(ended)}
        fixed = {"number": "ANTT", "method": "unknown", "source": "113", "severity": 2, "location": "located"}
        taken = {"recorded_at": iso(world.clock.now()), "recorded_by": "test", "simulated": False}
        rows.append({"id": f"{kind}{len(more)}{hours}{n:05}", "type": kind, **fixed, **taken, **place, **more})
    await world.store.write(lambda tx: [tx.apply(add_record(row)) for row in rows])


def judged(spots: Spots, limits: NearRepeatLimits = LIMITS) -> near_repeat.Repeat:
    rows = [
        {"lon": one.lon, "lat": one.lat, "uncertainty_m": 100.0, "t_from": iso(one.at), "t_to": iso(one.at),
         "simulated": False}
        for one in happened(spots)
    ]  # fmt: skip
    (found,) = asyncio.run(near_repeat.judge_records({"theft": rows}, limits))
    return found


def test_repeats_stand_out_with_the_band_of_the_greatest_risk() -> None:
    found = judged(scattered(60) + repeating())
    assert found.state == "stands" and found.best is not None and found.q is not None
    assert found.best.pairs >= 12 and (found.best.ratio or 0) > 5 and found.q <= 0.05
    assert (found.best.band.space_m, found.best.band.days) == (150, 7)


def test_what_is_scattered_is_no_near_repeat() -> None:
    assert judged(scattered(100)).state == "none"


def test_few_pairs_or_a_small_excess_are_not_told_however_sure() -> None:
    spots = scattered(60) + repeating()
    assert judged(spots, msgspec.structs.replace(LIMITS, least_pairs=200)).state == "none"
    assert judged(spots, msgspec.structs.replace(LIMITS, least_ratio=1e6)).state == "none"


def test_with_one_record_too_few_nothing_is_concluded() -> None:
    spots = (scattered(60) + repeating())[-30:]
    assert judged(spots).state == "stands" and judged(spots[1:]).state == "few"


def test_a_case_told_twice_counts_once() -> None:
    row = {"lon": LON, "lat": LAT, "uncertainty_m": 100.0, "simulated": False}
    rows = [{**row, "t_from": iso(START + timedelta(minutes=m)), "t_to": iso(START + timedelta(minutes=m))}
            for m in (0, 10, 20, 60)]  # fmt: skip
    assert len(near_repeat.happened(rows, LIMITS)) == 3
    far = {**rows[1], "lat": LAT + 0.01}
    assert len(near_repeat.happened([*rows, far], LIMITS)) == 4


@pytest.mark.parametrize(("uncertain_m", "days"), [(151, 0), (100, 8)])
def test_a_place_or_time_known_too_badly_does_not_count(uncertain_m: float, days: float) -> None:
    ended = iso(START + timedelta(days=days))
    row = {"lon": LON, "lat": LAT, "uncertainty_m": uncertain_m, "t_from": iso(START), "t_to": ended}
    assert near_repeat.happened([{**row, "simulated": False}], LIMITS) == []


def test_what_tells_of_a_household_is_not_followed() -> None:
    assert {"drugs", "fraud", "missing_person"}.isdisjoint(FOLLOWED) and "theft" in FOLLOWED


async def test_it_is_told_by_type_in_both_languages_without_a_place(world: World) -> None:
    await keep(world, scattered(60) + repeating(), simulated=True)
    await keep(world, scattered(40), "fight")
    await world.tick("find_near_repeat")
    (found,) = await world.events("near_repeat.found")
    data = found.data
    assert (found.severity, found.dataclass, found.simulated, found.lonlat) == (3, "internal", True, None)
    assert (data["category"], data["within_m"], data["days"]) == ("theft", 150, 7)
    much = data["times_vi"]
    assert much == f"{data['times']:.1f}".replace(".", ",")
    assert (
        data["title"]["vi"] == f"Sau một vụ trộm cắp, trong 7 ngày và 150 m nguy cơ tái diễn gấp {much} lần thường lệ"
    )
    english = f"After theft the risk of another within 150 m in 7 days is {data['times_en']}× the usual"
    assert data["title"]["en"] == english
    assert (data["permutations"], data["records"]) == (999, 84) and data["p"] == 0.001


async def test_everybody_at_the_desk_can_read_what_stands_and_why_the_rest_is_not_said(world: World) -> None:
    await keep(world, scattered(60) + repeating())
    await keep(world, scattered(40), "fight")
    await keep(world, scattered(29), "robbery")
    await world.tick("find_near_repeat")
    shown = (await world.get("/near-repeat", "wall")).json()
    assert shown["at"] == iso(world.clock.now()) and shown["window_days"] == 365
    found = {one["type"]: one for one in shown["categories"]}
    assert (found["theft"]["state"], found["theft"]["reason"]) == ("stands", None) and found["theft"]["ratio"] > 5
    assert (found["fight"]["state"], found["fight"]["ratio"]) == ("none", None)
    assert found["robbery"]["reason"]["vi"] == "mới có 29 tin đủ rõ nơi và giờ, cần 30"
    assert "29" in found["robbery"]["reason"]["en"] and found["robbery"]["state"] == "few"
    assert "drugs" not in found
    await world.tick("count")
    kpi = (await world.shown("kpi"))["public_security.near_repeat"]
    assert (kpi["value"], kpi["limit_hi"]) == (1, 0) and "reason" not in kpi


async def test_where_no_type_has_enough_records_the_indicator_says_so(world: World) -> None:
    await keep(world, scattered(29))
    await world.tick("find_near_repeat")
    await world.tick("count")
    kpi = (await world.shown("kpi"))["public_security.near_repeat"]
    assert kpi["value"] is None and kpi["reason"]["vi"] == "chưa loại vụ nào có đủ tin để tính"
    assert await world.events("near_repeat.found") == []


async def test_it_is_told_once_in_the_quiet_time_and_looked_for_once_a_period_also_after_a_restart(
    world: World,
) -> None:
    spots = scattered(60) + repeating()
    await keep(world, spots)
    await world.tick("find_near_repeat")
    first = (await world.get("/near-repeat")).json()
    world.restart()
    world.wait(3600)
    await world.tick("find_near_repeat")
    assert (await world.get("/near-repeat")).json() == first
    for _ in range(6):
        world.wait(86_400)
        await world.tick("find_near_repeat")
    assert len(await world.events("near_repeat.found")) == 1
    again = (await world.get("/near-repeat")).json()
    assert again["at"] > first["at"] and again["categories"] == first["categories"]
    world.wait(86_400)
    await world.tick("find_near_repeat")
    assert len(await world.events("near_repeat.found")) == 2


async def test_a_search_that_takes_long_is_told_by_a_later_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await keep(world, scattered(60) + repeating())
    go_on = threading.Event()
    tested = near_repeat.tested
    monkeypatch.setattr("modules.public_security.module.PATIENCE_S", 0.01)
    monkeypatch.setattr(near_repeat, "tested", lambda *given: go_on.wait(60) and tested(*given))
    began = world.clock.now()
    await world.tick("find_near_repeat")
    assert (await world.get("/near-repeat")).json()["at"] is None
    world.wait(60)
    go_on.set()
    end = time.monotonic() + 60
    while not await world.events("near_repeat.found"):
        assert time.monotonic() < end, "what was found is told"
        await world.tick("find_near_repeat")
    assert (await world.get("/near-repeat")).json()["at"] == iso(began)


async def test_records_of_the_door_are_what_it_is_made_of_on_each_database(world_anywhere: World) -> None:
    world = world_anywhere
    await keep(world, scattered(60) + repeating(), hours=2)
    await keep(world, [(0, 0, 400)] * 40, "robbery")
    await world.tick("find_near_repeat")
    assert [one.data["category"] for one in await world.events("near_repeat.found")] == ["theft"]
    found = {one["type"]: one for one in (await world.get("/near-repeat")).json()["categories"]}
    assert found["robbery"]["records"] == 0, "records older than the window do not count"


async def test_the_desk_sees_where_it_may_come_again_and_until_when(world: World) -> None:
    await keep(world, [*scattered(60), *repeating(), (0, 0, 2.0)])
    await keep(world, [*scattered(40), (10, 10, 1.0)], "fight")
    await world.tick("find_near_repeat")
    shown = (await world.get("/near-repeat/areas")).json()
    assert shown["at"] == iso(world.clock.now())
    (area,) = shown["areas"]
    assert (area["type"], area["what"]["en"], area["radius_m"]) == ("theft", "Theft", 150)
    assert area["lonlat"] == list(_place(0, 0)) and area["ratio"] > 5
    was = world.clock.now() - timedelta(days=2)
    assert (area["since"], area["until"]) == (iso(was), iso(was + timedelta(days=7)))
    assert area["reasons"][0]["vi"].startswith("sau vụ trộm cắp")
    world.wait(5 * 86_400 + 60)
    assert (await world.get("/near-repeat/areas")).json()["areas"] == []


def test_no_wall_is_told_the_places() -> None:
    rule = rule_of(list_near_repeat_areas)
    assert rule is not None
    assert rule.admits(PEOPLE["operator"]) and not rule.admits(PEOPLE["wall"]) and not rule.admits(PEOPLE["device"])
