"""Working days and hours, with the worked numbers of the citizen deadlines."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.core.calendar import WorkCalendar
from ioc.core.clock import VIETNAM

SPRING = WorkCalendar(holidays=frozenset({date(2026, 4, 27), date(2026, 4, 30), date(2026, 5, 1)}))
FRIDAY = datetime(2026, 4, 24, 16, 30, tzinfo=VIETNAM)


def local(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("days", "due"), [(2, date(2026, 4, 29)), (5, date(2026, 5, 6)), (7, date(2026, 5, 8))], ids=str
)
def test_the_worked_deadlines(days: int, due: date) -> None:
    at = SPRING.add_working_days(FRIDAY, days)
    assert at == datetime.combine(due, time(17), VIETNAM)
    assert at.tzinfo is UTC


def test_working_hours_skip_the_lunch_break_the_weekend_and_a_holiday() -> None:
    assert SPRING.add_working_hours(FRIDAY, 2) == local(2026, 4, 28, 9)
    assert SPRING.add_working_hours(local(2026, 4, 24, 11), 1) == local(2026, 4, 24, 14)
    assert SPRING.add_working_hours(local(2026, 4, 25, 3), 0.5) == local(2026, 4, 28, 8)


def test_working_hours_may_end_with_the_session() -> None:
    assert SPRING.add_working_hours(local(2026, 4, 24, 15), 2) == local(2026, 4, 24, 17)


def test_a_make_up_day_is_worked_though_a_weekend() -> None:
    calendar = WorkCalendar(frozenset({date(2026, 8, 31)}), frozenset({date(2026, 8, 22)}))
    assert calendar.is_working_day(date(2026, 8, 22))
    assert not calendar.is_working_day(date(2026, 8, 23))
    assert not calendar.is_working_day(date(2026, 8, 31))
    assert calendar.add_working_days(local(2026, 8, 21, 9), 1) == local(2026, 8, 22, 17)


def test_the_day_is_the_local_one() -> None:
    late_thursday_utc = datetime(2026, 4, 23, 18, 0, tzinfo=UTC)  # Friday 01:00 in Vietnam
    assert SPRING.add_working_days(late_thursday_utc, 1) == local(2026, 4, 28, 17)


def test_working_time_between_two_moments() -> None:
    assert SPRING.working_time(FRIDAY, local(2026, 4, 28, 9)) == timedelta(hours=2)
    assert SPRING.working_time(local(2026, 4, 25, 8), local(2026, 4, 26, 8)) == timedelta(0)
    assert SPRING.working_time(local(2026, 4, 28, 9), FRIDAY) == timedelta(0)


@pytest.mark.parametrize("days", [0, -3])
def test_a_deadline_is_at_least_a_day(days: int) -> None:
    with pytest.raises(ValueError, match="at least one working day"):
        SPRING.add_working_days(FRIDAY, days)


@pytest.mark.parametrize("hours", [0.0, -1.0, float("nan")])
def test_working_hours_are_above_zero(hours: float) -> None:
    with pytest.raises(ValueError, match="more than zero"):
        SPRING.add_working_hours(FRIDAY, hours)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        SPRING.add_working_days(datetime(2026, 4, 24, 16, 30), 1)  # noqa: DTZ001


DAYS = st.dates(date(2025, 12, 1), date(2026, 12, 31))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1), timezones=st.just(VIETNAM))  # noqa: DTZ001
CALENDARS = st.builds(WorkCalendar, st.frozensets(DAYS, max_size=40), st.frozensets(DAYS, max_size=10))


@given(CALENDARS, MOMENTS, st.integers(1, 30))
def test_the_nth_working_day_has_n_working_days_up_to_it(calendar: WorkCalendar, at: datetime, days: int) -> None:
    due = calendar.add_working_days(at, days).astimezone(VIETNAM)
    between = (due.date() - at.date()).days
    worked = sum(calendar.is_working_day(at.date() + timedelta(step)) for step in range(1, between + 1))
    assert calendar.is_working_day(due.date())
    assert worked == days
    assert due.time() == time(17)


@given(CALENDARS, MOMENTS, st.integers(1, 20), st.integers(1, 20))
def test_working_days_add_up(calendar: WorkCalendar, at: datetime, first: int, second: int) -> None:
    two_steps = calendar.add_working_days(calendar.add_working_days(at, first), second)
    assert two_steps == calendar.add_working_days(at, first + second)


@given(CALENDARS, MOMENTS, st.integers(1, 100))
def test_working_time_undoes_working_hours(calendar: WorkCalendar, at: datetime, quarters: int) -> None:
    hours = quarters / 4
    due = calendar.add_working_hours(at, hours)
    assert calendar.working_time(at, due) == timedelta(hours=hours)
    assert calendar.is_working_day(due.astimezone(VIETNAM).date())


@given(CALENDARS, MOMENTS, MOMENTS, st.integers(1, 10))
def test_what_comes_later_is_due_no_earlier(calendar: WorkCalendar, one: datetime, other: datetime, days: int) -> None:
    first, last = sorted((one, other))
    assert calendar.add_working_days(first, days) <= calendar.add_working_days(last, days)
    assert calendar.add_working_hours(first, days) <= calendar.add_working_hours(last, days)
