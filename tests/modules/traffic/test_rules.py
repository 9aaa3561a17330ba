"""The rules by the worked numbers of their source, and properties that hold for all numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.traffic.california import CaliforniaLimits, california
from modules.traffic.geh import geh
from modules.traffic.pcu import pcu_per_hour, per_hour, volume_capacity
from modules.traffic.persistence import Persistence
from modules.traffic.queueing import growing, spills_back, stands
from modules.traffic.service_level import LevelBands, level_of_service
from modules.traffic.suspicion import SpotFigures, Suspicion, SuspicionLimits
from modules.traffic.travel_time import buffer_index, delay_s, space_mean_speed, travel_time_index, travel_time_s

PCU = {"motorcycle": 0.25, "car": 1.0, "bus": 2.5, "truck": 2.0, "bicycle": 0.2}
BANDS = LevelBands(0.85, 0.67, 0.50, 0.40, 0.30, 1.0)
CALIFORNIA = CaliforniaLimits(8, 0.30, 0.15)
START = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_example_a_is_907_pcu_an_hour_level_d() -> None:
    counts = {"motorcycle": 1800, "car": 320, "bus": 18, "truck": 40, "bicycle": 60}
    flow = pcu_per_hour(counts, PCU, 3600)
    vc = volume_capacity(flow, 1400)
    assert round(flow, 1) == 907.0
    assert round(vc, 3) == 0.648
    assert level_of_service(22 / 50, vc, BANDS) == "D"
    assert round(travel_time_index(22, 50), 2) == 2.27


def test_example_b_is_an_incident_after_two_intervals() -> None:
    test = california(34, 11, 17)
    assert test.occdf == 23
    assert test.occrdf is not None and round(test.occrdf, 3) == 0.676
    assert test.docctd is not None and round(test.docctd, 3) == 0.353
    suspicion = Suspicion()
    rules = []
    for number in range(2):
        seen = figures(number, test)
        suspicion.see(seen, SuspicionLimits(CALIFORNIA, 2, 3, 3))
        rules.append(suspicion.rule(seen))
    assert rules == [None, "california"]


def figures(number: int, test: object = None, slow: bool | None = None, queue_grows: bool = False) -> SpotFigures:
    at = START + number * MINUTE
    return SpotFigures(at=at, start=at - MINUTE, test=test, slow=slow, queue_grows=queue_grows)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ratio", "vc", "level"),
    [
        (0.86, 0.1, "A"), (0.85, 0.1, "B"), (0.67, None, "C"), (0.5, 0.1, "D"), (0.4, 0.1, "E"), (0.31, 1.0, "E"),
        (0.3, 0.1, "F"), (0.0, None, "F"), (1.2, 1.01, "F"), (1.2, 1.0, "A"),
    ],
)  # fmt: skip
def test_levels_at_their_bounds(ratio: float, vc: float | None, level: str) -> None:
    assert level_of_service(ratio, vc, BANDS) == level


@given(st.floats(0, 2), st.floats(0, 2), st.floats(0, 2))
def test_a_slower_road_is_never_at_a_better_level(a: float, b: float, vc: float) -> None:
    assert level_of_service(min(a, b), vc, BANDS) >= level_of_service(max(a, b), vc, BANDS)


@given(
    st.dictionaries(st.sampled_from(sorted(PCU)), st.integers(0, 10_000)),
    st.integers(1, 3600),
    st.integers(1, 20),
)
def test_flow_does_not_depend_on_how_an_hour_is_cut(counts: dict[str, int], seconds: int, times: int) -> None:
    once = pcu_per_hour(counts, PCU, seconds)
    many = pcu_per_hour({vehicle: n * times for vehicle, n in counts.items()}, PCU, seconds * times)
    assert many == pytest.approx(once)


def test_a_rate_over_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="length of time"):
        per_hour(3, 0)


def test_travel_time_and_delay() -> None:
    assert travel_time_s(1000, 36) == 100
    assert delay_s(1000, 18, 36) == 100
    assert delay_s(1000, 50, 36) == 0


def test_half_a_road_at_half_the_speed_takes_its_share_of_the_time() -> None:
    assert space_mean_speed([60, 20], 2) == pytest.approx(30)
    assert space_mean_speed([50, 0], 2) == pytest.approx(3.846, abs=0.001)


@given(st.lists(st.floats(2, 120), min_size=1, max_size=9))
def test_the_mean_over_space_is_within_the_speeds_and_not_above_their_mean(speeds: list[float]) -> None:
    mean = space_mean_speed(speeds, 2)
    assert min(speeds) - 1e-9 <= mean <= sum(speeds) / len(speeds) + 1e-9


def test_buffer_index_is_what_the_worst_trip_adds() -> None:
    times = [100.0] * 18 + [200.0, 300.0]
    assert buffer_index(times) == pytest.approx((200 - 115) / 115)
    assert buffer_index([100.0]) is None
    assert buffer_index([100.0, 100.0]) == 0


def test_geh_of_flows() -> None:
    assert geh(1000, 1000) == 0
    assert geh(0, 0) == 0
    assert round(geh(1000, 850), 2) == 4.93
    assert geh(100, 0) == pytest.approx(14.142, abs=0.001)


@given(st.floats(0, 1e5), st.floats(0, 1e5))
def test_geh_is_the_same_both_ways(a: float, b: float) -> None:
    assert geh(a, b) == geh(b, a) >= 0


@given(st.floats(0, 100), st.floats(0, 100), st.one_of(st.none(), st.floats(0, 100)))
def test_any_occupancies_give_figures(up: float, dn: float, before: float | None) -> None:
    test = california(up, dn, before)
    if test.begins(CALIFORNIA):
        assert test.continues(CALIFORNIA) and up > dn and before is not None and before > dn


def test_an_empty_lower_detector_before_says_nothing_of_a_drop() -> None:
    assert california(34, 0, 0).docctd is None
    assert california(0, 0, 5).occrdf is None


def test_a_queue_stands_and_grows_and_fills_its_link() -> None:
    assert stands(35, 15, 35, 15)
    assert not stands(34.9, 15, 35, 15) and not stands(None, 5, 35, 15)
    assert growing([0, 10, 20], 20)
    assert not growing([0, 30, 25], 20) and not growing([20], 20) and not growing([0, 19], 20)
    assert spills_back(400, 500, 0.8) and not spills_back(399, 500, 0.8)


def test_on_after_two_and_off_after_three() -> None:
    state, turns = Persistence(), []
    for number, holds in enumerate([1, 0, 1, 1, 0, 0, 1, 0, 0, 0]):
        turns.append(state.see(bool(holds), START + number * MINUTE, needed=2, over=3))
    assert turns == [None, None, None, "began", None, None, None, None, None, "ended"]


def test_it_began_when_the_first_of_the_intervals_did() -> None:
    state = Persistence()
    state.see(True, START, needed=2, over=3)
    state.see(True, START + MINUTE, needed=2, over=3)
    assert state.since == START


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 5), st.integers(1, 5))
def test_it_turns_only_after_enough_in_a_row(seen: list[bool], needed: int, over: int) -> None:
    state = Persistence()
    for number, holds in enumerate(seen):
        turn = state.see(holds, START + number * MINUTE, needed=needed, over=over)
        if turn:
            lately = seen[: number + 1][-(needed if turn == "began" else over) :]
            assert set(lately) == {turn == "began"}


def test_the_slow_road_counts_only_with_a_growing_queue() -> None:
    limits = SuspicionLimits(CALIFORNIA, 2, 3, 3)
    suspicion = Suspicion()
    told = []
    for number, queue in enumerate([True, True, False, True]):
        seen = figures(number, slow=True, queue_grows=queue)
        suspicion.see(seen, limits)
        told.append(suspicion.rule(seen))
    assert told == [None, None, None, "arterial"]


def test_what_cannot_be_judged_neither_raises_nor_clears() -> None:
    limits = SuspicionLimits(CALIFORNIA, 2, 3, 3)
    suspicion = Suspicion()
    held = california(34, 11, 17)
    for number, test in enumerate([held, None, None, held]):
        suspicion.see(figures(number, test), limits)
    assert suspicion.split.on
    for number in range(4, 20):
        suspicion.see(figures(number, None), limits)
    assert suspicion.split.on and not suspicion.over()
