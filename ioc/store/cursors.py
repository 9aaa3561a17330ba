"""Progress: one cursor per consumer, kept beside its effects, with a fence that shuts out earlier owners."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from ioc.store.errors import Fenced
from ioc.store.tables import cursor

if TYPE_CHECKING:
    from ioc.store.access import Access
    from ioc.store.seats import Seated
    from ioc.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Held:
    """A cursor in somebody's hands: valid as long as nobody else has taken it.

    `doubtful` says that an earlier owner ended before it moved the cursor, so that some event may have ended it;
    `suspect` is the position of the one it was handling by itself, where that was noted, and `item` its place where a
    batch lies at that position: what came before it there is handled.
    """

    consumer: str
    fence: int
    position: int
    doubtful: bool = False
    suspect: int | None = None
    item: int | None = None


@dataclass(frozen=True, slots=True)
class CursorView:
    """A cursor as seen from outside."""

    consumer: str
    position: int
    fence: int
    owner: str
    beat: datetime


class Cursors:
    """The cursors of all consumers."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def take(self, consumer: str, owner: str, start: int = 0, seated: Seated | None = None) -> Held:
        """Takes a cursor and raises its fence: whoever had it can move it no more.

        A consumer that is new begins after position `start`. With `seated` it raises Fenced, and takes nothing, unless
        the seat is still ours.
        """

        def job(tx: Transaction) -> Held:
            if seated is not None:
                tx.check(seated)
            return _take(tx, consumer, owner, start)

        return await self._access.write(job)

    async def beat(self, held: Held) -> None:
        """Says that the owner lives; raises Fenced when another has taken over."""
        await self._access.write(lambda tx: _beat(tx, held))

    async def all(self) -> list[CursorView]:
        """Every cursor, by name."""
        statement = select(
            cursor.c.consumer, cursor.c.position, cursor.c.fence, cursor.c.owner, cursor.c.beat
        ).order_by(cursor.c.consumer)
        async with self._access.read_once() as connection:
            return [CursorView(*row) for row in await connection.execute(statement)]


def _take(tx: Transaction, consumer: str, owner: str, start: int) -> Held:
    found = tx.execute(select(cursor).where(cursor.c.consumer == consumer)).one_or_none()
    # An owner that takes it once more, since the store was away, lives: nothing has ended it.
    takes = found.takes + (found.owner != owner) if found else 1
    doubtful = found is not None and (takes > 1 or found.trying is not None)
    held = Held(consumer, 1, start)
    if found:
        held = Held(consumer, found.fence + 1, found.position, doubtful, found.trying, found.trying_item)
    values = {"fence": held.fence, "owner": owner, "beat": tx.now, "takes": takes}
    if found:
        tx.execute(update(cursor).where(cursor.c.consumer == consumer).values(values))
    else:
        tx.execute(insert(cursor).values(consumer=consumer, position=start, **values))
    return held


def _beat(tx: Transaction, held: Held) -> None:
    mine = (cursor.c.consumer == held.consumer) & (cursor.c.fence == held.fence)
    if tx.execute(update(cursor).where(mine).values(beat=tx.now)).rowcount != 1:
        raise Fenced(f"{held.consumer}: fence {held.fence} was passed")


def attempt(tx: Transaction, held: Held, position: int, item: int | None = None) -> int:
    """Notes that the event at a position (or an item of the batch there) is about to be handled by itself; how often
    that was noted since the cursor last moved. Raises Fenced when the cursor is no longer ours."""
    mine = (cursor.c.consumer == held.consumer) & (cursor.c.fence == held.fence)
    before = tx.execute(select(cursor.c.trying, cursor.c.trying_item, cursor.c.tries).where(mine)).one_or_none()
    if before is None:
        raise Fenced(f"{held.consumer}: fence {held.fence} was passed")
    again = (before.trying, before.trying_item) == (position, item)
    tries = int(before.tries) + 1 if again else 1
    tx.execute(update(cursor).where(mine).values(trying=position, trying_item=item, tries=tries))
    return tries


def move(tx: Transaction, held: Held, to_position: int) -> Held:
    """Moves the cursor in this commit and returns it as it will be; raises Fenced when it is no longer ours."""
    mine = (cursor.c.consumer == held.consumer) & (cursor.c.fence == held.fence)
    there = cursor.c.position == held.position
    values = {"position": to_position, "beat": tx.now, "takes": 0, "trying": None, "trying_item": None, "tries": 0}
    moved = tx.execute(update(cursor).where(mine, there).values(values))
    if moved.rowcount != 1:
        raise Fenced(f"{held.consumer}: fence {held.fence} at {held.position} was refused")
    return replace(held, position=to_position, suspect=None, item=None)
