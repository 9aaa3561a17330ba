"""When something that is seen again and again begins and ends: it must last, and it must be over for a while.

Pure: the same rule judges somebody in a zone, a crowd, a queue, a covered camera and a lost one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec

Change = Literal["begins", "ends"]


class Hold(msgspec.Struct, frozen=True):
    """`begin`: how long it must last to be said; `end`: how long it must be over; `gap`: readings further apart than
    this say nothing about the time between them."""

    begin: timedelta
    end: timedelta
    gap: timedelta

    @classmethod
    def seconds(cls, begin: float, end: float, gap: float) -> Hold:
        """From numbers of seconds."""
        return cls(timedelta(seconds=begin), timedelta(seconds=end), timedelta(seconds=gap))


class Condition(msgspec.Struct):
    """What is remembered of one. `since`: present without a break; `began`: the `since` of what was said to have begun
    and has not ended; `quiet`: over since, while it has not ended."""

    since: datetime | None = None
    began: datetime | None = None
    quiet: datetime | None = None
    last: datetime | None = None
    most: float = 0.0


class Step(msgspec.Struct, frozen=True):
    """A change: from when until when the condition has been there as far as was seen, and its greatest value."""

    change: Change
    since: datetime
    until: datetime
    most: float


def follow(
    condition: Condition, at: datetime, value: float, *, present: bool, absent: bool, hold: Hold
) -> list[Step]:  # fmt: skip
    """What a reading of `at` changes; between `present` and `absent` (hysteresis) nothing begins and nothing ends.

    A reading no newer than the last one changes nothing. After a gap longer than `gap` what was counted is counted
    anew; after one longer than `gap` and `end` together what had begun is over, since nobody watched.
    """
    if condition.last is not None and at <= condition.last:
        return []
    steps: list[Step] = []
    last = condition.last or at
    condition.last = at
    if at - last > hold.gap:
        if condition.began is not None and at - last > hold.gap + hold.end:
            steps.append(_end(condition, condition.began, condition.quiet or last))
        condition.since = condition.quiet = None
    if condition.began is None:
        return steps + _waiting(condition, at, value, present, hold)
    return steps + _lasting(condition, condition.began, at, value, absent, hold)


def _waiting(condition: Condition, at: datetime, value: float, present: bool, hold: Hold) -> list[Step]:
    if not present:
        condition.since, condition.most = None, 0.0
        return []
    condition.since = condition.since or at
    condition.most = max(condition.most, value)
    if at - condition.since < hold.begin:
        return []
    condition.began = condition.since
    return [Step("begins", condition.began, at, condition.most)]


def _lasting(
    condition: Condition, began: datetime, at: datetime, value: float, absent: bool, hold: Hold
) -> list[Step]:  # fmt: skip
    condition.most = max(condition.most, value)
    condition.quiet = (condition.quiet or at) if absent else None
    if condition.quiet is None or at - condition.quiet < hold.end:
        return []
    return [_end(condition, began, condition.quiet)]


def _end(condition: Condition, began: datetime, until: datetime) -> Step:
    """The end of what had begun; everything is forgotten but the time of the last reading."""
    step = Step("ends", began, until, condition.most)
    condition.since = condition.began = condition.quiet = None
    condition.most = 0.0
    return step
