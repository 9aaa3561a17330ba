"""Follows the log for one consumer: effects, state and cursor in one fenced commit, or not at all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import zip_longest

from ioc.bus import Row, SteppedBack
from ioc.contract import Log
from ioc.core.envelope import Recorded
from ioc.core.unreadable import UNREADABLE, recorded_of
from ioc.host.held_cursor import HeldCursor
from ioc.host.in_turn import InTurn
from ioc.host.own_outages import OwnOutages, pause_s
from ioc.host.set_aside import SetAside
from ioc.host.steps import FailedOn, Step
from ioc.store import Fenced, Seated, Store, StoreUnavailable, Transaction

# After rows that did not concern it a consumer reads on a little later: in a busy city each commit would else wake
# every one of them, only to look away.
BREATH_S = 0.02
SHORT_BREATH_S = 0.004  # of one that is at work: what concerns it next, often comes right behind its own events
AT_WORK_S = 1.0  # so long after the last row that concerned it
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
        self._turn = InTurn(step)
        self._aside = SetAside(store, self._cursor, step, log, self._turn)
        self._doubtful = (
            False  # one of the next events may have ended an earlier owner; it is not known how many it had
        )
        self._careful_to = 0  # up to this position each is tried by itself and noted first
        self._under_way = 0  # the last position of those that are handled together now
        self._suspect: int | None = None  # the event that was being tried by itself when the owner before us ended
        self._tried: int | None = None  # by itself, by us: we live, so that one is no suspect
        self._outages = OwnOutages()
        self._worked_at = -AT_WORK_S
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
                async with self._turn.taken():
                    await self._take()
                async for rows in batches(self.position):
                    if await self._handle(rows):
                        self._worked_at = time.monotonic()
                    else:
                        await asyncio.sleep(self._breath_s())
            except (StoreUnavailable, SteppedBack) as error:
                if self._outages.are_its_own(error, self._cursor.position):
                    self._careful_to, self._tried = max(self._careful_to, self._under_way), None
                self._log.warning("consumer waits for the store", consumer=self._cursor.consumer, reason=str(error))
                await asyncio.sleep(pause_s(error))

    def _breath_s(self) -> float:
        return SHORT_BREATH_S if time.monotonic() - self._worked_at < AT_WORK_S else BREATH_S

    async def _take(self) -> None:
        ours = self._cursor.taken  # we live: what we had under way is known
        held = await self._cursor.take()
        self.position = held.position
        self._doubtful = self._doubtful or (held.doubtful and not ours)
        self._suspect = held.suspect if held.suspect != self._tried else None
        await self._aside.learn()
        self._outages.answered()

    async def _handle(self, rows: Sequence[Row]) -> bool:
        """Whether any of the rows was for this consumer."""
        events = [recorded_of(row.position, row.body) for row in rows]
        for recorded in events:
            self._watch(recorded)
        concerning = [one for one in events if self._concerns(one)]
        if concerning:
            if self._doubtful:
                self._careful_to, self._doubtful = events[-1].position, False
            await self._carefully([one for one in concerning if one.position <= self._careful_to])
            async with self._turn.taken():
                await self._together([one for one in events if one.position > self._careful_to])
        elif events[-1].position - self._cursor.position >= IDLE_CURSOR_EVERY:
            async with self._turn.taken():
                await self._cursor.move(events[-1].position, lambda tx: None)
        self.position = events[-1].position
        return bool(concerning)

    def _concerns(self, recorded: Recorded) -> bool:
        return recorded.envelope.type == UNREADABLE or self._step.wants(recorded.envelope)

    async def _together(self, events: Sequence[Recorded]) -> None:
        """All of them in one commit; where one fails, what is before it, the rest, and that one beside them.

        What a step does not name is found by halves."""
        ahead = [events] if events else []
        while ahead:
            some = ahead.pop()
            self._under_way = some[-1].position
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
            async with self._turn.taken():
                if recorded.position == self._suspect and not self._aside.holds_up(recorded):
                    await self._aside.suspected(recorded, self._outages.met)
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
