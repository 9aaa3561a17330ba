"""A consumer's cursor as its owner holds it: every write goes with it, under its fence."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ioc.store import Fenced, Held, Seated, Store, Transaction

T = TypeVar("T")


class HeldCursor:
    """Writes under the fence of one cursor. With `seated` it is taken only while that seat is ours."""

    def __init__(self, store: Store, consumer: str, owner: str, seated: Seated | None = None) -> None:
        self._store = store
        self.consumer = consumer
        self._owner = owner
        self._seated = seated
        self._held: Held | None = None

    @property
    def taken(self) -> bool:
        """Whether it was taken once, by us."""
        return self._held is not None

    @property
    def position(self) -> int:
        """The last position that is done with, as stored; 0 before it is taken."""
        return self._held.position if self._held else 0

    async def take(self) -> Held:
        """Takes the cursor, from whoever had it."""
        self._held = await self._store.cursors.take(self.consumer, self._owner, seated=self._seated)
        return self._held

    async def note(self, position: int) -> None:
        """Tells that the event there is to be handled by itself, before it is tried: it may end the process.

        Raises:
            Fenced: the cursor is another's, as for all that follows.
        """
        held = self._holding()
        await self._store.write(lambda tx: tx.attempt(held, position))

    async def move(self, to: int, effects: Callable[[Transaction], T], following: int | None = None) -> T:
        """Moves the cursor in the commit of the effects; returns what these return. With `following` it tells of the
        event there what `note` would."""
        held = self._holding()

        def job(tx: Transaction) -> tuple[Held, T]:
            moved, value = tx.move(held, to), effects(tx)
            if following is not None:
                tx.attempt(moved, following)
            return moved, value

        self._held, value = await self._store.write(job)
        return value

    async def stay(self, effects: Callable[[Transaction], T]) -> T:
        """Writes under the fence of the cursor, which stays where it is."""
        return await self.move(self.position, effects)

    def _holding(self) -> Held:
        if self._held is None:
            raise Fenced(self.consumer)
        return self._held
