"""When a report is due: the worked examples, with the real holidays of the city."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ioc.city.profile import City
from ioc.core.clock import VIETNAM, parse_time
from modules.citizen.deadlines import Lengths, deadlines, running, spent

FRIDAY = parse_time("2026-04-24T16:30:00+07:00")


def lengths(days: int | None) -> Lengths:
    return Lengths(validate_working_h=2, act_h=2, report_h=24, resolve_days=days)


@pytest.mark.parametrize(("days", "due"), [(2, "2026-04-29"), (5, "2026-05-06"), (7, "2026-05-08")])
def test_working_days_leave_out_holidays(days: int, due: str, city: City) -> None:
    found = deadlines(FRIDAY, lengths(days), city.calendar)
    assert found.due.astimezone(VIETNAM) == datetime.fromisoformat(f"{due}T17:00:00+07:00")


def test_a_report_is_looked_at_within_two_working_hours(city: City) -> None:
    # half an hour on Friday, then Tuesday morning: Monday is a holiday
    found = deadlines(FRIDAY, lengths(2), city.calendar)
    assert found.first_by == parse_time("2026-04-28T09:00:00+07:00")


def test_an_emergency_runs_round_the_clock(city: City) -> None:
    saturday_night = parse_time("2026-04-25T23:40:00+07:00")
    found = deadlines(saturday_night, lengths(None), city.calendar)
    assert found.first_by == saturday_night + timedelta(hours=2)
    assert found.due == saturday_night + timedelta(hours=24)


@pytest.mark.parametrize(
    ("status", "emergency", "step"),
    [
        ("new", True, "act"),
        ("validated", True, "act"),
        ("assigned", True, "resolve"),
        ("new", False, "validate"),
        ("validated", False, "resolve"),
        ("in_progress", False, "resolve"),
        ("resolved", False, None),
        ("rejected", True, None),
    ],
)
def test_the_clock_that_runs(status: str, emergency: bool, step: str | None) -> None:
    assert running(status, emergency) == step


def test_the_share_spent_is_counted_in_office_time_or_round_the_clock(city: City) -> None:
    due = deadlines(FRIDAY, lengths(2), city.calendar).due  # half an hour on Friday, then two days of 7.5 h
    tuesday_noon = parse_time("2026-04-28T12:00:00+07:00")
    assert spent(FRIDAY, due, tuesday_noon, city.calendar) == pytest.approx(4.5 / 15.5)
    assert spent(FRIDAY, FRIDAY + timedelta(hours=2), FRIDAY + timedelta(minutes=96), None) == pytest.approx(0.8)
    assert spent(FRIDAY, FRIDAY, FRIDAY, None) == 1.0
