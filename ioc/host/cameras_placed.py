"""One camera while it is this process's: its keeper at work, what was seen, and what waits to be told of it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from ioc.contract import Observation
from ioc.host.cameras_keeper import Keeper
from ioc.host.cameras_seen import SeenCamera

SAID_EVERY = timedelta(seconds=5)


class Placed:
    """Of one taking: who takes the camera again begins anew. `fence` goes with all that is written of it."""

    def __init__(self, seen: SeenCamera, fence: int, keeper: Keeper | None) -> None:
        self.seen = seen
        self.fence = fence
        self.keeper = keeper
        self.waiting: list[Observation] = []
        self.dropped = 0
        self._said: tuple[Any, datetime] | None = None
        self._task = asyncio.create_task(keeper.run()) if keeper else None

    def look(self, now: datetime, most_waiting: int) -> None:
        """Puts the readings that are due with those that wait; the oldest are let go when these are too many."""
        self.waiting += self.seen.look(now)
        over = len(self.waiting) - most_waiting
        if over > 0:
            del self.waiting[:over]
            self.dropped += over

    def news(self, now: datetime) -> dict[str, Any] | None:
        """What the screens should be told now, if anything."""
        body = self.seen.body(watched=self.keeper is not None and self.keeper.watched)
        fresh = self._said is not None and self._said[0] == _news_of(body) and now - self._said[1] < SAID_EVERY
        return None if fresh else body

    def told(self, body: dict[str, Any], now: datetime) -> None:
        """The screens were told."""
        self._said = _news_of(body), now

    def stop(self) -> None:
        """Ends its decoder; no more is seen."""
        if self._task is not None:
            self._task.cancel()

    async def stopped(self) -> None:
        """Ends its decoder and waits until it is done."""
        self.stop()
        if self._task is not None:
            with suppress(asyncio.CancelledError):
                await self._task

    def check(self) -> None:
        """Raises what ended its keeper, which nothing should."""
        if self._task is not None and self._task.done() and not self._task.cancelled():
            self._task.result()


def _news_of(body: dict[str, Any]) -> tuple[Any, Any]:
    """What the screens are told at once when it is another."""
    return body["state"], body["passed"]
