"""When something begins and ends: worked by hand, and whatever comes in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.core.lasting import Condition, Hold, Step, follow

NOON = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
HOLD = Hold.seconds(10, 20, 30)


def told(condition: Condition, *readings: tuple[float, float], hold: Hold = HOLD) -> list[tuple[float, Step]]:
    """What is said, and after how many seconds, of readings (seconds, value): 5 and more is there, below 3 is not."""
    return [
        (second, step)
        for second, value in readings
        for step in follow(
            condition, NOON + timedelta(seconds=second), value, present=value >= 5, absent=value < 3, hold=hold
        )
    ]


def test_it_begins_when_it_has_lasted() -> None:
    ((second, step),) = told(Condition(), (0, 5), (4, 7), (8, 6), (10, 5), (14, 9))
    assert (second, step) == (10, Step("begins", NOON, NOON + timedelta(seconds=10), 7))


def test_a_break_counts_anew() -> None:
    assert [second for second, _ in told(Condition(), (0, 5), (8, 4), (9, 5), (18, 5), (19, 5))] == [19]


def test_it_ends_when_it_has_been_over_for_a_while() -> None:
    found = told(Condition(), (0, 5), (10, 8), (15, 2), (25, 2), (30, 5), (35, 2), (54, 0), (55, 0))
    assert [(second, step.change) for second, step in found] == [(10, "begins"), (55, "ends")]
    assert found[1][1] == Step("ends", NOON, NOON + timedelta(seconds=35), 8)


def test_between_the_two_limits_nothing_changes() -> None:
    assert told(Condition(), *((second, 4) for second in range(0, 100, 5))) == []
    found = told(Condition(), (0, 5), (10, 5), *((second, 4) for second in range(15, 200, 5)))
    assert [step.change for _, step in found] == ["begins"]


def test_nothing_is_said_of_a_time_nobody_watched() -> None:
    assert told(Condition(), (0, 5), (31, 5)) == []
    found = told(Condition(), (0, 5), (10, 5), (61, 5), (71, 5))
    assert [(second, step.change) for second, step in found] == [(10, "begins"), (61, "ends"), (71, "begins")]


def test_an_old_reading_changes_nothing() -> None:
    ((second, step),) = told(Condition(), (20, 5), (10, 5), (20, 0), (30, 5))
    assert (second, step.since) == (30, NOON + timedelta(seconds=20))


@pytest.mark.parametrize("pause", [0, 3599])
def test_what_is_judged_elsewhere_holds_at_once(pause: float) -> None:
    found = told(Condition(), (0, 9), (pause + 1, 0), (pause + 2, 9), hold=Hold.seconds(0, 0, 3600))
    assert [step.change for _, step in found] == ["begins", "ends", "begins"]


@given(st.lists(st.tuples(st.floats(0.1, 100), st.floats(0, 10)), max_size=60))
def test_beginnings_and_ends_take_turns_and_keep_their_distance(steps: list[tuple[float, float]]) -> None:
    second, readings = 0.0, []
    for pause, value in steps:
        second += pause
        readings.append((second, value))
    found = told(Condition(), *readings)
    assert [step.change for _, step in found] == (["begins", "ends"] * len(found))[: len(found)]
    for second, step in found:
        if step.change == "begins":
            assert NOON + timedelta(seconds=second) - step.since >= HOLD.begin
            assert step.most >= 5
