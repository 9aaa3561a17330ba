"""One process at a time does a part's work, on however many machines the part is started; the others stand by."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from ioc.contract import Log
from ioc.host.machine import host_name, machine_of
from ioc.host.parts import Parts
from ioc.host.standby import StandingBy
from ioc.store import Fenced, Seated, SeatView, Sitter, Store, StoreUnavailable

BEAT_S = 1.0
LOOK_S = 0.5
SILENT_S = 6.0  # without a sign of life; with two looks and a start another works within ten seconds
MOST_A_LOOK_S = 1.0  # of silence one look can prove
LEAVE_S = 2.0

Work = Callable[[Seated], Awaitable[None]]


class Silence:
    """How long a seat has shown no sign of life, in seconds of the watcher's own clock. Pure.

    Two machines' clocks are never compared, and time in which the watcher itself stood still, or could not look, counts
    as one look.
    """

    def __init__(self) -> None:
        self._sign: SeatView | None = None
        self._looked_at: float | None = None
        self._quiet_s = 0.0

    def after(self, sign: SeatView | None, now: float) -> float:
        """The silence up to `now`, when the seat was seen as `sign`."""
        before, self._looked_at = self._looked_at, now
        if before is None or sign != self._sign:
            self._quiet_s = 0.0
        else:
            self._quiet_s += min(max(0.0, now - before), MOST_A_LOOK_S)
        self._sign = sign
        return self._quiet_s


class Turns:
    """A part's work in one process, whenever the part's seat is this process's."""

    def __init__(self, store: Store, part: str, sitter: Sitter, log: Log) -> None:
        self._store = store
        self._part = part
        self._sitter = sitter
        self._log = log
        self._new = True  # has not had a turn yet: what its machine had before it died it takes up at once

    async def run(self, stopping: asyncio.Event, work: Work) -> None:
        """Stands by, works, and stands by again when another has taken over, until `stopping`; `work` ends then.

        A fault of the work is raised, and the seat stays: this machine's next process takes it up.
        """
        while (seated := await self._get(stopping)) is not None:
            self._new = False
            self._log.info("works now", part=self._part, turn=seated.turn)
            try:
                await self._work(seated, work)
            except Fenced as error:
                self._log.warning("another owner took over", part=self._part, reason=str(error))
                await _pause(stopping, LOOK_S)
            else:
                await self._leave(seated)
                return

    async def _get(self, stopping: asyncio.Event) -> Seated | None:
        standing = StandingBy(self._store, self._part, self._sitter, self._log)
        telling = asyncio.create_task(standing.run())  # apart: a store that takes no writes must not stop the looking
        try:
            return await self._wait(stopping, standing)
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    async def _wait(self, stopping: asyncio.Event, standing: StandingBy) -> Seated | None:
        silence = Silence()
        while not stopping.is_set():
            try:
                seen = await self._store.seats.look(self._part)
                if self._may_take(seen, silence.after(seen, time.monotonic())):
                    return await self._store.seats.take(self._part, self._sitter, seen)
                standing.waits_for(seen.by if seen else None)
            except StoreUnavailable as error:
                self._log.warning("waits for the store", part=self._part, reason=str(error))
            except Fenced as error:
                self._log.info("another was quicker", part=self._part, reason=str(error))
            await _pause(stopping, LOOK_S)
        return None

    def _may_take(self, seen: SeatView | None, quiet_s: float) -> bool:
        if seen is None or seen.by is None or seen.by.owner == self._sitter.owner:
            return True
        return (self._new and seen.by.machine == self._sitter.machine) or quiet_s >= SILENT_S

    async def _work(self, seated: Seated, work: Work) -> None:
        """The work, for as long as the seat is ours."""
        running = [asyncio.ensure_future(work(seated)), asyncio.ensure_future(self._beat(seated))]
        try:
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _beat(self, seated: Seated) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            try:
                await self._store.seats.beat(seated)
            except StoreUnavailable as error:
                self._log.warning("no sign of life given", part=self._part, reason=str(error))

    async def _leave(self, seated: Seated) -> None:
        with suppress(StoreUnavailable, TimeoutError):
            async with asyncio.timeout(LEAVE_S):
                await self._store.seats.leave(seated)


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stopping.wait()


def turns_of(parts: Parts, part: str) -> Turns:
    """This process's turns at a part's work.

    Raises:
        OSError: the state folder cannot be written to.
    """
    sitter = Sitter(parts.owner, machine_of(parts.settings.state_dir), host_name())
    return Turns(parts.store, part, sitter, parts.log)
