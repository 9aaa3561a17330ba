"""Scripted roads: what the rules make of crashes, jams, normal days and broken detectors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
import pytest

from ioc.city.profile import Detector
from ioc.core.clock import VIETNAM
from ioc.demo.traffic import Traffic
from ioc.demo.world import Block, World
from modules.traffic.kinds import OCCUPANCY, SPEED
from modules.traffic.record import Counted, Record
from modules.traffic.usual import Usual
from tests.modules.traffic.replay import Replay, city_with, record

START = datetime(2026, 11, 20, 8, 0, tzinfo=VIETNAM)  # a Friday
UP, DN = "d-hoang-long-b", "d-hoang-long-n"
SEGMENT = "ql1a-hoang-long"
FREE = {"cars": 600, "occupancy": 15, "speed": 44}
STANDING = {"cars": 120, "occupancy": 60, "speed": 6}
EMPTY = {"cars": 60, "occupancy": 3, "speed": 48}
USUAL = Usual(44, 5, "weekday")


def known(detector: Detector, at: datetime) -> Usual:
    return USUAL


def ends(period: int, first: float, last: float) -> Iterator[datetime]:
    """The ends of intervals from one minute of the script to another."""
    count = round((last - first) * 60 / period)
    for number in range(1, count + 1):
        yield START + timedelta(minutes=first, seconds=number * period)


def both(period: int, first: float, last: float, up: dict[str, float], dn: dict[str, float]) -> Iterator[Record]:
    for at in ends(period, first, last):
        yield record(UP, at, period, **up)  # type: ignore[arg-type]
        yield record(DN, at, period, **dn)  # type: ignore[arg-type]


@pytest.mark.parametrize("period", [10, 60, 300])
def test_a_crash_is_suspected_once_and_cleared_once(period: int) -> None:
    replay = Replay(city_with(period))
    length = period / 6  # ten intervals, in minutes
    replay.read(both(period, 0, length, FREE, FREE))
    replay.read(both(period, length, 2 * length, STANDING, EMPTY))
    (suspected,) = replay.incidents()
    assert suspected.change == "suspected" and suspected.rule == "california"
    assert suspected.at == START + timedelta(seconds=12 * period)  # after two intervals
    assert suspected.spot.id == f"{UP}>{DN}" and suspected.spot.end.id == DN
    assert all(one.incident for one in replay.flows(SEGMENT)[12:])
    replay.read(both(period, 2 * length, 3 * length, FREE, FREE))
    _, cleared = replay.incidents()
    assert cleared.change == "cleared" and cleared.story == suspected.story
    assert cleared.at == START + timedelta(seconds=23 * period)  # three intervals without a sign
    assert not replay.flows(SEGMENT)[-1].incident


def test_a_queue_that_takes_its_time_to_the_upper_detector_is_still_found() -> None:
    replay = Replay(city_with(10))
    replay.read(both(10, 0, 5, FREE, FREE))
    replay.read(both(10, 5, 8, FREE, {**EMPTY, "occupancy": 9}))
    replay.read(both(10, 8, 12, STANDING, {**EMPTY, "occupancy": 9}))
    (suspected,) = replay.incidents()
    run = timedelta(seconds=replay.roads.run_s(suspected.spot))
    assert suspected.at - (START + timedelta(minutes=8)) <= run + timedelta(seconds=30)


def test_a_gap_that_moves_down_the_road_is_no_incident() -> None:
    replay = Replay(city_with(5))
    (spot,) = [one for one in replay.roads.spots if one.id == f"{UP}>{DN}"]
    run = timedelta(seconds=replay.roads.run_s(spot))
    begins, ends_at = START + timedelta(minutes=6), START + timedelta(minutes=9)
    for at in ends(5, 0, 20):
        for detector, later in ((UP, timedelta(0)), (DN, run)):
            passed = begins + later <= at < ends_at + later
            values = {**EMPTY, "cars": 0, "occupancy": 0} if passed else {**FREE, "occupancy": 30}
            replay.read([record(detector, at, 5, **values)])
    assert replay.incidents() == [] and replay.faults() == []


def test_the_queue_that_dissolves_upstream_is_not_another_incident() -> None:
    city = city_with(10)
    above = [msgspec.structs.replace(one, upstream=UP) for one in city.detectors if one.id == "d-tran-phu"]
    third = msgspec.structs.replace(above[0], id="d-first", upstream=None, lon=105.8, lat=19.842, segment=SEGMENT)
    chain = [msgspec.structs.replace(one, upstream="d-first") if one.id == UP else one for one in city.detectors]
    replay = Replay(msgspec.structs.replace(city, detectors=(*chain, third)))

    def drive(first: float, last: float, *values: dict[str, float]) -> None:
        for at in ends(10, first, last):
            told = zip(("d-first", UP, DN), values, strict=True)
            replay.read(record(detector, at, 10, **one) for detector, one in told)

    drive(0, 5, FREE, FREE, FREE)
    drive(5, 15, STANDING, STANDING, EMPTY)
    drive(15, 20, STANDING, EMPTY, FREE)  # the front of the queue moves up the road
    drive(20, 30, FREE, FREE, FREE)
    assert [(one.change, one.spot.id) for one in replay.incidents()] == [
        ("suspected", f"{UP}>{DN}"),
        ("cleared", f"{UP}>{DN}"),
    ]


def test_one_interval_is_not_enough() -> None:
    replay = Replay(city_with(60))
    replay.read(both(60, 0, 10, FREE, FREE))
    replay.read(both(60, 10, 11, STANDING, EMPTY))
    replay.read(both(60, 11, 20, FREE, FREE))
    assert replay.incidents() == []


@pytest.mark.parametrize("kind", [OCCUPANCY, SPEED])
def test_doubted_readings_alone_never_raise_anything(kind: str) -> None:
    replay = Replay(city_with(60), known)
    replay.read(both(60, 0, 10, FREE, FREE))
    replay.read(both(60, 10, 60, {**STANDING, "queue": 0}, EMPTY), doubted=frozenset({OCCUPANCY, SPEED}))
    assert replay.incidents() == [] and replay.congestion() == []
    assert replay.flows(SEGMENT)[-1].flow.quality == "suspect"


def test_a_slow_road_whose_queue_grows_is_suspected_where_only_one_detector_stands() -> None:
    replay = Replay(city_with(60), known)
    for number, at in enumerate(ends(60, 0, 20)):
        standing = number >= 10
        queue = 40.0 * (number - 9) if standing else 0.0
        values = STANDING if standing else FREE
        replay.read([record("d-tran-phu", at, 60, **values, queue=queue)])
    (suspected,) = replay.incidents()
    assert suspected.rule == "arterial" and suspected.spot.dn is None
    assert suspected.at == START + timedelta(minutes=13)
    assert suspected.seen.queue_m == 120


def test_it_ends_though_nothing_is_known_of_the_next_hour() -> None:
    later = START + timedelta(minutes=15)
    replay = Replay(city_with(60), lambda detector, at: USUAL if at <= later else None)
    for number, at in enumerate(ends(60, 0, 30)):
        standing = 5 <= number < 20
        values = STANDING if standing else FREE
        replay.read([record("d-tran-phu", at, 60, **values, queue=max(0.0, 40.0 * (number - 4)) * standing)])
    assert [one.change for one in replay.incidents()] == ["suspected", "cleared"]
    assert replay.incidents()[1].at == START + timedelta(minutes=23)


def test_slower_than_free_but_as_usual_is_no_incident() -> None:
    replay = Replay(city_with(60), lambda detector, at: Usual(15, 5, "weekday"))
    for number, at in enumerate(ends(60, 0, 30)):
        replay.read([record("d-tran-phu", at, 60, **STANDING, queue=40.0 * number)])
    assert replay.incidents() == []


def test_without_a_usual_speed_the_slow_road_is_not_judged() -> None:
    replay = Replay(city_with(60))
    for number, at in enumerate(ends(60, 0, 9)):
        replay.read([record("d-tran-phu", at, 60, **STANDING, queue=40.0 * number)])
    assert replay.incidents() == [] and replay.congestion() == []


def test_congestion_is_told_after_ten_minutes_and_again_when_it_grows_worse() -> None:
    replay = Replay(city_with(60))
    slow, slower = {**FREE, "speed": 14}, {**FREE, "speed": 10}  # of 40 km/h: E and F
    for at in ends(60, 0, 12):
        replay.read([record("d-tran-phu", at, 60, **slow)])
    for at in ends(60, 12, 50):
        replay.read([record("d-tran-phu", at, 60, **slower)])
    told = [(one.severity, (one.flow.at - START).total_seconds() / 60) for one in replay.congestion()]
    assert told == [(2, 11), (3, 22), (4, 42)]  # the first interval only says that the detector speaks
    for at in ends(60, 50, 60):
        replay.read([record("d-tran-phu", at, 60, **FREE)])
    last = replay.congestion()[-1]
    assert (last.severity, last.flow.at) == (1, START + timedelta(minutes=53))
    assert len({one.story for one in replay.congestion()}) == 1
    assert last.since == START + timedelta(minutes=1)


def test_off_the_national_roads_a_standstill_stays_at_three() -> None:
    replay = Replay(city_with(60))
    for at in ends(60, 0, 60):
        replay.read([record("d-dong-son", at, 60, **STANDING)])
    assert [one.severity for one in replay.congestion()] == [3]


def test_nine_minutes_are_no_congestion() -> None:
    replay = Replay(city_with(60))
    for first in (0, 20):
        for at in ends(60, first, first + 9):
            replay.read([record("d-tran-phu", at, 60, **STANDING)])
        for at in ends(60, first + 9, first + 20):
            replay.read([record("d-tran-phu", at, 60, **FREE)])
    assert replay.congestion() == []


def test_two_better_minutes_do_not_end_it_and_a_gap_does_not_make_it() -> None:
    replay = Replay(city_with(60))
    for number, at in enumerate(ends(60, 0, 40)):
        values = FREE if number % 10 in (4, 5) else STANDING
        replay.read([record("d-tran-phu", at, 60, **values)])
    assert [one.severity for one in replay.congestion()] == [3, 4]


def test_congestion_behind_a_suspected_incident_is_part_of_its_story() -> None:
    replay = Replay(city_with(60))
    replay.read(both(60, 0, 10, FREE, FREE))
    replay.read(both(60, 10, 40, STANDING, EMPTY))
    assert {one.story for one in replay.congestion()} == {replay.incidents()[0].story}


def test_a_segment_is_judged_once_an_interval_however_many_detectors_it_has() -> None:
    replay = Replay(city_with(60))
    replay.read(both(60, 0, 20, FREE, FREE))
    times = [one.flow.at for one in replay.flows(SEGMENT)]
    assert len(times) == len(set(times)) and len(times) >= 18


def test_a_segment_goes_on_when_one_of_its_detectors_falls_silent() -> None:
    replay = Replay(city_with(60))
    replay.read(both(60, 0, 10, FREE, FREE))
    for at in ends(60, 10, 20):
        replay.read([record(UP, at, 60, **FREE)])
    assert replay.flows(SEGMENT)[-1].flow.at == START + timedelta(minutes=20)


def test_the_flow_of_a_segment_by_the_numbers() -> None:
    replay = Replay(city_with(60), known)
    for at in ends(60, 0, 10):
        replay.read([record("d-tran-phu", at, 60, cars=600, occupancy=20, speed=20)])
    flow = replay.flows("tran-phu")[-1].flow
    assert flow.pcu_h == pytest.approx(600 * 1.25) and flow.vc == pytest.approx(750 / 2400)
    assert (flow.level, flow.tti, flow.unusual, flow.quality) == ("D", 2.0, True, "good")
    length = replay.roads.length_m("tran-phu")
    assert flow.delay_s == pytest.approx(length * 3.6 / 20 - length * 3.6 / 40)


def test_an_empty_road_at_night_is_free() -> None:
    replay = Replay(city_with(60))
    nobody = Counted(motorcycle=0, car=0, bus=0, truck=0, bicycle=0)
    for at in ends(60, 0, 10):
        replay.read([Record(detector_id="d-tran-phu", t=at, interval_s=60, count=nobody, occupancy_pct=0, queue_m=0)])
    flow = replay.flows("tran-phu")[-1].flow
    assert (flow.level, flow.speed, flow.tti) == ("A", None, None)
    assert replay.faults() == []


def test_a_detector_whose_values_are_doubted_is_faulty_until_it_is_not() -> None:
    replay = Replay(city_with(60))
    for first, doubted in ((0, frozenset[str]()), (10, frozenset({SPEED})), (20, frozenset())):
        for at in ends(60, first, first + 10):
            replay.read([record("d-tran-phu", at, 60, **FREE)], doubted)
    told = [(one.faulty, (one.detector.id)) for one in replay.faults()]
    assert told == [(True, "d-tran-phu"), (False, "d-tran-phu")]
    reason = replay.faults()[0].reason
    assert reason is not None and "doubtful" in reason.en
    assert replay.seen("d-tran-phu")[16].faulty


def test_a_detector_that_loses_its_speed_is_faulty() -> None:
    replay = Replay(city_with(60))
    for at in ends(60, 0, 10):
        replay.read([record("d-tran-phu", at, 60, **FREE)])
    for at in ends(60, 10, 20):
        replay.read([msgspec.structs.replace(record("d-tran-phu", at, 60, **FREE), speed_kmh=None)])
    assert [one.faulty for one in replay.faults()] == [True]


def test_a_detector_that_sees_nothing_beside_a_busy_one_is_faulty_but_a_blocked_road_is_not() -> None:
    nothing = {"cars": 0, "occupancy": 0, "speed": 0}
    replay = Replay(city_with(60))
    replay.read(both(60, 0, 20, FREE, nothing))
    assert [one.detector.id for one in replay.faults()] == [DN]
    blocked = Replay(city_with(60))
    blocked.read(both(60, 0, 10, FREE, FREE))
    blocked.read(both(60, 10, 30, {**STANDING, "cars": 120}, nothing))
    assert blocked.faults() == []
    assert [one.change for one in blocked.incidents()] == ["suspected"]


def test_counts_no_road_can_carry_are_a_fault() -> None:
    replay = Replay(city_with(60))
    for at in ends(60, 0, 20):
        replay.read([record("d-tran-phu", at, 60, cars=6000, occupancy=20, speed=40)])
    assert [one.faulty for one in replay.faults()] == [True]


def test_a_history_of_longer_steps_is_no_flow() -> None:
    replay = Replay(city_with(5))
    for at in ends(900, -120, 0):
        replay.read([record("d-tran-phu", at, 900, **FREE)])
    for at in ends(5, 0, 5):
        replay.read([record("d-tran-phu", at, 5, **FREE)])
    assert replay.faults() == []
    assert {one.flow.level for one in replay.flows("tran-phu")} == {"A"}


@pytest.mark.parametrize("slow_end", [UP, DN])
def test_the_two_ends_may_speak_in_different_periods(slow_end: str) -> None:
    city = city_with(10)
    slower = (msgspec.structs.replace(one, period_s=60 if one.id == slow_end else 10) for one in city.detectors)
    replay = Replay(msgspec.structs.replace(city, detectors=tuple(slower)))
    for at in ends(10, 0, 40):
        standing = 10 < (at - START).total_seconds() / 60 <= 25
        for detector, values in ((UP, STANDING if standing else FREE), (DN, EMPTY if standing else FREE)):
            if detector != slow_end or at.second == 0:
                period = 60 if detector == slow_end else 10
                replay.read([record(detector, at, period, **values)])
    assert [one.change for one in replay.incidents()] == ["suspected", "cleared"]
    assert replay.incidents()[0].at == START + timedelta(minutes=12)


CITIES = ("thanh-hoa", "ky-anh")


@pytest.mark.parametrize("name", CITIES)
@pytest.mark.parametrize("seed", [1, 7])
def test_a_normal_day_with_its_rush_hours_gives_no_incident(name: str, seed: int) -> None:
    city = city_with(60, name)
    traffic = Traffic(city, World(), seed)
    replay = Replay(city, lambda detector, at: _usual(traffic, detector, at))
    start = START.replace(hour=0)
    for number in range(1, 24 * 60):
        at = start + timedelta(minutes=number)
        replay.read(simulated(traffic, one.id, at, 60) for one in city.detectors)
    assert replay.incidents() == []
    assert replay.faults() == []


@pytest.mark.parametrize("period", [10, 60])
@pytest.mark.parametrize("hour", [7, 11, 22])
def test_a_crash_of_the_simulated_city_is_found_and_cleared(period: int, hour: int) -> None:
    city, world = city_with(period), World()
    traffic = Traffic(city, world, 3)
    replay = Replay(city, lambda detector, at: _usual(traffic, detector, at))
    start = START.replace(hour=hour)
    place = traffic.roads.detectors[DN].metres - traffic.roads.detectors[UP].metres
    along = traffic.roads.detectors[UP].metres + 0.25 * place
    crash = start + timedelta(minutes=20)
    world.put(Block(begin=crash, end=crash + timedelta(minutes=20), segment=SEGMENT, metres=along, share_left=0.1))
    for number in range(1, 3600 * 2 // period):
        at = start + timedelta(seconds=number * period)
        replay.read(simulated(traffic, one.id, at, period) for one in city.detectors)
    assert [one.change for one in replay.incidents()] == ["suspected", "cleared"]
    suspected, cleared = replay.incidents()
    assert suspected.spot.id == f"{UP}>{DN}"
    assert timedelta(0) < suspected.at - crash <= timedelta(minutes=8)
    assert cleared.at > crash + timedelta(minutes=20)


def simulated(traffic: Traffic, detector: str, at: datetime, period: int) -> Record:
    measured = traffic.measured(detector, at, period)
    return Record(
        detector_id=detector,
        t=at,
        interval_s=period,
        count=Counted(**measured.count),
        occupancy_pct=measured.occupancy_pct,
        speed_kmh=measured.speed_kmh,
        queue_m=measured.queue_m,
    )


def _usual(traffic: Traffic, detector: Detector, at: datetime) -> Usual:
    return Usual(traffic.usual(traffic.roads.detectors[detector.id], at).speed_kmh, 5, "weekday")
