"""The daily rhythm and what follows from it on the roads."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.city.profile import City
from ioc.core.clock import VIETNAM
from ioc.demo.flow import Road, moving, queued, tail_kmh
from ioc.demo.rhythm import chance, demand, local_time, mix, vehicle_pcu
from ioc.demo.traffic import Traffic
from ioc.demo.world import Block, World
from tests.demo.conftest import MORNING

MOMENTS = st.integers(0, 365 * 86_400).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
ROADS = st.builds(Road, st.floats(20, 100), st.floats(400, 6000), st.floats(1, 4))


@given(MOMENTS)
def test_demand_is_a_share_and_classes_add_up_with_motorcycles_first(at: datetime):
    local = local_time(at)
    assert 0 < demand(local) <= 1
    for national in (True, False):
        shares = mix(local, national=national)
        assert sum(shares.values()) == pytest.approx(1)
        assert all(share >= 0 for share in shares.values())
        assert max(shares, key=lambda name: shares[name]) == "motorcycle"
        assert 0.2 < vehicle_pcu(shares) < 1.5


@given(st.dates(date(2026, 1, 1), date(2027, 1, 1)))
def test_nights_are_quieter_than_rush_hours_and_weekends_softer(day: date):
    def at(hour: float, minute: int = 0) -> float:
        return demand(datetime(day.year, day.month, day.day, int(hour), minute, tzinfo=VIETNAM))

    busiest = max(at(hour, minute) for hour in range(24) for minute in (0, 15, 30, 45))
    assert at(3) < 0.2 * busiest
    if day.weekday() < 5:
        assert at(7) > 1.8 * at(9, 30)
        assert at(17, 10) > 1.8 * at(21, 30)
    else:
        assert busiest < 0.8


@given(ROADS, st.floats(-100, 20_000))
def test_the_more_vehicles_the_slower_and_the_denser(road: Road, pcu_h: float):
    flow = moving(road, pcu_h)
    assert 0 <= flow.pcu_h <= road.capacity_pcu_h
    assert 0.5 * road.free_kmh < flow.speed_kmh <= road.free_kmh
    assert 0 <= flow.occupancy <= 100
    more = moving(road, pcu_h + 100)
    assert more.speed_kmh <= flow.speed_kmh
    assert more.occupancy >= flow.occupancy


@given(ROADS, st.floats(0, 1))
def test_a_queue_is_slower_and_denser_than_the_same_stream_moving(road: Road, share: float):
    passing = share * road.capacity_pcu_h
    flow = queued(road, passing)
    assert flow.speed_kmh <= moving(road, flow.pcu_h).speed_kmh
    assert flow.occupancy >= moving(road, flow.pcu_h).occupancy
    assert tail_kmh(road, moving(road, road.capacity_pcu_h), 0) >= tail_kmh(road, moving(road, 10), 0) >= 0


@given(at=MOMENTS, interval=st.sampled_from([5, 60, 900]))
def test_what_detectors_measure_can_be_true_at_any_time(at: datetime, interval: int, city: City):
    traffic = Traffic(city, World(), seed=3)
    for detector in city.detectors:
        measured = traffic.measured(detector.id, at, interval)
        free = city.segment(detector.segment).free_flow_kmh
        assert all(count >= 0 for count in measured.count.values())
        assert 0 < measured.speed_kmh <= free * 1.07
        assert 0 <= measured.occupancy_pct <= 100
        assert measured.queue_m == 0
        assert measured == traffic.measured(detector.id, at, interval), "the same moment is told the same way"


def test_the_rush_hour_counts_more_than_the_night(traffic: Traffic):
    night = MORNING.replace(hour=19)  # 02:00 in the city
    for detector in traffic.roads.detectors:
        rush, rest = (traffic.measured(detector, at, 900) for at in (MORNING, night))
        assert sum(rush.count.values()) > 5 * sum(rest.count.values())
        assert rush.speed_kmh < rest.speed_kmh


@given(st.integers(), st.text())
def test_chance_lies_between_0_and_1(seed: int, what: str):
    assert 0 <= chance(seed, what) < 1


@pytest.mark.parametrize("hour", [0, 6, 10, 14, 19])  # UTC: rush hours and the dead of night
def test_a_block_fills_the_road_above_and_empties_it_below_at_any_hour(traffic: Traffic, world: World, hour: int):
    begin = MORNING.replace(hour=hour)
    place = traffic.roads.detectors["d-cau-1"].metres + 25
    world.put(
        Block(begin=begin, end=begin + timedelta(seconds=240), segment="ql1a-hoang-long", metres=place, share_left=0.0)
    )

    def seen(after_s: float) -> tuple[float, float]:
        at = begin + timedelta(seconds=after_s)
        return tuple(traffic.measured(id, at, 5).occupancy_pct for id in ("d-cau-1", "d-cau-2"))  # type: ignore[return-value]

    assert abs(seen(0)[0] - seen(0)[1]) < 5
    above, below = seen(45)
    assert above > 60
    assert below < 0.3 * seen(0)[1]
    queues = [traffic.measured("d-cau-1", begin + timedelta(seconds=s), 5).queue_m for s in (30, 60, 120)]
    assert queues == sorted(queues)
    assert queues[-1] > queues[0] + 20
    assert seen(400)[0] < 30, "afterwards the queue is gone"
    assert seen(400)[1] == pytest.approx(seen(400)[0], rel=0.3)


def test_a_block_is_not_felt_on_other_roads(traffic: Traffic, world: World):
    at = MORNING + timedelta(seconds=60)
    before = traffic.measured("d-dong-son", at, 5)
    world.put(Block(begin=MORNING, end=at + timedelta(60), segment="ql1a-hoang-long", metres=900, share_left=0.0))
    assert traffic.measured("d-dong-son", at, 5) == before
