"""Readings of one interval are joined whatever their order; time never goes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from modules.traffic.intervals import FORGOTTEN_AFTER, Interval, Joiner, Part
from modules.traffic.kinds import KINDS, OCCUPANCY, QUEUE, SPEED

START = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
PERIOD = 10.0


def at(number: int) -> datetime:
    return START + timedelta(seconds=number * PERIOD)


def part(number: int, kind: str, value: float | None = None, *, doubted: bool = False) -> Part:
    return Part(kind, float(number if value is None else value), at(number), doubted)


def put(joiner: Joiner, *parts: Part) -> list[Interval]:
    return [interval for one in parts for interval in joiner.put(one, PERIOD)]


def test_the_first_interval_waits_for_the_next_one() -> None:
    joiner = Joiner()
    assert put(joiner, *(part(1, kind) for kind in KINDS)) == []
    (closed,) = put(joiner, part(2, SPEED))
    assert closed.at == at(1) and closed.start == at(0)
    assert closed.vehicles == 5 and closed.occupancy == closed.speed == closed.queue == 1


def test_later_ones_close_as_soon_as_they_are_complete() -> None:
    joiner = Joiner()
    put(joiner, part(1, SPEED), part(1, OCCUPANCY), part(2, OCCUPANCY))
    (closed,) = put(joiner, part(2, SPEED))
    assert closed.at == at(2) and closed.good(SPEED, OCCUPANCY) and not closed.good(QUEUE)


def test_a_late_value_changes_nothing_but_is_waited_for_from_then_on() -> None:
    joiner = Joiner()
    put(joiner, part(1, SPEED), part(2, SPEED))
    assert joiner.closed == at(2)
    assert put(joiner, part(2, QUEUE), part(1, OCCUPANCY)) == []
    assert put(joiner, part(3, SPEED)) == []
    (closed,) = put(joiner, part(3, OCCUPANCY), part(3, QUEUE))
    assert closed.at == at(3)


def test_what_is_missing_is_named_and_after_a_while_no_longer_waited_for() -> None:
    joiner = Joiner()
    put(joiner, part(1, SPEED), part(1, QUEUE))
    closed = put(joiner, *(part(number, SPEED) for number in range(2, FORGOTTEN_AFTER + 6)))
    assert closed[1].missing == (QUEUE,)
    assert closed[-1].missing == ()
    assert closed[-1].at == at(FORGOTTEN_AFTER + 5)


def test_doubt_and_simulation_are_kept() -> None:
    joiner = Joiner()
    simulated = Part(OCCUPANCY, 3, at(1), simulated=True)
    (closed,) = put(joiner, part(1, SPEED, doubted=True), simulated, part(2, SPEED))
    assert closed.doubted == (SPEED,) and closed.simulated
    assert not closed.good(SPEED) and closed.good(OCCUPANCY)


def test_a_joiner_is_the_same_after_being_stored() -> None:
    joiner = Joiner()
    put(joiner, part(1, SPEED), part(1, QUEUE), part(2, SPEED))
    again = msgspec.json.decode(msgspec.json.encode(joiner), type=Joiner)
    assert put(again, part(2, QUEUE)) == put(joiner, part(2, QUEUE)) != []


@given(st.data(), st.integers(2, 6))
def test_any_order_within_each_interval_gives_the_same_intervals(data: st.DataObject, intervals: int) -> None:
    joiner, closed = Joiner(), []
    for number in range(1, intervals + 1):
        for kind in data.draw(st.permutations(KINDS)):
            closed += put(joiner, part(number, kind))
    closed += put(joiner, part(intervals + 1, SPEED))
    assert [one.at for one in closed] == [at(number) for number in range(1, intervals + 1)]
    assert all(one.good(*KINDS) and not one.missing for one in closed)
    assert all(set(one.counts.values()) == {float(number)} for number, one in enumerate(closed, 1))


@given(st.lists(st.tuples(st.integers(1, 8), st.sampled_from(KINDS)), max_size=80))
def test_whatever_comes_time_only_goes_on(coming: list[tuple[int, str]]) -> None:
    closed = put(joiner := Joiner(), *(part(number, kind) for number, kind in coming))
    times = [one.at for one in closed]
    assert times == sorted(set(times))
    assert joiner.closed == (times[-1] if times else None)
