"""Follows the log for one consumer: effects, state and cursor in one fenced commit, or not at all."""

from __future__ import annotations

import asyncio
import base64
import traceback
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol, TypeVar

import msgspec

from ioc.bus import Row, SteppedBack
from ioc.contract import Log
from ioc.core.envelope import Envelope, Recorded, decode
from ioc.store import Fenced, Held, Seated, Store, StoreUnavailable, Transaction

TRIES = 5
RETRY_S = 0.2
REPLAY_LOOK_S = 0.5
UNREADABLE = "unreadable"
TRIES_ALONE = 2  # of an event that ended its process, while all others go on
SUSPECT = "the process ended or stood still while it handled this; it is tried again by itself"
KILLED = "the process ended or stood still each time it handled this"
# After rows that did not concern it a consumer reads on a little later: in a busy city each commit would else wake
# every one of them, only to look away.
BREATH_S = 0.02
IDLE_CURSOR_EVERY = 500  # positions an uninterested consumer may run ahead of its stored cursor

Effects = Callable[[Transaction], None]
T = TypeVar("T")


class Step(Protocol):
    """What a consumer does with events; the follower owns order, cursor and failures."""

    def wants(self, envelope: Envelope) -> bool:
        """Whether the event concerns this consumer at all."""
        ...

    async def prepare(self, events: Sequence[Recorded]) -> Effects:
        """Runs the logic with no transaction open and returns what is to be written with the cursor."""
        ...

    def forget(self) -> None:
        """Drops anything remembered from a prepare whose commit did not happen."""
        ...


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
        self._store = store
        self._consumer = consumer
        self._owner = owner
        self._step = step
        self._log = log
        self._watch = watch
        self._seated = seated
        self._held: Held | None = None
        self._doubtful = False  # some event may have ended an earlier owner: each is tried by itself and noted first
        self._suspect: int | None = None  # the event that was being tried by itself when the owner before us ended
        self._tried: int | None = None  # by itself, by us: we live, so that one is no suspect
        self._blocked: set[str] = set()
        self._turn = asyncio.Lock()  # new events and dead letters share the cursor and what the step remembers
        self.position = 0

    @property
    def going(self) -> bool:
        """Whether it has taken its cursor, and so follows."""
        return self._held is not None

    async def run(self, batches: Callable[[int], AsyncIterator[Sequence[Row]]]) -> None:
        """Takes the cursor and follows from it; `batches` yields rows after a position, contiguous."""
        replaying = asyncio.create_task(self._replay_when_asked())
        try:
            await self._go_on(batches)
        finally:
            replaying.cancel()
            await asyncio.gather(replaying, return_exceptions=True)

    async def _go_on(self, batches: Callable[[int], AsyncIterator[Sequence[Row]]]) -> None:
        while True:
            try:
                async with self._turn:
                    await self._take()
                async for rows in batches(self.position):
                    async with self._turn:
                        concerned = await self._handle(rows)
                    if not concerned:
                        await asyncio.sleep(BREATH_S)
            except (StoreUnavailable, SteppedBack) as error:
                self._log.warning("consumer waits for the store", consumer=self._consumer, reason=str(error))
                async with self._turn:
                    self._step.forget()
                await asyncio.sleep(RETRY_S)

    async def _take(self) -> None:
        self._held = await self._store.cursors.take(self._consumer, self._owner, seated=self._seated)
        self.position = self._held.position
        self._doubtful = self._held.doubtful
        self._suspect = self._held.suspect if self._held.suspect != self._tried else None
        self._blocked = set(await self._store.dead.keys(self._consumer))

    async def _handle(self, rows: Sequence[Row]) -> bool:
        """Whether any of the rows was for this consumer."""
        wanted, parked, undecodable = self._sort(rows)
        last = rows[-1].position
        if undecodable or parked or self._doubtful:
            await self._one_by_one(rows)
            self._doubtful = False
        elif wanted:
            try:
                await self._commit(wanted, last)
            except (StoreUnavailable, Fenced):
                raise
            except Exception:  # any fault of a module: find the event by single steps
                self._step.forget()
                await self._one_by_one(rows)
        elif self._held is not None and last - self._held.position >= IDLE_CURSOR_EVERY:
            await self._move(last, lambda tx: None)
        self.position = last
        return bool(wanted or parked or undecodable)

    def _sort(self, rows: Sequence[Row]) -> tuple[list[Recorded], bool, bool]:
        wanted: list[Recorded] = []
        parked = False
        for row in rows:
            recorded = _read(row)
            self._watch(recorded)
            if recorded.envelope.type == UNREADABLE:
                return [], False, True
            if self._step.wants(recorded.envelope):
                wanted.append(recorded)
                parked = parked or recorded.envelope.partitionkey in self._blocked
        return wanted, parked, False

    async def _one_by_one(self, rows: Sequence[Row]) -> None:
        for row in rows:
            recorded = _read(row)
            if recorded.envelope.type == UNREADABLE:
                await self._bury(recorded, "the body is no envelope", "")
            elif not self._step.wants(recorded.envelope):
                continue
            elif recorded.envelope.partitionkey in self._blocked:
                await self._park(recorded)
            elif recorded.position == self._suspect:
                await self._set_aside(recorded)
            else:
                await self._try(recorded)
            self.position = row.position

    async def _try(self, recorded: Recorded) -> None:
        if self._doubtful:
            await self._note(recorded)
        for attempt in range(1, TRIES + 1):
            try:
                await self._commit([recorded], recorded.position)
                return
            except (StoreUnavailable, Fenced):
                raise
            except Exception as error:
                self._step.forget()
                self._tell_failure(recorded, attempt, error)
                if isinstance(error, TimeoutError):  # each further try would hold up all others as long
                    await self._set_aside(recorded)
                    return
                if attempt == TRIES:
                    reason = f"{type(error).__name__}: {error}"
                    await self._bury(recorded, reason, traceback.format_exc())
                    return
                await asyncio.sleep(RETRY_S * attempt)

    async def _note(self, recorded: Recorded) -> None:
        """Tells that this event is to be handled by itself, before it is tried: it may end the process."""
        held = self._holding()
        await self._store.write(lambda tx: tx.attempt(held, recorded.position))
        self._tried = recorded.position

    def _tell_failure(self, recorded: Recorded, attempt: int, error: Exception) -> None:
        if attempt in (1, TRIES):
            where = {"consumer": self._consumer, "position": recorded.position, "type": recorded.envelope.type}
            self._log.error("handler failed", **where, attempt=attempt, exc_info=error)

    async def _commit(self, events: Sequence[Recorded], last: int) -> None:
        effects = await self._step.prepare(events)
        await self._move(last, effects)

    async def _move(self, to: int, effects: Callable[[Transaction], T]) -> T:
        """Moves the cursor in the commit of the effects; returns what these return."""
        held = self._holding()

        def job(tx: Transaction) -> tuple[Held, T]:
            return tx.move(held, to), effects(tx)

        self._held, value = await self._store.write(job)
        return value

    def _holding(self) -> Held:
        if self._held is None:
            raise Fenced(self._consumer)
        return self._held

    async def _bury(self, recorded: Recorded, reason: str, trace: str) -> None:
        self._log.error("event goes to the dead letters", consumer=self._consumer, position=recorded.position)
        await self._move(recorded.position, lambda tx: tx.bury(self._consumer, recorded, reason, trace))
        self._blocked.add(recorded.envelope.partitionkey)

    async def _set_aside(self, recorded: Recorded) -> None:
        """Lets the other keys go on before the event is tried again, which may end the process again."""
        consumer, key = self._consumer, recorded.envelope.partitionkey
        self._log.error(
            "event is set aside: it may have ended its process", consumer=consumer, position=recorded.position
        )

        def effects(tx: Transaction) -> None:
            tx.bury(consumer, recorded, SUSPECT, "")
            tx.try_alone(consumer, key, TRIES - TRIES_ALONE)

        await self._move(recorded.position, effects)
        self._blocked.add(key)

    async def _park(self, recorded: Recorded) -> None:
        await self._move(recorded.position, lambda tx: tx.park(self._consumer, recorded))

    async def _replay_when_asked(self) -> None:
        """Handles dead letters again that somebody asked for; ends when another owner has taken over."""
        while True:
            await asyncio.sleep(REPLAY_LOOK_S)
            try:
                if self.going:
                    for key in await self._store.dead.asked(self._consumer):
                        await self._replay(key)
            except StoreUnavailable:
                continue  # asked again in a moment; `run` says that the store is away
            except Fenced:
                return

    async def _replay(self, key: str) -> None:
        """One key's dead and parked events in order, each in a commit of its own, until one fails again.

        Later events of the key are parked until the last is handled, so that none overtakes another.
        """
        async with self._turn:
            try:
                if await self._store.write(lambda tx: tx.begin_replay(self._consumer, key)) > TRIES:
                    await self._give_up(key)
                elif await self._all_again(key):
                    self._blocked.discard(key)
                    await self._move_nowhere(lambda tx: tx.answer_replay(self._consumer, key))
            except StoreUnavailable:
                self._step.forget()
                raise

    async def _give_up(self, key: str) -> None:
        """The first of a key's events that is still there is the one that ended the process each time."""
        self._log.error("a replay is given up: its process ended each time", consumer=self._consumer)
        letters = await self._store.dead.of_key(self._consumer, key)
        if letters and await self._failed_again(letters[0].recorded, KILLED, ""):
            return

        def job(tx: Transaction) -> None:
            tx.answer_replay(self._consumer, key)
            if letters:
                tx.try_alone(self._consumer, key, 0)  # it was given up meanwhile: those behind it have ended nothing

        await self._move_nowhere(job)

    async def _all_again(self, key: str) -> bool:
        """Whether nothing of a key is left. What somebody gave up meanwhile holds up nothing."""
        for letter in await self._store.dead.of_key(self._consumer, key):
            if not await self._again(letter.recorded):
                return False
        return True

    async def _again(self, recorded: Recorded) -> bool:
        """Whether a dead letter is there no more: it is handled now, or was given up meanwhile. One that fails again
        says its new reason, and the replay is answered in the same commit: whoever gives it up later asks anew."""
        try:
            if not self._step.wants(recorded.envelope):
                raise LookupError(f"no handler listens to {recorded.envelope.type}")
            effects = await self._step.prepare([recorded])
            handled = await self._move_nowhere(lambda tx: self._released(tx, recorded, effects))
        except (StoreUnavailable, Fenced):
            raise
        except Exception as error:
            self._step.forget()
            self._tell_failure(recorded, TRIES, error)
            reason, trace = f"{type(error).__name__}: {error}", traceback.format_exc()
            return not await self._failed_again(recorded, reason, trace)
        if not handled:
            self._step.forget()  # what it prepared was never committed
        return True

    def _released(self, tx: Transaction, recorded: Recorded, effects: Effects) -> bool:
        there = tx.release(self._consumer, recorded.position)
        if there:
            effects(tx)
        return there

    async def _failed_again(self, recorded: Recorded, reason: str, trace: str) -> bool:
        """Whether it is a dead letter still; one that was given up meanwhile stays away."""

        def job(tx: Transaction) -> bool:
            if not tx.rebury(self._consumer, recorded.position, reason, trace):
                return False
            tx.answer_replay(self._consumer, recorded.envelope.partitionkey)
            return True

        return await self._move_nowhere(job)

    async def _move_nowhere(self, effects: Callable[[Transaction], T]) -> T:
        """Writes under the fence of the cursor, which stays where it is."""
        return await self._move(self._holding().position, effects)


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
