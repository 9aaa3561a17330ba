"""How many events a module said today, by the city's clock: counted once at the start, then as they pass."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from ioc.core.clock import VIETNAM, Clock
from ioc.core.envelope import Recorded
from ioc.store import Store
from ioc.store.tables import event


class SaidToday:
    """Events of one module since midnight; each position counts once however often it is read."""

    def __init__(self, module: str, clock: Clock) -> None:
        self._module = module
        self._clock = clock
        self._day = self._midnight()
        self._position = 0
        self._count = 0

    async def begin(self, store: Store) -> None:
        """Counts what the log holds of today already."""
        mine = (event.c.module == self._module) & (event.c.time >= self._day)
        async with store.read() as connection:
            self._position = int((await connection.execute(sa.select(sa.func.max(event.c.position)))).scalar() or 0)
            self._count = int((await connection.execute(sa.select(sa.func.count()).where(mine))).scalar_one())

    def see(self, recorded: Recorded) -> None:
        """An event of the log passes."""
        if recorded.position <= self._position:
            return
        self._position = recorded.position
        if recorded.envelope.module == self._module:
            self._turn_over()
            self._count += 1

    def count(self) -> int:
        """Events since midnight."""
        self._turn_over()
        return self._count

    def _turn_over(self) -> None:
        if (today := self._midnight()) != self._day:
            self._day, self._count = today, 0

    def _midnight(self) -> datetime:
        return self._clock.now().astimezone(VIETNAM).replace(hour=0, minute=0, second=0, microsecond=0)
