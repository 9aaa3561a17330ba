"""What is usual at an hour comes from the past and from nowhere else."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ioc.core.clock import VIETNAM
from modules.traffic.usual import SLOT, UsualSpeeds, stated, usual_speeds

MONDAY = datetime(2026, 11, 2, 0, 0, tzinfo=VIETNAM)


def past(days: int, speed: float = 40.0) -> list[tuple[datetime, float]]:
    return [(MONDAY + n * SLOT, speed + (n // 96) % 7) for n in range(days * 96)]


def test_without_a_past_nothing_is_usual() -> None:
    assert usual_speeds([], 3).at(MONDAY) is None
    assert UsualSpeeds().at(MONDAY) is None


def test_four_weeks_compare_with_the_same_weekday() -> None:
    speeds = usual_speeds(past(28), 3)
    found = speeds.at(MONDAY + timedelta(days=30, hours=8, minutes=20))  # a Wednesday
    assert found is not None
    assert (found.speed, found.samples, found.basis) == (42.0, 4, "weekday")


def test_one_week_compares_with_working_days_and_with_the_hour_at_weekends() -> None:
    speeds = usual_speeds(past(7), 3)
    workday, weekend = speeds.at(MONDAY + timedelta(days=8)), speeds.at(MONDAY + timedelta(days=12))
    assert workday is not None and (workday.basis, workday.samples, workday.speed) == ("day_kind", 5, 42.0)
    assert weekend is not None and (weekend.basis, weekend.samples, weekend.speed) == ("hour", 8, 45.5)


def test_one_jam_does_not_become_usual() -> None:
    days = past(28)
    jammed = [(at, 5.0 if at.date() == MONDAY.date() else speed) for at, speed in days]
    assert usual_speeds(jammed, 3).at(MONDAY) == usual_speeds(days, 3).at(MONDAY)


def test_a_city_may_say_what_is_usual() -> None:
    said = stated([0.5] * 7 + [0.25] + [0.5] * 16, 40, MONDAY + timedelta(hours=7, minutes=30))
    assert said is not None and (said.speed, said.basis) == (10.0, "city")
    assert stated((), 40, MONDAY) is None


@given(st.lists(st.tuples(st.integers(0, 30 * 96), st.floats(0, 120)), max_size=60), st.integers(0, 40 * 96))
def test_the_usual_lies_within_what_was_measured(measured: list[tuple[int, float]], asked: int) -> None:
    found = usual_speeds([(MONDAY + n * SLOT, speed) for n, speed in measured], 3).at(MONDAY + asked * SLOT)
    if found is not None:
        speeds = [speed for _, speed in measured]
        assert min(speeds) - 0.1 <= found.speed <= max(speeds) + 0.1 and found.samples >= 3
