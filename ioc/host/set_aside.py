"""What a consumer failed on: beside the log, tried again by itself while all others go on, in the end a dead letter."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Sequence

from ioc.contract import Log
from ioc.core.envelope import Recorded
from ioc.core.faults import words_of
from ioc.core.unreadable import UNREADABLE
from ioc.host.held_cursor import HeldCursor
from ioc.host.in_turn import InTurn
from ioc.host.steps import Effects, Step, fault_of
from ioc.store import Blocked, Fenced, Store, StoreUnavailable, Transaction
from ioc.store.dead import Asked, DeadLetter, kept_key

TRIES = 5
TRIES_ALONE = 2  # of one that ends its process, stands still or meets an outage of its own, while all others go on
PAUSES_S = (0.5, 1.0, 2.0, 4.0)  # before the second try, the third, …
LOOK_S = 0.5
AT_MOST_S = 2.0  # one look at what is asked for
AT_ONCE = 100  # letters of a key that are looked up together
SUSPECT = "the process ended or stood still while it handled this; it is tried again by itself"
KILLED = "the process ended or stood still each time it handled this"
UNANSWERED = "the store answered others, but not this: {words}"


class SetAside:
    """The events set aside by one consumer, under its cursor; one is tried again in a turn of its own."""

    def __init__(self, store: Store, cursor: HeldCursor, step: Step, log: Log, turn: InTurn) -> None:
        self._store = store
        self._cursor = cursor
        self._consumer = cursor.consumer
        self._step = step
        self._log = log
        self._turn = turn
        self._keys: set[str] = set()
        self._due: dict[str, float] = {}  # when a key is tried again, by the loop's clock; at once where it is not here
        self._no_try: set[str] = set()  # keys whose last try counts for nothing, which the store does not know yet
        self._met: dict[str, str] = {}  # keys whose last try met an outage: why; nobody tries them before they are due

    async def learn(self) -> None:
        """Which keys have something set aside, as the store says."""
        self._keys = set(await self._store.dead.keys(self._consumer))

    def holds_up(self, recorded: Recorded) -> bool:
        """Whether an event cannot be handled now: an earlier one of its key waits, or it cannot be read at all."""
        return recorded.envelope.type == UNREADABLE or kept_key(recorded.envelope.partitionkey) in self._keys

    def put_behind(self, tx: Transaction, events: Sequence[Recorded]) -> None:
        """Keeps such events, in the commit that passes them by."""
        for one in events:
            if one.envelope.type == UNREADABLE:
                self._log.error("event goes to the dead letters", consumer=self._consumer, position=one.position)
                tx.bury(self._consumer, one, "the body is no envelope", "")
            else:
                tx.park(self._consumer, one)

    async def failed(self, recorded: Recorded, error: Exception) -> None:
        """Sets aside what the step failed on for the first time. What takes too long gets fewer tries: each holds up
        all others as long."""
        fault = fault_of(error)
        self._tell(recorded, 1, fault)
        await self._put(recorded, *_said(fault), tried=_tried_before(fault))

    async def suspected(self, recorded: Recorded, outage: str) -> None:
        """Lets the other keys go on before an event is tried again that may have ended its process, or that alone met
        an `outage`."""
        reason = never_done(outage) if outage else SUSPECT
        self._log.error("event is set aside", consumer=self._consumer, position=recorded.position, reason=reason)
        await self._put(recorded, reason, "", tried=TRIES - TRIES_ALONE)

    async def _put(self, recorded: Recorded, reason: str, trace: str, *, tried: int) -> None:
        key = kept_key(recorded.envelope.partitionkey)

        def effects(tx: Transaction) -> None:
            tx.bury(self._consumer, recorded, reason, trace)
            tx.try_alone(self._consumer, key, tried)

        await self._cursor.move(recorded.position, effects)
        self._keys.add(key)
        self._wait(key, tried)

    def _wait(self, key: str, tried: int) -> None:
        pause = PAUSES_S[min(tried, len(PAUSES_S)) - 1]
        self._due[key] = asyncio.get_running_loop().time() + pause

    async def run(self) -> None:
        """Tries again what is due and what somebody asked for, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                if self._cursor.taken:
                    await self._try_due()
            except (StoreUnavailable, Fenced):
                continue  # asked again in a moment: the follower takes its cursor anew, or ends and this with it

    async def _try_due(self) -> None:
        """For a moment; then somebody may have asked, who goes first."""
        until = asyncio.get_running_loop().time() + AT_MOST_S
        for one in await self._store.dead.asked(self._consumer):
            if self._is_due(one):
                await self._in_peace(one)
            if asyncio.get_running_loop().time() > until:
                return

    def _is_due(self, asked: Asked) -> bool:
        """Who asks need not wait, but where the last try may have held up the whole city."""
        now = asyncio.get_running_loop().time()
        at_once = asked.by != self._consumer and asked.partitionkey not in self._met
        return at_once or self._due.get(asked.partitionkey, now) <= now

    async def _in_peace(self, asked: Asked) -> None:
        """One key that cannot even be set aside must not end the tries of all others; it counts as begun."""
        try:
            await self._replay(asked)
        except Blocked:  # nobody's fault, so no try; a store that takes nothing cannot be told so now
            self._wait(asked.partitionkey, TRIES)
            self._no_try.add(asked.partitionkey)
        except StoreUnavailable as away:
            self._met[asked.partitionkey] = away.reason
            self._wait(asked.partitionkey, TRIES)
        except Fenced:
            raise
        except Exception as error:
            self._log.error("an event cannot be tried again", consumer=self._consumer, exc_info=error)
            self._wait(asked.partitionkey, TRIES)

    async def _replay(self, asked: Asked) -> None:
        """One key's dead and parked events in order, each in a commit and a turn of its own, until one fails again.

        Later events of the key are parked until the last is handled, so that none overtakes another.
        """
        key = asked.partitionkey
        async with self._turn.taken():
            begun = await self._store.write(lambda tx: self._begin(tx, key))
            self._no_try.discard(key)
            self._due.pop(key, None)
            if begun > (TRIES if asked.by == self._consumer else TRIES_ALONE):
                return await self._give_up(key)
        while not await self._is_over(key):
            for letter in await self._store.dead.of_key(self._consumer, key, limit=AT_ONCE):
                async with self._turn.taken():
                    if not await self._again(letter, asked, begun):
                        return None
                begun = 1  # since the last that went well
        return None

    def _begin(self, tx: Transaction, key: str) -> int:
        """How often the replay of a key has begun with this time, without coming to an end."""
        if key in self._no_try:
            tx.take_back_replay(self._consumer, key)
        return tx.begin_replay(self._consumer, key)

    async def _is_over(self, key: str) -> bool:
        """Whether nothing of a key is left; from then on its events are handled as they come."""
        async with self._turn.taken():
            if await self._store.dead.of_key(self._consumer, key, limit=1):
                return False
            self._keys.discard(key)
            await self._cursor.stay(lambda tx: tx.answer_replay(self._consumer, key))
            return True

    async def _give_up(self, key: str) -> None:
        """The first of a key's events that is still there is the one no try of which came to an end."""
        reason = never_done(self._met.pop(key, ""))
        self._log.error("a replay is given up", consumer=self._consumer, reason=reason)
        letters = await self._store.dead.of_key(self._consumer, key, limit=1)
        if letters and await self._keep(letters[0].recorded, reason, "", tried=TRIES):
            return

        def job(tx: Transaction) -> None:
            tx.answer_replay(self._consumer, key)
            if letters:
                tx.try_alone(self._consumer, key, 0)  # it was given up meanwhile: those behind it have ended nothing

        await self._cursor.stay(job)

    async def _again(self, letter: DeadLetter, asked: Asked, begun: int) -> bool:
        """Whether a dead letter is there no more: it is handled now, or was given up meanwhile."""
        recorded = letter.recorded
        try:
            if not self._step.wants(recorded.envelope):
                raise LookupError(f"no handler listens to {recorded.envelope.type}")
            effects = await self._step.prepare([recorded])
            handled = await self._cursor.stay(lambda tx: self._released(tx, recorded, effects))
        except (StoreUnavailable, Fenced):
            raise
        except Exception as error:
            self._step.forget()
            return not await self._failed_again(letter, asked, begun, fault_of(error))
        if not handled:
            self._step.forget()  # what it prepared was never committed
        self._met.pop(asked.partitionkey, None)
        return True

    def _released(self, tx: Transaction, recorded: Recorded, effects: Effects) -> bool:
        there = tx.release(self._consumer, recorded.position)
        if there:
            effects(tx)
            tx.count_anew(self._consumer, recorded.envelope.partitionkey)
        return there

    async def _failed_again(self, letter: DeadLetter, asked: Asked, begun: int, fault: Exception) -> bool:
        """Whether it is still there. One that was only parked has failed for the first time; a person who asked wants
        to know at once."""
        self._met.pop(asked.partitionkey, None)
        tried = begun if asked.by == self._consumer else TRIES
        if letter.kind == "parked":
            tried = _tried_before(fault)
        self._tell(letter.recorded, tried, fault)
        return await self._keep(letter.recorded, *_said(fault), tried=tried)

    async def _keep(self, recorded: Recorded, reason: str, trace: str, *, tried: int) -> bool:
        """Says a dead letter's new reason, and asks for the next try while there is one; the replay is answered in the
        same commit otherwise: whoever gives it up later asks anew. False for one that was given up meanwhile."""
        key = kept_key(recorded.envelope.partitionkey)

        def job(tx: Transaction) -> bool:
            if not tx.rebury(self._consumer, recorded.position, reason, trace):
                return False
            tx.answer_replay(self._consumer, key)
            if tried < TRIES:
                tx.try_alone(self._consumer, key, tried)
            return True

        kept = await self._cursor.stay(job)
        if kept and tried < TRIES:
            self._wait(key, tried)
        elif kept:
            self._log.error("event goes to the dead letters", consumer=self._consumer, position=recorded.position)
        return kept

    def _tell(self, recorded: Recorded, tried: int, fault: Exception) -> None:
        if tried in (1, TRIES - TRIES_ALONE, TRIES):
            where = {"consumer": self._consumer, "position": recorded.position, "type": recorded.envelope.type}
            self._log.error("handler failed", **where, attempt=tried, exc_info=fault)


def never_done(outage: str) -> str:
    """Why one is given up no try of which came to an end; `outage` is what it met, where it met one."""
    return UNANSWERED.format(words=outage) if outage else KILLED


def _tried_before(fault: Exception) -> int:
    """As how many tries the first one counts."""
    return TRIES - TRIES_ALONE if isinstance(fault, TimeoutError) else 1


def _said(fault: Exception) -> tuple[str, str]:
    """Reason and trace."""
    return words_of(fault), "".join(traceback.format_exception(fault))
