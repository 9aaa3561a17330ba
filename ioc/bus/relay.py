"""Carries the table's rows to the bus. Any number of relays may run; none keeps a cursor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from ioc.bus.agreement import agree
from ioc.bus.ports import Bus, BusUnavailable, LogStore, Row, SteppedBack
from ioc.core.errors import Problem

BATCH = 500
REFILL = 1_000  # rows put back when the bus was emptied
CHECK_S = 1.0  # how often to look without being rung for (workers elsewhere, an emptied Redis)
BACKOFF_S = (0.05, 2.0)


class Relay:
    """The relay of one process. `told` hears of rows that are newly in the bus, but not of those put back into one
    that was emptied: these were carried long ago."""

    def __init__(self, store: LogStore, bus: Bus, told: Callable[[Sequence[Row]], None] = lambda rows: None) -> None:
        self._store = store
        self._bus = bus
        self._told = told
        self._sure = False  # that the bus carries this table's log: not after either was away
        self._reached = 0

    async def run(self) -> None:
        """Relays until cancelled; waits with growing pauses while the bus or the store is away.

        Raises SteppedBack when the table ends before what was carried from it, or before what the bus holds.
        """
        pause = BACKOFF_S[0]
        while True:
            seen = self._store.log_bell.number()
            try:
                await self._make_sure()
                await self.step()
            except (BusUnavailable, Problem) as error:
                if not _passes(error):
                    raise
                self._sure = False
                await asyncio.sleep(pause)
                pause = min(pause * 2, BACKOFF_S[1])
                continue
            pause = BACKOFF_S[0]
            await self._store.log_bell.changed(seen, CHECK_S)

    async def step(self) -> None:
        """Relays all that the bus lacks at its end; an empty bus gets the newest rows."""
        top = await self._bus.last()
        refills = top is None
        if top is None:
            top = max(0, await self._store.log.head() - REFILL)
        self._reached = max(self._reached, top)
        while rows := await self._store.log.after(top, BATCH):
            if await self._bus.add(rows) and not refills:
                self._told(rows)
            self._reached = top = rows[-1].position
            if len(rows) < BATCH:
                break

    async def _make_sure(self) -> None:
        if self._sure:
            return
        if not await agree(self._store, self._bus) or await self._store.log.head() < self._reached:
            raise SteppedBack("the table ends before what was carried from it")
        self._sure = True


def _passes(error: BusUnavailable | Problem) -> bool:
    """Whether the trouble is of the kind that goes away by waiting."""
    return isinstance(error, BusUnavailable) or error.status == 503
