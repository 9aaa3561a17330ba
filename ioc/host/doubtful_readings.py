"""Readings behind a cursor whose owner ended before it got on: one of them may have ended it, and is to be found.

First batch by batch, then the batch that was noted reading by reading. Each try is noted in a commit of its own, or in
that of what came before it, so that the next process knows how far this one came.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ioc.host.handling import Arrived, Handling, ReadingEffects
from ioc.host.set_aside import TRIES_ALONE, never_done
from ioc.store import Held, Store, Transaction

Numbered = tuple[int, Arrived]  # a reading and its place in its batch


class DoubtfulReadings:
    """Handles one batch after the other with care, for one process."""

    def __init__(self, store: Store, handling: Handling) -> None:
        self._store = store
        self._handling = handling
        self._tried: tuple[str, int, int] | None = None  # noted by us; we live, so another try of it counts no more
        self._met = ""

    def forget(self, outage: str) -> None:
        """What was noted last took too long, or alone met an `outage`: its next try counts."""
        self._tried, self._met = None, outage

    async def handle(self, held: Held, position: int, wanted: Sequence[Numbered]) -> Held:
        """The readings of the batch at a position; the cursor behind it.

        Raises:
            Fenced: another process has taken the cursor over.
            StoreUnavailable: the store is away; take the cursor again, and go on from there.
        """
        if held.suspect == position or len(wanted) == 1:
            return await self._one_by_one(held, position, wanted)
        await self._store.write(lambda tx: tx.attempt(held, position))
        effects = await self._handling.prepare([arrived for _, arrived in wanted])
        return await self._move(held, position, effects)

    async def _one_by_one(self, held: Held, position: int, wanted: Sequence[Numbered]) -> Held:
        done = held.item if held.suspect == position and held.item is not None else 0
        left = [one for one in wanted if one[0] >= done]
        if not left:  # what was noted is no longer wanted: its source went into maintenance
            return await self._move(held, position, None)
        noted = await self._note(held, position, left[0][0])
        for (_, arrived), (following, _) in pairwise(left):
            effects = await self._effects(arrived, noted)
            noted = await self._note(held, position, following, effects)
        return await self._move(held, position, await self._effects(left[-1][1], noted))

    async def _effects(self, arrived: Arrived, noted: int) -> ReadingEffects:
        if noted > TRIES_ALONE:
            return self._handling.given_up(arrived, never_done(self._met))
        return await self._handling.prepare([arrived])

    async def _note(self, held: Held, position: int, item: int, effects: ReadingEffects | None = None) -> int:
        """Notes in one commit what the readings before this one gave, and that it is tried; how often it was."""
        if effects is None and self._tried == (held.consumer, position, item):
            return 1

        def job(tx: Transaction) -> int:
            if effects is not None:
                effects.write(tx, held.consumer)
            return tx.attempt(held, position, item)

        noted = await self._store.write(job)
        self._tried = (held.consumer, position, item)
        return noted

    async def _move(self, held: Held, position: int, effects: ReadingEffects | None) -> Held:
        def job(tx: Transaction) -> Held:
            moved = tx.move(held, position)
            if effects is not None:
                effects.write(tx, held.consumer)
            return moved

        return await self._store.write(job)
