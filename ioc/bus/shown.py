"""When which events went out to the screens: noted beside the bus for the story of an event, and lost with it."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import UTC, datetime

from ioc.bus.ports import Bus, BusUnavailable, Showing

FLUSH_S = 1.0
UNNOTED = 2_000  # while Redis is away the oldest notes make room


class ShowingNotes:
    """Gathers what was handed out and notes it once a second, so that no event waits for it."""

    def __init__(self, bus: Bus, *, flush_s: float = FLUSH_S) -> None:
        self._bus = bus
        self._flush_s = flush_s
        self._unnoted: deque[Showing] = deque(maxlen=UNNOTED)

    def see(self, first: int, last: int, screens: int) -> None:
        """Positions `first` to `last` have just gone out."""
        self._unnoted.append(Showing(first, last, datetime.now(UTC), screens))

    async def run(self) -> None:
        """Notes for ever; what Redis does not take now it is offered again."""
        while True:
            await asyncio.sleep(self._flush_s)
            batch = list(self._unnoted)
            if not batch:
                continue
            try:
                await self._bus.note_showings(batch)
            except BusUnavailable:
                continue
            for _ in range(len(batch)):
                self._unnoted.popleft()
