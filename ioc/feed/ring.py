"""The last frames of the log in memory, so that most clients resume without a read of the table."""

from __future__ import annotations

from collections import deque
from itertools import islice

from ioc.feed.wire import Change

Step = tuple[int, tuple[Change, ...]]


class Ring:
    """The changes of the last `size` positions; positions are contiguous."""

    def __init__(self, size: int) -> None:
        self._steps: deque[Step] = deque(maxlen=size)

    def append(self, position: int, changed: tuple[Change, ...]) -> None:
        """Adds the next position."""
        self._steps.append((position, changed))

    def covers(self, position: int) -> bool:
        """Whether everything behind `position` is still here."""
        return bool(self._steps) and self._steps[0][0] <= position + 1

    def after(self, position: int, limit: int) -> list[Step]:
        """Up to `limit` steps behind a position that is covered."""
        start = position + 1 - self._steps[0][0]
        return list(islice(self._steps, start, start + limit))
