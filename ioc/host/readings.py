"""Observations on their way through: into the observation log, and from it to the handlers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from math import isfinite
from typing import Any

from ioc.contract import BadReading, Log, Observation
from ioc.core.clock import parse_time, to_utc
from ioc.host.follower import RETRY_S
from ioc.host.module_step import Batch, ModuleStep
from ioc.host.sent_readings import MAX_WORD, is_word
from ioc.store import Fenced, Held, Store, StoreUnavailable, Transaction

MOST_WHOLE = 2**63  # a whole number beyond is no reading, and could not be kept
LOOK_S = 1.0  # how often the table is asked while no bell of this machine rings


def check_reading(observation: Observation, owner: str) -> None:
    """Refuses what no rule can judge, and what is not the owner's to say. Modules pass on what strangers sent them:
    nothing is taken for granted, not even the types.

    Raises:
        BadReading: a word is none, the kind is another owner's, the value is no finite number, or the time has no zone.
    """
    for name, text in (("kind", observation.kind), ("key", observation.key), ("unit", observation.unit)):
        if not isinstance(text, str) or not is_word(text, least=name != "unit"):
            raise BadReading(f"the {name} is no text of at most {MAX_WORD} characters")
    what = f"{observation.kind} {observation.key}"
    if observation.kind.partition(".")[0] != owner:
        raise BadReading(f"{what}: the kind does not belong to {owner}")
    if not _finite(observation.value):
        raise BadReading(f"{what}: the value is no finite number")
    try:
        parse_time(observation.at) if isinstance(observation.at, str) else to_utc(observation.at)
    except (ValueError, TypeError, AttributeError) as error:
        raise BadReading(f"{what}: {str(error)[:MAX_WORD]}") from error


def _finite(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -MOST_WHOLE < value < MOST_WHOLE if isinstance(value, int) else isfinite(value)


class ReadingFollower:
    """Gives one module's handlers the readings they listen to, from the observation log."""

    def __init__(self, store: Store, step: ModuleStep, kinds: frozenset[str], handlers: Any, owner: str, log: Log):
        self._store = store
        self._step = step
        self._kinds = kinds
        self._handlers = handlers
        self._owner = owner
        self._log = log

    async def run(self, consumer: str, batch_of: Any) -> None:
        """Follows the observation log from its own cursor, kept beside the module's effects."""
        while True:
            try:
                held = await self._store.cursors.take(consumer, self._owner)
                while True:
                    seen = self._store.observation_bell.number()
                    rows = await self._store.observations.after(held.position, 100)
                    if not rows:
                        await self._store.observation_bell.changed(seen, LOOK_S)
                        continue
                    held = await self._commit(held, rows, batch_of())
            except StoreUnavailable as error:
                self._log.warning("readings wait for the store", reason=str(error))
                self._step.forget()
                await asyncio.sleep(RETRY_S)
            except Fenced:
                self._log.warning("another owner took over the readings", owner=self._owner)
                return

    async def _commit(self, held: Held, rows: Sequence[Any], batch: Batch) -> Held:
        for row in rows:
            for reading in row.observations:
                if reading.kind in self._kinds:
                    await self._judge(reading, batch)
        batch.states = self._step.touched()
        last = rows[-1].position

        def job(tx: Transaction) -> Held:
            moved = tx.move(held, last)
            batch.write(tx)
            return moved

        return await self._store.write(job)

    async def _judge(self, reading: Observation, batch: Batch) -> None:
        for handler in self._handlers[reading.kind]:
            try:
                batch.add(await self._step.call(handler, reading.key, reading), None, reading.simulated)
            except StoreUnavailable:
                raise
            except Exception as error:  # one reading never stops its neighbours
                self._log.error(
                    "reading's handler failed", handler=handler.name, reason=f"{type(error).__name__}: {error}"
                )
