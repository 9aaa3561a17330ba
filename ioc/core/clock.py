"""Time as something handed in, so that rules can be tested at any hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")  # +07:00, no daylight saving


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """The present moment, UTC-aware."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, UTC-aware."""
        return datetime.now(UTC)


class SetClock:
    """A clock that stands still until it is moved; for tests and replays."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """The moment it was set to."""
        return self._at

    def move(self, by: timedelta) -> None:
        """Let `by` pass."""
        self._at += by


def iso(at: datetime) -> str:
    """UTC text with milliseconds and `Z`: 2026-11-21T13:24:38.120Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_utc(at: datetime) -> datetime:
    """The same moment in UTC.

    Raises:
        ValueError: it carries no zone (a time without a zone is ambiguous), or its zone carries it out of the years
            1 to 9999, so that it has no form in UTC.
    """
    if at.tzinfo is None:
        raise ValueError(f"time without a zone: {at}")
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"time out of the calendar: {at}") from error


def parse_time(text: str) -> datetime:
    """An aware UTC time from RFC 3339 text.

    Raises:
        ValueError: the text is no time, it carries no zone, or it has no form in UTC (see `to_utc`).
    """
    return to_utc(datetime.fromisoformat(text))
