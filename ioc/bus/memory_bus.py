"""The bus within one process, held to the same tests as the one on Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from ioc.bus.ports import Entry, Row, Showing
from ioc.bus.redis_bus import MAXLEN


class MemoryBus:
    """Keeps the newest rows of one log in memory; share one between relay and tails of an event loop."""

    def __init__(self, maxlen: int = MAXLEN) -> None:
        self._maxlen = maxlen
        self._entries: list[Entry] = []
        self._added: dict[int, datetime] = {}
        self._shown: list[Showing] = []
        self._top = 0  # refuses repeats even where the last entries were taken out
        self._grown = asyncio.Event()

    async def add(self, rows: Sequence[Row]) -> int:
        """See Bus."""
        new, now = 0, datetime.now(UTC)
        for row in rows:
            if row.position > self._top:
                self._added[row.position] = now
                self._entries.append(Entry(row.position, row.body))
                self._top = row.position
                new += 1
        for entry in self._entries[: -self._maxlen]:
            self._added.pop(entry.position, None)
        del self._entries[: -self._maxlen]
        self._grown.set()
        return new

    async def last(self) -> int | None:
        """See Bus."""
        return self._entries[-1].position if self._entries else None

    async def read(self, after: int, limit: int, wait_s: float = 0) -> Sequence[Row]:
        """See Bus."""
        found = self._after(after, limit)
        if found or not wait_s:
            return found
        loop = asyncio.get_running_loop()
        until = loop.time() + wait_s
        while not found and loop.time() < until:
            self._grown.clear()
            try:
                async with asyncio.timeout_at(until):
                    await self._grown.wait()
            except TimeoutError:
                break
            found = self._after(after, limit)
        return found

    async def added_at(self, position: int) -> datetime | None:
        """See Bus."""
        return self._added.get(position)

    async def note_showings(self, showings: Sequence[Showing]) -> None:
        """See Bus."""
        self._shown += [one for one in showings if not self._shown or one.last > self._shown[-1].last]
        del self._shown[: -self._maxlen]

    async def shown(self, position: int) -> Showing | None:
        """See Bus."""
        return next((one for one in self._shown if one.first <= position <= one.last), None)

    async def forget(self) -> None:
        """See Bus."""
        self.empty()

    async def close(self) -> None:
        """See Bus."""
        self._entries.clear()
        self._added.clear()

    def empty(self) -> None:
        """Loses everything, as a server that starts anew does."""
        self._entries.clear()
        self._added.clear()
        self._shown.clear()
        self._top = 0

    def _after(self, position: int, limit: int) -> list[Entry]:
        return [entry for entry in self._entries if entry.position > position][:limit]
