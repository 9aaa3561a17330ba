"""Follows the log for one consumer: effects, state and cursor in one fenced commit, or not at all."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from itertools import zip_longest

import msgspec

from ioc.bus import Row, SteppedBack
from ioc.contract import Log
from ioc.core.envelope import Envelope, Recorded, decode
from ioc.host.held_cursor import HeldCursor
from ioc.host.set_aside import UNREADABLE, SetAside
from ioc.host.steps import FailedOn, Step
from ioc.store import Fenced, Seated, Store, StoreUnavailable, TookTooLong, Transaction

RETRY_S = 0.2
# After rows that did not concern it a consumer reads on a little later: in a busy city each commit would else wake
# every one of them, only to look away.
BREATH_S = 0.02
IDLE_CURSOR_EVERY = 500  # positions an uninterested consumer may run ahead of its stored cursor


class Follower:
    """One consumer of the log. `run` ends only by cancellation, or raises Fenced when another owner has taken over.

    With `seated` it takes its cursor only while that seat is ours."""

    def __init__(
        self,
        store: Store,
        consumer: str,
        owner: str,
        step: Step,
        log: Log,
        watch: Callable[[Recorded], None] = lambda recorded: None,
        seated: Seated | None = None,
    ) -> None:
        self._step = step
        self._log = log
        self._watch = watch
        self._cursor = HeldCursor(store, consumer, owner, seated)
        self._turn = asyncio.Lock()  # new events and dead letters share the cursor and what the step remembers
        self._aside = SetAside(store, self._cursor, step, log, self._turn)
        self._doubtful = False  # some event may have ended an earlier owner: each is tried by itself and noted first
        self._wary = False  # the commit of some event took too long, and held up the whole city
        self._suspect: int | None = None  # the event that was being tried by itself when the owner before us ended
        self._tried: int | None = None  # by itself, by us: we live, so that one is no suspect
        self.position = 0

    @property
    def going(self) -> bool:
        """Whether it has taken its cursor, and so follows."""
        return self._cursor.taken

    async def run(self, batches: Callable[[int], AsyncIterator[Sequence[Row]]]) -> None:
        """Takes the cursor and follows from it; `batches` yields rows after a position, contiguous."""
        trying_again = asyncio.create_task(self._aside.run())
        try:
            await self._go_on(batches)
        finally:
            trying_again.cancel()
            await asyncio.gather(trying_again, return_exceptions=True)

    async def _go_on(self, batches: Callable[[int], AsyncIterator[Sequence[Row]]]) -> None:
        while True:
            try:
                async with self._turn:
                    await self._take()
                async for rows in batches(self.position):
                    if not await self._handle(rows):
                        await asyncio.sleep(BREATH_S)
            except (StoreUnavailable, SteppedBack) as error:
                if isinstance(error, TookTooLong):  # nearly as bad as to end the process, and looked for alike
                    self._wary, self._tried = True, None
                self._log.warning("consumer waits for the store", consumer=self._cursor.consumer, reason=str(error))
                async with self._turn:
                    self._step.forget()
                await asyncio.sleep(RETRY_S)

    async def _take(self) -> None:
        held = await self._cursor.take()
        self.position = held.position
        self._doubtful = held.doubtful or self._wary
        self._suspect = held.suspect if held.suspect != self._tried else None
        await self._aside.learn()

    async def _handle(self, rows: Sequence[Row]) -> bool:
        """Whether any of the rows was for this consumer."""
        events = [_read(row) for row in rows]
        for recorded in events:
            self._watch(recorded)
        concerning = [one for one in events if self._concerns(one)]
        if concerning and self._doubtful:
            await self._carefully(concerning)
            self._doubtful = self._wary = False
        elif concerning:
            async with self._turn:
                await self._together(events)
        elif events[-1].position - self._cursor.position >= IDLE_CURSOR_EVERY:
            async with self._turn:
                await self._cursor.move(events[-1].position, lambda tx: None)
        self.position = events[-1].position
        return bool(concerning)

    def _concerns(self, recorded: Recorded) -> bool:
        return recorded.envelope.type == UNREADABLE or self._step.wants(recorded.envelope)

    async def _together(self, events: Sequence[Recorded]) -> None:
        """All of them in one commit; where one fails, what is before it, the rest, and that one beside them.

        What a step does not name is found by halves."""
        ahead = [events]
        while ahead:
            some = ahead.pop()
            try:
                await self._commit(some)
            except (StoreUnavailable, Fenced):
                raise
            except Exception as error:  # any fault of a module
                self._step.forget()
                ahead += reversed(await self._without_the_failed(some, error))

    async def _without_the_failed(self, events: Sequence[Recorded], error: Exception) -> list[Sequence[Recorded]]:
        """What is still to be done, in order."""
        concerning = [at for at, one in enumerate(events) if self._concerns(one)]
        named = [at for at in concerning if isinstance(error, FailedOn) and events[at].position == error.position]
        if not named and len(concerning) > 1:
            middle = concerning[len(concerning) // 2]
            return [events[:middle], events[middle:]]
        at = (named or concerning)[0]
        if before := events[:at]:
            await self._together(before)
        await self._aside.failed(events[at], error)
        return [events[at + 1 :]] if events[at + 1 :] else []

    async def _commit(self, events: Sequence[Recorded], following: int | None = None) -> None:
        """The effects of those that are for us and free to go, and a place beside for those that have to wait."""
        free = [one for one in events if self._concerns(one) and not self._aside.holds_up(one)]
        waiting = [one for one in events if self._concerns(one) and self._aside.holds_up(one)]
        if not free and not waiting:
            return
        effects = await self._step.prepare(free) if free else None

        def job(tx: Transaction) -> None:
            if effects is not None:
                effects(tx)
            self._aside.put_behind(tx, waiting)

        await self._cursor.move(events[-1].position, job, following)

    async def _carefully(self, events: Sequence[Recorded]) -> None:
        """Each by itself, noted before it is tried: it may end the process, as one may have ended one before us. Each
        is a turn of its own, as there may be many."""
        for recorded, after in zip_longest(events, events[1:]):
            async with self._turn:
                if recorded.position == self._suspect and not self._aside.holds_up(recorded):
                    await self._aside.suspected(recorded)
                else:
                    await self._alone(recorded, after.position if after else None)
                self.position = recorded.position

    async def _alone(self, recorded: Recorded, following: int | None) -> None:
        """Handles one event; its commit tells that the following one is tried next."""
        if self._tried != recorded.position:
            await self._cursor.note(recorded.position)
            self._tried = recorded.position
        try:
            await self._commit([recorded], following)
            self._tried = following
        except (StoreUnavailable, Fenced):
            raise
        except Exception as error:  # any fault of a module
            self._step.forget()
            await self._aside.failed(recorded, error)


def _read(row: Row) -> Recorded:
    """The event of a row; one whose body cannot be read stands in for itself, so that it can be buried in sight."""
    try:
        return Recorded(row.position, decode(row.body))
    except msgspec.MsgspecError:
        return Recorded(row.position, _stand_in(row))


def _stand_in(row: Row) -> Envelope:
    now = datetime.now(UTC)
    name = f"position-{row.position}"
    return Envelope(
        id=name,
        source="/unreadable",
        type=UNREADABLE,
        time=now,
        recordedtime=now,
        city="",
        module="",
        partitionkey=name,
        correlationid=name,
        data={"body": base64.b64encode(row.body).decode()},
    )
