"""The module in its real host: a crash from the first sign to its end, history, screens, indicators and doors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from ioc.city.profile import Camera, Segment
from ioc.contract import Latest, Observation
from ioc.contract.cards import KpiCard, SegmentCard
from ioc.core.clock import iso
from ioc.core.envelope import decode
from modules.traffic.kinds import SPEED
from modules.traffic.record import Record, readings_of
from tests.modules.traffic.conftest import START, World, until
from tests.modules.traffic.replay import record

UP, DN = "d-hoang-long-b", "d-hoang-long-n"
SEGMENT = "ql1a-hoang-long"
FREE = {"cars": 600, "occupancy": 15, "speed": 44}
STANDING = {"cars": 120, "occupancy": 60, "speed": 6, "queue": 300}
EMPTY = {"cars": 60, "occupancy": 3, "speed": 48}


def moment(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def pair(minute: float, up: dict[str, Any], dn: dict[str, Any], period: int = 60) -> list[Record]:
    at = moment(minute)
    vary = 0.1 * (round(minute * 60 / period) % 7)  # nothing real repeats itself
    return [
        record(UP, at, period, **{**up, "speed": up["speed"] + vary, "occupancy": up["occupancy"] + vary}),
        record(DN, at, period, **{**dn, "speed": dn["speed"] + vary, "occupancy": dn["occupancy"] + vary}),
    ]


async def drive(world: World, first: int, last: int, up: dict[str, Any], dn: dict[str, Any]) -> None:
    for minute in range(first, last):
        await world.records(pair(minute + 1, up, dn))


async def crash(world: World, *, simulated: bool = False) -> None:
    for minute in range(1, 6):
        await world.records(pair(minute, FREE, FREE), simulated=simulated)
    for minute in range(6, 10):
        await world.records(pair(minute, STANDING, EMPTY), simulated=simulated)


async def test_a_crash_is_one_case_with_its_camera_and_ends_when_the_road_is_free(world_anywhere: World) -> None:
    world = world_anywhere
    camera = {"id": "cam-02", "state": "ok"}
    await world.show(Latest("cam", "cam-02", camera, START))
    async with world.alive():
        await crash(world)
        (event,) = await world.events("traffic.incident.suspected")
        assert event.severity == 3 and not event.simulated
        assert event.data["spot"] == f"{UP}>{DN}" and event.data["rule"] == "california"
        assert event.data["occdf"] == pytest.approx(57, abs=1)
        assert event.data["camera"]["id"] == "cam-02" and event.data["camera"]["distance_m"] < 700
        assert event.data["title"]["vi"] == "Nghi có sự cố giao thông: Quốc lộ 1A, cầu Hoàng Long"
        assert event.data["place"] == "Cầu Hoàng Long, đầu nam"
        assert event.data["desk"]["priority"] == 2 and event.data["desk"]["category"] == "traffic.incident"
        facts = event.data["attach"]["facts"]
        assert (facts["queue_m"], facts["segment"], facts["camera"]["id"]) == (300, SEGMENT, "cam-02")
        assert event.lonlat == (105.7945, 19.83) and 1000 < event.data["uncertainty_m"] < 1300
        assert event.data["ward"] is not None
        shown = (await world.shown("seg"))[SEGMENT]
        assert (shown["incident"], shown["level"], shown["queue_m"]) == (True, "F", 300)
        await drive(world, 9, 20, FREE, FREE)
    (cleared,) = await world.events("traffic.incident.cleared")
    assert cleared.correlationid == event.correlationid
    assert len(await world.events("traffic.incident.suspected")) == 1
    assert not (await world.shown("seg"))[SEGMENT]["incident"]


async def test_a_module_that_begins_anew_goes_on_where_it_was(world: World) -> None:
    async with world.alive():
        for minute in range(1, 6):
            await world.records(pair(minute, FREE, FREE))
        await world.records(pair(6, STANDING, EMPTY))
        at = moment(7)
        half = [one for told in pair(7, STANDING, EMPTY) for one in readings_of(told, simulated=False)]
        world.clock.move(at - world.clock.now())
        await world.take(half[:3])
    assert await world.events("traffic.incident.suspected") == []
    async with world.alive():
        await world.take(half[3:])
        assert len(await world.events("traffic.incident.suspected")) == 1
        await world.store.observations.write_batch("test", half)  # the device repeats itself
        await drive(world, 7, 9, STANDING, EMPTY)
    assert len(await world.events("traffic.incident.suspected")) == 1


async def test_a_case_a_person_closed_is_open_no_longer(world: World) -> None:
    async with world.alive():
        await crash(world)
        (event,) = await world.events("traffic.incident.suspected")
        await world.tick("show")
        assert (await world.shown("kpi"))["traffic.incidents_open"]["value"] == 1
        await world.desk("closed", event.correlationid)
        await until(world.nothing_open, "no incident is open")
    assert (await world.shown("kpi"))["traffic.incidents_open"]["value"] == 0


async def test_what_is_simulated_stays_marked(world: World) -> None:
    async with world.alive():
        await crash(world, simulated=True)
        await world.tick("show")
    (event,) = await world.events("traffic.incident.suspected")
    assert event.simulated
    assert (await world.shown("seg"))[SEGMENT]["simulated"]
    assert (await world.shown("kpi"))["traffic.tti"]["simulated"]


async def test_readings_in_any_order_and_twice_are_the_same_day(world: World) -> None:
    async with world.alive():
        for minute in range(1, 10):
            up, dn = (STANDING, EMPTY) if minute > 5 else (FREE, FREE)
            readings = [one for told in pair(minute, up, dn) for one in readings_of(told, simulated=False)]
            world.clock.move(moment(minute) - world.clock.now())
            await world.take(readings[::-1][3:] + readings[::-1][:6])
    assert len(await world.events("traffic.incident.suspected")) == 1


async def test_detectors_nobody_listed_are_kept_and_judged_by_no_rule(world: World) -> None:
    async with world.alive():
        for minute in range(1, 4):
            strange = [msgspec.structs.replace(one, detector_id="d-la") for one in pair(minute, FREE, FREE)[:1]]
            await world.records([*strange, *pair(minute, FREE, FREE)])
        kept = await world.running.ctx.series(SPEED, "d-la", START, moment(9))
    assert len(kept) == 3
    assert "d-la" not in {one["id"] for one in (await world.get("/detectors"))["detectors"]}
    assert "d-la" in world.running.book.entries


def past(days: int) -> Iterator[Observation]:
    """A week of speeds each quarter of an hour, as an installation may bring them along."""
    for step in range(days * 96):
        at = START - timedelta(days=days) + timedelta(minutes=15 * step)
        value = 40.0 + step % 5
        yield Observation(SPEED, UP, value, "km/h", at, id=f"past/{iso(at)}")


async def test_a_history_makes_the_usual_speed_and_raises_nothing(world: World) -> None:
    async with world.alive():
        await world.take(list(past(7))[:-2])
        await world.tick("refresh_usual")
        world.clock.move(timedelta(minutes=2))
        await world.tick("refresh_usual")
        for minute in range(3, 9):
            await world.records(pair(minute, {**FREE, "speed": 25}, {**FREE, "speed": 25}))
        shown = (await world.shown("seg"))[SEGMENT]
    assert shown["usual"] is not None and 40 <= shown["usual"] <= 44
    assert shown["unusual"]
    said = [decode(row.body).type for row in await world.store.log.after(0, 1000)]
    assert [type for type in said if type.startswith("traffic.")] == []


async def test_without_a_history_the_usual_is_not_invented(world: World) -> None:
    async with world.alive():
        for minute in range(1, 5):
            await world.records(pair(minute, FREE, FREE))
        await world.tick("refresh_usual")
        await world.tick("show")
    shown = (await world.shown("seg"))[SEGMENT]
    assert shown["usual"] is None and not shown["unusual"]
    (feature,) = [one for one in (await world.get("/segments"))["features"] if one["id"] == SEGMENT]
    assert feature["properties"]["reason"]["en"] == "Not enough history for this hour yet"


async def test_the_indicators_have_names_bands_and_trends(world: World) -> None:
    async with world.alive():
        await world.tick("show")
        unknown = await world.shown("kpi")
        assert unknown["traffic.tti"]["value"] is None and unknown["traffic.tti"]["reason"]["vi"]
        assert unknown["traffic.detector_availability"]["value"] == 0
        for minute in range(1, 6):
            await world.records(pair(minute, FREE, FREE))
            await world.tick("show")
    shown = await world.shown("kpi")
    names = ("tti", "speed", "congested_segments", "incidents_open", "flood_hints", "detector_availability")
    assert set(shown) == {f"traffic.{name}" for name in names}
    tti, speed = shown["traffic.tti"], shown["traffic.speed"]
    assert tti["value"] == pytest.approx(50 / 44, abs=0.05) and tti["limit_hi"] == 1.5
    assert speed["value"] == pytest.approx(44, abs=1) and len(speed["trend"]) == 4
    share = shown["traffic.detector_availability"]
    assert share["value"] == pytest.approx(100 * 2 / len(world.city.detectors), abs=0.1) and share["limit_lo"] == 95
    assert all(one["name"]["vi"] and one["name"]["en"] for one in shown.values())
    assert all(len(one["trend"]) <= 60 for one in shown.values())


async def test_a_measurement_does_not_outlive_its_detectors(world: World) -> None:
    async with world.alive():
        await drive(world, 0, 5, FREE, FREE)
        world.clock.move(timedelta(minutes=2))
        await world.tick("show")
        assert (await world.shown("seg"))[SEGMENT]["level"] == "A"
        world.clock.move(timedelta(minutes=2))
        await world.tick("show")
    shown = (await world.shown("seg"))[SEGMENT]
    assert (shown["level"], shown["speed"], shown["quality"]) == (None, None, "bad")
    assert shown["at"] == iso(moment(5))
    assert (await world.shown("kpi"))["traffic.speed"]["value"] is None


async def test_every_segment_is_shown_as_the_screens_expect_it(world: World) -> None:
    async with world.alive():
        await crash(world)
        await world.tick("show")
    segments, figures = await world.shown("seg"), await world.shown("kpi")
    assert set(segments) == {one.id for one in world.city.segments}
    wanted = {field.name for field in msgspec.structs.fields(SegmentCard)}
    for body in segments.values():
        assert set(body) == wanted
        msgspec.convert(body, SegmentCard)
    for body in figures.values():
        msgspec.convert(body, KpiCard)


def only_a_camera(world: World) -> tuple[Segment, Camera]:
    """A segment without detectors, and the one camera of the city, which looks at it."""
    city = world.city
    segment = next(one for one in city.segments if all(d.segment != one.id for d in city.detectors))
    line = next(camera for camera in city.cameras if camera.lines)
    looking = msgspec.structs.replace(line, segment=segment.id, life="live")
    world.parts = msgspec.structs.replace(world.parts, city=msgspec.structs.replace(city, cameras=(looking,)))
    world.city = world.parts.city
    return segment, looking


async def counted(
    world: World, segment: Segment, camera: Camera, vehicles: float, *, doubted: int = 0, **kinds: float
) -> dict[str, Any]:
    """The segment as `/segments` tells it after the camera counted so many every ten seconds."""
    async with world.alive():
        await world.crossings(camera, vehicles, doubted=doubted, **kinds)
        await world.tick("count_by_camera")
        await world.tick("show")
    shown = (await world.shown("seg"))[segment.id]
    (feature,) = [one for one in (await world.get("/segments", "wall"))["features"] if one["id"] == segment.id]
    assert (shown["pcu_h"], shown["vc"], shown["level"]) == tuple(
        feature["properties"][name] for name in ("pcu_h", "vc", "level")
    )
    return dict(feature["properties"])


@pytest.mark.parametrize(("doubted", "quality"), [(0, "good"), (1, "good"), (2, "suspect"), (12, "suspect")])
async def test_cameras_count_where_no_detector_stands(world: World, doubted: int, quality: str) -> None:
    segment, camera = only_a_camera(world)
    seen = await counted(world, segment, camera, 5, doubted=doubted)
    assert seen["pcu_h"] == pytest.approx(5 * 360 * 0.5) and seen["speed"] is None
    assert seen["camera_veh_h"] == 1800
    assert (seen["quality"], seen["camera_quality"]) == (quality, quality)


async def test_what_a_camera_counted_ends_a_while_after_the_camera(world: World) -> None:
    segment, camera = only_a_camera(world)
    await counted(world, segment, camera, 5)
    for after, flow, camera_quality, quality in (
        (55, 1800, "suspect", "suspect"),
        (65, None, None, "bad"),
        (600, None, None, "bad"),
    ):
        world.clock.move(timedelta(seconds=after))
        await world.tick("count_by_camera")
        (seen,) = [
            one["properties"] for one in (await world.get("/segments", "wall"))["features"] if one["id"] == segment.id
        ]
        assert (seen["camera_veh_h"], seen["camera_quality"], seen["quality"]) == (flow, camera_quality, quality)
        assert (seen["pcu_h"] is None) is (flow is None)


async def test_what_a_camera_recognises_counts_with_the_pcu_of_its_kind(world: World) -> None:
    """In ten seconds 6 motorcycles (0.25), 1 car (1), 1 bus (2.5), 1 truck (2), 1 bicycle (0.2), 2 persons (0) and 1
    that nobody knows (0.5): 7.7 PCU, which is 2772 an hour."""
    segment, camera = only_a_camera(world)
    seen = await counted(world, segment, camera, 13, motorcycle=6, car=1, bus=1, truck=1, bicycle=1, person=2)
    assert seen["pcu_h"] == pytest.approx(2772)
    assert seen["vc"] == pytest.approx(2772 / segment.capacity_pcu_h, abs=0.001)
    assert seen["camera_veh_h"] == 13 * 360


async def test_a_flow_without_speed_says_why_it_has_no_level(world: World) -> None:
    segment, camera = only_a_camera(world)
    seen = await counted(world, segment, camera, 4)  # 720 PCU an hour
    assert 0 < seen["vc"] < 1 and seen["level"] is None
    assert "tốc độ" in seen["reason"]["vi"] and "not the travel speed" in seen["reason"]["en"]


async def test_more_than_the_road_can_carry_is_level_f_and_says_by_what(world: World) -> None:
    segment, camera = only_a_camera(world)
    seen = await counted(world, segment, camera, 30, truck=30)
    assert seen["vc"] > 1 and seen["level"] == "F"
    assert "v/c" in seen["reason"]["vi"] and "because v/c" in seen["reason"]["en"]


async def test_segments_are_lines_longitude_first_with_how_they_run(world: World) -> None:
    async with world.alive():
        await crash(world)
    answer = await world.get("/segments", "wall")
    assert answer["type"] == "FeatureCollection"
    (feature,) = [one for one in answer["features"] if one["id"] == SEGMENT]
    assert feature["geometry"]["coordinates"][0] == [105.803, 19.85]
    properties = feature["properties"]
    assert properties["incident"] and properties["level"] == "F" and properties["buffer_index"] > 0
    assert 2900 < properties["length_m"] < 3600 and properties["national"]
    detectors = {one["id"]: one for one in (await world.get("/detectors"))["detectors"]}
    assert detectors[UP]["works"] and detectors[UP]["speed"] == pytest.approx(6, abs=1)
    assert not detectors["d-le-loi"]["works"] and detectors["d-le-loi"]["at"] is None
