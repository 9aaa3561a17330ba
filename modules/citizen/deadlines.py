"""When a report must be looked at, acted on and answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from ioc.core.calendar import WorkCalendar

Step = Literal["validate", "act", "resolve"]


class Lengths(msgspec.Struct, frozen=True):
    """How long things may take, as the city set it. `resolve_days` is None for an emergency."""

    validate_working_h: float
    act_h: float
    report_h: float
    resolve_days: int | None


class Deadlines(msgspec.Struct, frozen=True):
    """`first_by`: looked at (ordinary) or acted on (emergency); `due`: answered. UTC."""

    first_by: datetime
    due: datetime


def deadlines(received: datetime, lengths: Lengths, calendar: WorkCalendar) -> Deadlines:
    """The deadlines of a report.

    An emergency runs round the clock; everything else on the working calendar, the day of receipt not counted.
    """
    if lengths.resolve_days is None:
        return Deadlines(received + timedelta(hours=lengths.act_h), received + timedelta(hours=lengths.report_h))
    first = calendar.add_working_hours(received, lengths.validate_working_h)
    return Deadlines(first, calendar.add_working_days(received, lengths.resolve_days))


def running(status: str, emergency: bool) -> Step | None:
    """Which clock runs in a state; None where nothing is owed any more."""
    if status in ("resolved", "published", "rated", "closed", "rejected"):
        return None
    if emergency and status in ("new", "validated"):
        return "act"
    return "validate" if status == "new" else "resolve"


def spent(received: datetime, due: datetime, now: datetime, calendar: WorkCalendar | None) -> float:
    """The share of the time given that is gone, in office time where a calendar is given; 1 is the breach."""
    if calendar is None:
        given, gone = due - received, now - received
    else:
        given, gone = calendar.working_time(received, due), calendar.working_time(received, now)
    return gone / given if given > timedelta() else 1.0
