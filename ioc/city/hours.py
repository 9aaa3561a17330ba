"""Hours of the day in which a zone of a camera is closed."""

from __future__ import annotations

from datetime import datetime, time

from ioc.core.clock import VIETNAM


def closed(hours: str, at: datetime) -> bool:
    """Whether nobody should be there at `at`: `22:00-05:00` goes over midnight, no hours mean all day.

    Hours are local; the first minute belongs to them, the last does not.
    """
    if not hours:
        return True
    first, _, last = hours.partition("-")
    begins, ends = time.fromisoformat(first), time.fromisoformat(last)
    now = at.astimezone(VIETNAM).time().replace(tzinfo=None)
    if begins == ends:
        return True
    return begins <= now < ends if begins < ends else now >= begins or now < ends
