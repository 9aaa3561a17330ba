"""What went out to the screens is noted soon, in order, and also what went out while Redis was away."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ioc.bus import BusUnavailable, MemoryBus, Showing, ShowingNotes


class Failing(MemoryBus):
    """A bus that is away as often as `away` says."""

    away = 2

    async def note_showings(self, showings: Sequence[Showing]) -> None:
        if self.away:
            self.away -= 1
            raise BusUnavailable("away")
        await super().note_showings(showings)


async def test_notes_wait_for_redis_and_keep_their_time() -> None:
    bus = Failing()
    notes = ShowingNotes(bus, flush_s=0)
    notes.see(1, 2, 5)
    notes.see(3, 3, 6)
    running = asyncio.create_task(notes.run())
    async with asyncio.timeout(10):
        while (last := await bus.shown(3)) is None:
            await asyncio.sleep(0)
    running.cancel()
    first = await bus.shown(1)
    assert first is not None and first.at <= last.at
    assert [(one.first, one.last, one.screens) for one in (first, last)] == [(1, 2, 5), (3, 3, 6)]
    assert bus.away == 0
