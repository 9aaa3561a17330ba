"""Follows the log: quickly by the bus, and by the table wherever the bus has a gap or is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from ioc.bus.agreement import agree
from ioc.bus.ports import Bus, BusUnavailable, LogStore, Row, SteppedBack
from ioc.core.errors import Problem

BATCH = 500
WAIT_S = 1.0  # a bus that says nothing for so long is checked against the table
AWAY_S = 0.5  # a bus that is away is tried again after so long
LOOK_S = 0.1  # how often the table is read while the bus is away and nobody rings


class Tail:
    """Follows one city's log; several `after` may run at once."""

    def __init__(self, store: LogStore, bus: Bus) -> None:
        self._store = store
        self._bus = bus
        self._away_until = 0.0
        self._sure = False

    async def after(self, position: int) -> AsyncIterator[Sequence[Row]]:
        """Batches of rows after a position: every row once, in order, without a hole, for ever.

        Where neither bus nor table can be reached it waits. The bus is believed once it was seen to carry the log of
        this table, and again after the table was away.

        Raises SteppedBack when the table ends before `position`, or before what came since.
        """
        self._sure = False
        starts_at = 0  # where the bus was seen to start: before that only the table is asked
        while True:
            seen = self._store.log_bell.number()
            rows = await self._from_bus(position) if position + 1 >= starts_at else ()
            if rows and rows[0].position > position + 1:
                starts_at, rows = rows[0].position, ()
            rows = _without_hole(rows) or await self._from_table(position)
            if rows:
                position = rows[-1].position
                yield rows
            elif await self._stepped_back(position):
                raise SteppedBack(f"the table ends before {position}")
            elif self._away() or position + 1 < starts_at:
                await self._store.log_bell.changed(seen, LOOK_S)

    async def _from_bus(self, position: int) -> Sequence[Row]:
        if self._away():
            return ()
        try:
            if not self._sure:
                await agree(self._store, self._bus)
                self._sure = True
            return await self._bus.read(position, BATCH, WAIT_S)
        except BusUnavailable:
            self._away_until = _now() + AWAY_S
            return ()
        except Problem as error:
            return await self._without_table(error)

    async def _from_table(self, position: int) -> Sequence[Row]:
        try:
            return await self._store.log.after(position, BATCH)
        except Problem as error:
            return await self._without_table(error)

    async def _stepped_back(self, position: int) -> bool:
        try:
            return await self._store.log.head() < position
        except Problem as error:
            await self._without_table(error)
            return False

    async def _without_table(self, error: Problem) -> Sequence[Row]:
        if error.status != 503:
            raise error
        self._sure = False
        await asyncio.sleep(LOOK_S)
        return ()

    def _away(self) -> bool:
        return _now() < self._away_until


def _now() -> float:
    return asyncio.get_running_loop().time()


def _without_hole(rows: Sequence[Row]) -> Sequence[Row]:
    """The rows up to the first hole."""
    for index, row in enumerate(rows):
        if row.position != rows[0].position + index:
            return rows[:index]
    return rows
