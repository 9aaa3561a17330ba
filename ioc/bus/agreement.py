"""Whether the bus carries the log of the table behind it.

The table is the truth, and it may step back: a replica that was behind is promoted, a snapshot of the disk is put back.
The bus then holds entries of a time that never was, at positions the table gives out anew.
"""

from __future__ import annotations

from ioc.bus.ports import Bus, LogStore


async def agree(store: LogStore, bus: Bus) -> bool:
    """Whether it does; a bus that does not is emptied, for the relay to fill anew.

    Its newest entry is compared: entries are put in order, so one of another time is never behind one of ours for
    long, and the end is looked at before anything after it is believed.

    Raises BusUnavailable, and Problem 503 when the store is away.
    """
    top = await bus.last()
    if top is None:
        return True
    head = await store.log.head()  # asked after the bus, so it cannot be behind what was carried from it
    carried = await bus.read(top - 1, 1)
    kept = await store.log.after(top - 1, 1) if head >= top else ()
    if kept and (not carried or carried[0].position != top or carried[0].body == kept[0].body):
        return True
    await bus.forget()
    return False
