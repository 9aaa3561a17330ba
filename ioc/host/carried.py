"""Whether the quick channel carries what is committed. One that answers may still take nothing: its disk is full."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from ioc.bus import Bus
from ioc.store import Store
from ioc.store.tables import event

LATE = timedelta(seconds=5)


async def is_carried(store: Store, bus: Bus, now: datetime) -> bool:
    """Whether the oldest event that is not in the bus, if there is one, came only just now.

    Raises:
        BusUnavailable: the bus does not answer.
        StoreUnavailable: the store is away.
    """
    last = await bus.last() or 0
    async with store.read() as read:
        oldest = (await read.execute(select(event.c.recordedtime).where(event.c.position == last + 1))).scalar()
    return oldest is None or now - oldest <= LATE
