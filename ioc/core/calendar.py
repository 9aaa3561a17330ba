"""Working days and working hours of a Vietnamese office: what a citizen's deadline is counted in.

Monday to Friday, 07:30-11:30 and 13:30-17:00 local time, without public holidays, with make-up days. The day
something is received on is not counted (the usual rule of Vietnamese civil procedure).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from ioc.core.clock import VIETNAM

Session = tuple[time, time]

OFFICE_HOURS: tuple[Session, ...] = ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 0)))
_SATURDAY = 5
_DAY = timedelta(days=1)


class WorkCalendar(msgspec.Struct, frozen=True):
    """Which days are worked. `make_up` are weekend days worked in exchange for a day off.

    `sessions` are the local hours of work, in order and not overlapping.
    """

    holidays: frozenset[date] = frozenset()
    make_up: frozenset[date] = frozenset()
    sessions: tuple[Session, ...] = OFFICE_HOURS

    def is_working_day(self, day: date) -> bool:
        """Whether the office works on this day (a local date)."""
        if day in self.make_up:
            return True
        return day.weekday() < _SATURDAY and day not in self.holidays

    def add_working_days(self, at: datetime, days: int) -> datetime:
        """The end of the office day, `days` working days after the local day of `at`; UTC.

        Raises:
            ValueError: `days` is under 1, or `at` carries no zone.
        """
        if days < 1:
            raise ValueError(f"a deadline is at least one working day, not {days}")
        day = _local(at).date()
        while days:
            day += _DAY
            days -= self.is_working_day(day)
        return _utc(day, self.sessions[-1][1])

    def add_working_hours(self, at: datetime, hours: float) -> datetime:
        """The moment when `hours` of office time have passed since `at`; UTC.

        Raises:
            ValueError: `hours` is not above zero, or `at` carries no zone.
        """
        if not hours > 0:
            raise ValueError(f"a deadline is more than zero working hours, not {hours}")
        rest = timedelta(hours=hours)
        for begin, end in self._worked_from(_local(at)):
            if rest <= end - begin:
                return (begin + rest).astimezone(UTC)
            rest -= end - begin
        raise AssertionError("working time never ends")  # the iterator is endless

    def working_time(self, begin: datetime, end: datetime) -> timedelta:
        """Office time between two moments; zero when `end` is not after `begin`.

        Raises:
            ValueError: a moment carries no zone.
        """
        last = _local(end)
        total = timedelta()
        for first, until in self._worked_from(_local(begin)):
            if first >= last:
                return total
            total += min(until, last) - first
        raise AssertionError("working time never ends")  # the iterator is endless

    def _worked_from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Every stretch of office time after `start`, local, without end."""
        day = start.date()
        while True:
            for opens, closes in self.sessions if self.is_working_day(day) else ():
                begin = max(start, datetime.combine(day, opens, VIETNAM))
                end = datetime.combine(day, closes, VIETNAM)
                if begin < end:
                    yield begin, end
            day += _DAY


def _local(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"time without a zone: {at.isoformat()}")
    return at.astimezone(VIETNAM)


def _utc(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, VIETNAM).astimezone(UTC)
