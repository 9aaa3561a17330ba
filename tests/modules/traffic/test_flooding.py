"""Hints of flooded roads: two sources that know nothing of each other, for the desk to verify, never a fact."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from ioc.city.profile import load_city
from ioc.contract import Latest, Observation
from ioc.core.clock import iso
from ioc.core.dataclass import DataClass
from ioc.core.envelope import Envelope
from ioc.core.ids import new_id
from ioc.core.lasting import Hold
from ioc.core.text import Text
from ioc.host.quality_limits import QualityLimits
from ioc.host.series_step import SeriesStep
from ioc.host.source_book import SourceBook
from modules.traffic.flooding import Flooding, FloodLimits, Road, judge
from modules.traffic.kinds import SPEED
from modules.traffic.roads import middle
from modules.traffic.water import Gauge, Nearness, Note, about, distance_m
from tests.modules.traffic.conftest import START, World, moment_of, until
from tests.modules.traffic.replay import ROOT
from tests.modules.traffic.test_module import FREE, SEGMENT, UP, pair

SLOW = {**FREE, "speed": 14, "cars": 400}
FEW = {**FREE, "cars": 60, "occupancy": 2}
CITY = load_city(ROOT / "cities" / "thanh-hoa")
ROAD = CITY.segment(SEGMENT)
LIMITS = FloodLimits(
    slow=0.5,
    slow_over=0.7,
    empty=0.25,
    empty_over=0.5,
    least_veh_h=100,
    hold=Hold.seconds(180, 600, 360),
    nearness=Nearness(timedelta(minutes=120), 500, 5000),
    gauge_fresh=timedelta(minutes=60),
)


def past(days: int = 7) -> Iterator[Observation]:
    """A week as it usually is: 42 km/h, and 1,200 vehicles an hour."""
    for step in range(days * 96 - 2):
        at = START - timedelta(days=days) + timedelta(minutes=15 * step)
        yield Observation(SPEED, UP, 40.0 + step % 5, "km/h", at, id=f"speed/{iso(at)}")
        for kind in ("traffic.count.motorcycle", "traffic.count.car"):
            yield Observation(kind, UP, 9.0 + step % 3, "xe", at, id=f"{kind}/{iso(at)}")


async def begin(world: World) -> None:
    """The module knows what is usual."""
    await world.take(list(past()))
    await world.tick("refresh_usual")
    world.clock.move(timedelta(minutes=2))
    await world.tick("refresh_usual")


async def drive(world: World, first: int, last: int, how: dict[str, Any], *, simulated: bool = False) -> None:
    """Minutes of traffic, with the timer in each."""
    for minute in range(first, last):
        await world.records(pair(minute, how, how), simulated=simulated)
        await world.tick("hint_at_flooding")


async def say(world: World, type: str, at: tuple[float, float] | None = middle(ROAD), **data: Any) -> None:
    """Another module says something."""
    now = world.clock.now()
    place: dict[str, Any] = {}
    if at is not None:
        ward = world.parts.gis.place(*at, now).ward
        place = {"geometry": {"type": "Point", "coordinates": list(at)}, "ward": msgspec.to_builtins(ward)}
    steering = {name: data.pop(name) for name in ("dataclass", "simulated") if name in data}
    event = Envelope(
        id=new_id(),
        source="/test/other",
        type=type,
        time=now,
        recordedtime=now,
        city=world.city.id,
        module=type.partition(".")[0],
        partitionkey="x",
        correlationid="x",
        data={**place, **data},
        **steering,
    )
    await world.store.write(lambda tx: tx.append(event))
    last = (await world.store.log.after(0, 10_000))[-1].position

    async def heard() -> bool:
        done = {one.consumer: one.position for one in await world.store.cursors.all()}
        return done.get("module:traffic", 0) >= last

    await until(heard, f"{type} is heard")


async def report(world: World, **more: Any) -> None:
    data = {"report": "r1", "number": "PA-38", "service_code": "flooding"} | more
    await say(world, "citizen.report.received", **data)


async def hints(world: World) -> list[Envelope]:
    return await world.events("traffic.flooded_road.suspected")


async def test_a_slow_road_and_a_report_of_water_are_a_hint_with_its_cameras(world_anywhere: World) -> None:
    world = world_anywhere
    await world.show(Latest("cam", "cam-02", {"id": "cam-02", "state": "ok"}, START))
    async with world.alive():
        await begin(world)
        await report(world, simulated=True)
        await drive(world, 3, 12, SLOW)
        (event,) = await hints(world)
        assert (event.severity, event.dataclass, event.simulated) == (3, "internal", True)
        data = event.data
        assert (data["segment"], data["sign"]) == (SEGMENT, "slow") and data["speed"] < 0.5 * data["usual"]
        assert data["title"]["vi"] == "Nghi đường ngập, cần xác minh: Quốc lộ 1A, cầu Hoàng Long"
        assert data["why_vi"].startswith("máy đếm xe: 14,") and ", thường lệ giờ này 4" in data["why_vi"]
        assert data["why_vi"].endswith("; phản ánh PA-38") and data["why_en"].endswith("; report PA-38")
        assert [(one["kind"], one["en"]) for one in data["water"]] == [("report", "report PA-38")]
        assert data["desk"]["category"] == "traffic.flooded_road" and data["desk"]["priority"] == 2
        facts = data["attach"]["facts"]
        assert facts["unverified"] is True and facts["signs"] == "present" and len(facts["cameras"]) == 3
        assert data["camera"]["id"] == facts["cameras"][0]["id"] == "cam-02"
        await world.tick("show")
        kpi = (await world.shown("kpi"))["traffic.flood_hints"]
        assert (kpi["value"], kpi["limit_hi"]) == (1, 0) and kpi["name"]["vi"] and kpi["name"]["en"]
        await drive(world, 12, 26, FREE)
        (over,) = await world.events("traffic.flooded_road.cleared")
        assert over.correlationid == event.correlationid and over.simulated
        assert over.data["why_vi"] == "xe chạy như thường lệ" and over.data["minutes"] >= 8
        await world.tick("show")
        assert (await world.shown("kpi"))["traffic.flood_hints"]["value"] == 0
        assert len(await hints(world)) == 1


async def test_an_empty_road_and_a_story_are_a_hint(world: World) -> None:
    async with world.alive():
        await begin(world)
        words = {"source": "Báo Thanh Hóa", "source_en": "Bao Thanh Hoa", "topic": "flood"}
        await say(world, "media.hint.raised", story="s1", **words)
        await drive(world, 3, 25, FEW)
    (event,) = await hints(world)
    assert event.data["sign"] == "empty" and event.data["veh_h"] < 0.25 * event.data["usual_veh_h"]
    assert event.data["usual_veh_h"] == pytest.approx(1200, rel=0.1)
    assert event.data["why_vi"].endswith("; tin về ngập (Báo Thanh Hóa)") and "xe/giờ" in event.data["why_vi"]


async def test_one_source_alone_says_nothing(world: World) -> None:
    async with world.alive():
        await begin(world)
        await drive(world, 3, 12, SLOW)
        assert await hints(world) == [], "a slow road alone"
        await drive(world, 12, 24, FREE)
        await report(world)
        await drive(world, 24, 34, FREE)
    assert await hints(world) == [], "a report alone"


@pytest.mark.parametrize(
    "more",
    [{"service_code": "lighting"}, {"at": (105.808, 19.77)}, {"at": None}],
    ids=["another matter", "another ward", "no place"],
)
async def test_what_does_not_speak_of_water_there_is_no_second_source(world: World, more: dict[str, Any]) -> None:
    async with world.alive():
        await begin(world)
        await report(world, **more)
        await drive(world, 3, 12, SLOW)
    assert await hints(world) == []


async def test_an_old_report_and_one_that_was_turned_away_do_not_count(world: World) -> None:
    async with world.alive():
        await begin(world)
        await report(world)
        await say(world, "citizen.report.updated", report="r1", status="rejected")
        await drive(world, 3, 10, SLOW)
        assert await hints(world) == []
        await report(world, report="r2")
        world.clock.move(timedelta(hours=3))
        await drive(world, 190, 200, SLOW)
    assert await hints(world) == []


async def test_while_the_detectors_are_silent_or_doubted_nothing_is_told(world: World) -> None:
    async with world.alive():
        await begin(world)
        await drive(world, 3, 6, SLOW)
        await report(world)
        for _ in range(30):
            world.clock.move(timedelta(minutes=1))
            await world.tick("hint_at_flooding")
        assert await hints(world) == []
        for minute in range(40, 50):
            made = pair(minute, SLOW, SLOW)
            world.clock.move(max(timedelta(0), made[-1].t - world.clock.now()))
            await world.take(moment_of(made, quality="suspect"))
            await world.tick("hint_at_flooding")
    assert await hints(world) == []


async def test_a_hint_lasts_over_a_restart_and_a_closed_case_is_not_told_again(world: World) -> None:
    async with world.alive():
        await begin(world)
        await report(world)
        await drive(world, 3, 10, SLOW)
    async with world.alive():
        await drive(world, 10, 14, SLOW)
        (event,) = await hints(world)
        await world.desk("closed", event.correlationid)

        async def none_open() -> bool:
            await world.tick("show")
            return (await world.shown("kpi"))["traffic.flood_hints"]["value"] == 0

        await until(none_open, "the hint is settled")
        await drive(world, 14, 18, SLOW)
        assert await none_open()
        await drive(world, 18, 32, FREE)
    assert len(await hints(world)) == 1
    assert await world.events("traffic.flooded_road.cleared") == []


async def test_a_case_closed_while_the_road_is_judged_stays_closed(world_anywhere: World) -> None:
    world = world_anywhere
    async with world.alive():
        await begin(world)
        await report(world)
        await drive(world, 3, 14, SLOW)
        (event,) = await hints(world)
        judged = await world.run("hint_at_flooding")
        await world.desk("closed", event.correlationid)

        async def none_open() -> bool:
            await world.tick("show")
            return (await world.shown("kpi"))["traffic.flood_hints"]["value"] == 0

        await until(none_open, "the hint is settled")
        await world.store.write(judged.write)
        assert await none_open()


async def test_what_is_told_is_seen_by_no_more_than_may_see_the_report(world: World) -> None:
    async with world.alive():
        await begin(world)
        await report(world, dataclass="personal")
        await drive(world, 3, 10, SLOW)
        await world.tick("show")
    (event,) = await hints(world)
    assert event.dataclass == "personal"
    assert (await world.shown("kpi"))["traffic.flood_hints"]["value"] == 0


async def test_a_gauge_above_the_citys_own_limit_is_a_second_source(world: World) -> None:
    lon, lat = middle(ROAD)
    gauge = Gauge(key="ham-rong", name="Hàm Rồng", kind="rain.1h", limit="rain.1h.watch_mm", lon=lon + 0.01, lat=lat)
    async with world.alive():
        settings = world.running.module.settings
        world.running.module.settings = msgspec.structs.replace(settings, water_gauges=(gauge,))
        await begin(world)
        await rain(world, 29)
        await drive(world, 3, 8, SLOW)
        assert await hints(world) == []
        await rain(world, 42.5)
        await drive(world, 8, 14, SLOW)
    (event,) = await hints(world)
    assert event.data["why_vi"].endswith("; trạm đo Hàm Rồng (42,5, ngưỡng 30)")


async def rain(world: World, value: float) -> None:
    """A gauge spoke a moment ago, as another owner's reading."""
    at = world.clock.now() - timedelta(seconds=1)
    told = Observation("rain.1h", "ham-rong", value, "mm", at, id=f"rain/{iso(at)}")
    position = await world.store.observations.write_batch("test", [told])
    limits = QualityLimits(world.city, lambda key: 600)
    book = SourceBook("rain", (), world.clock.now(), gap_periods=3)
    step = SeriesStep(world.store, "rain", "test", limits, book, world.clock, structlog.get_logger())
    writing = asyncio.create_task(step.run())

    async def written() -> bool:
        return await world.store.series.position("rain") >= position

    await until(written, "the gauge's reading is in its series")
    writing.cancel()


def note(**more: Any) -> Note:
    values: dict[str, Any] = {"id": "report/1", "kind": "report", "name": Text("v", "e"), "at": START, "reach_m": 0.0}
    values |= {"lonlat": middle(ROAD), "ward": None, "data_class": DataClass.INTERNAL, "simulated": False}
    return Note(**values | more)


@pytest.mark.parametrize(
    ("one", "speaks"),
    [
        (note(), True),
        (note(lonlat=(105.75, 19.78)), False),
        (note(lonlat=(105.75, 19.78), reach_m=8000.0), True),
        (note(lonlat=None, ward="14797"), True),
        (note(lonlat=None, ward="14758"), False),
        (note(kind="gauge", lonlat=(105.77, 19.82)), True),
        (note(kind="report", lonlat=(105.77, 19.82)), False),
        (note(at=START - timedelta(minutes=121)), False),
    ],
)
def test_what_speaks_of_a_road(one: Note, speaks: bool) -> None:
    assert bool(about(ROAD, frozenset({"14797"}), [one], LIMITS.nearness, START)) is speaks


def test_the_distance_to_a_line_is_that_to_its_nearest_stretch() -> None:
    line = [(105.0, 20.0), (105.01, 20.0), (105.01, 20.01)]
    assert distance_m(line, 105.005, 20.001) == pytest.approx(111.2, abs=0.2)
    assert distance_m(line, 105.01, 20.005) == pytest.approx(0, abs=1e-6)
    assert distance_m(line, 104.99, 20.0) == pytest.approx(1045, abs=1)
    assert distance_m([(105.0, 20.0)], 105.0, 20.01) == pytest.approx(1112, abs=1)


def road(minute: float, speed: float | None, usual: float | None = 40, **more: float | None) -> Road:
    values = {"veh_h": None, "usual_veh_h": None} | more
    return Road(at=START + timedelta(minutes=minute), speed=speed, usual_speed=usual, **values)


@given(st.lists(st.tuples(st.floats(1, 80), st.booleans()), max_size=60))
def test_hints_begin_and_end_in_turn_and_never_without_both_sources(minutes: list[tuple[float, bool]]) -> None:
    known, changes = Flooding(), []
    for minute, (speed, wet) in enumerate(minutes):
        for hint in judge("s", known, road(minute, speed), [note()] if wet else [], LIMITS):
            changes.append(hint.change)
            if hint.change == "begins":
                lately = minutes[minute - 3 : minute + 1]
                assert len(lately) == 4 and all(v < 20 and w for v, w in lately)
    assert changes == ["begins", "ends"] * (len(changes) // 2) + ["begins"] * (len(changes) % 2)


@pytest.mark.parametrize(
    "blind", [road(0, 5, None), road(0, None), road(0, 39, veh_h=2.0), road(0, 39, veh_h=2.0, usual_veh_h=99.0)]
)
def test_what_is_not_known_is_not_unusual(blind: Road) -> None:
    known = Flooding()
    found = [judge("s", known, msgspec.structs.replace(blind, at=START + timedelta(minutes=m)), [note()], LIMITS)
             for m in range(10)]  # fmt: skip
    assert found == [[]] * 10
