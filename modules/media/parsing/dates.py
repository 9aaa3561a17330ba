"""When an item was published: any form feeds use; without a zone it is Vietnam's time; never later than now."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

import msgspec

from ioc.core.clock import VIETNAM

Doubt = Literal["", "no-date", "no-zone", "future", "implausible"]

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # nothing in a feed is older; such a date is a broken clock
_VIETNAMESE = re.compile(r"(?:.*?\b)?(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\D{0,5}(?:(\d{1,2})[:h](\d{2})(?::(\d{2}))?)?")
_CLOCK_FIRST = re.compile(r".*?(\d{1,2})[:h](\d{2})(?::(\d{2}))?\D{1,5}(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_OFFSET = re.compile(r"(?:GMT|UTC)\s*([+-]\d{1,2})(?::?(\d{2}))?\)?\s*$", re.IGNORECASE)


class Dated(msgspec.Struct, frozen=True):
    """When, in UTC, and what is doubtful about it: a doubtful date is replaced by the time it was first seen."""

    at: datetime
    doubt: Doubt = ""


def dated(text: str | None, now: datetime, ahead: timedelta) -> Dated:
    """The time an item gives itself; `now` where it gives none, one further to come than a clock may run `ahead`, or
    one before there were feeds."""
    found = _parsed((text or "").strip()[:100])
    if found is None:
        return Dated(now, "no-date")
    at, zoned = found
    if at > now + ahead:
        return Dated(now, "future")
    if at < EARLIEST:
        return Dated(now, "implausible")
    return Dated(min(at, now), "" if zoned else "no-zone")


def _parsed(text: str) -> tuple[datetime, bool] | None:
    """The moment and whether it had a zone."""
    for read in (_iso, _mail, _vietnamese):
        try:
            found = read(text)
            if found is not None:
                zoned = found.tzinfo is not None
                return (found if zoned else found.replace(tzinfo=VIETNAM)).astimezone(UTC), zoned
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    return None


def _iso(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _mail(text: str) -> datetime:
    return parsedate_to_datetime(text)


def _vietnamese(text: str) -> datetime | None:
    """Day first, as Vietnamese pages write it, with the clock before or after: "21/11/2026, 14:30 (GMT+7)"."""
    offset = _OFFSET.search(text)
    rest = text[: offset.start()] if offset else text
    if first := _CLOCK_FIRST.match(rest):
        hour, minute, second, day, month, year = (int(one or 0) for one in first.groups())
    elif last := _VIETNAMESE.match(rest):
        day, month, year, hour, minute, second = (int(one or 0) for one in last.groups())
    else:
        return None
    made = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the zone is put in by the caller
    if offset is None:
        return made
    minutes = int(offset[1]) * 60 + int(offset[2] or 0)
    return (made - timedelta(minutes=minutes)).replace(tzinfo=UTC)
