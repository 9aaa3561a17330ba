"""Seats: which process does a part's work. A part that several machines can run (a module, the desk, the cameras) has
one seat; who has it says so again and again, and whoever waits for it listens.

A seat keeps two machines from working on the same at once; what keeps them from harm is the fence of each cursor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, insert, select, update

from ioc.store.errors import Fenced
from ioc.store.tables import seat

if TYPE_CHECKING:
    from ioc.store.access import Access
    from ioc.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Sitter:
    """A process that can do a part's work: its own name, its machine's lasting one, and that people know it by."""

    owner: str
    machine: str
    host: str


@dataclass(frozen=True, slots=True)
class Seated:
    """A seat in somebody's hands: valid as long as nobody else has taken it. `turn` counts the takings."""

    part: str
    turn: int


@dataclass(frozen=True, slots=True)
class SeatView:
    """A seat as seen from outside. `beats` counts the signs of life of this turn; None has it where it was left."""

    part: str
    turn: int
    beats: int
    by: Sitter | None


class Seats:
    """The seats of all parts."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def look(self, part: str) -> SeatView | None:
        """A part's seat; None where nobody ever took it."""
        async with self._access.read_once() as connection:
            row = (await connection.execute(select(seat).where(seat.c.part == part))).one_or_none()
        return None if row is None else _view(row)

    async def take(self, part: str, sitter: Sitter, seen: SeatView | None) -> Seated:
        """Takes a seat as it was seen; raises Fenced when its owner has spoken since, or another was quicker."""
        return await self._access.write(lambda tx: _take(tx, part, sitter, seen))

    async def beat(self, seated: Seated) -> None:
        """A sign of life; raises Fenced when another has taken over."""
        await self._access.write(lambda tx: _beat(tx, seated))

    async def leave(self, seated: Seated) -> None:
        """Leaves a seat in order, so that whoever waits need not wait longer; one that is another's stays as it is."""
        await self._access.write(lambda tx: _leave(tx, seated))

    async def check(self, seated: Seated) -> None:
        """Raises Fenced when another has taken over."""
        await self._access.write(lambda tx: check(tx, seated))


def check(tx: Transaction, seated: Seated) -> None:
    """Raises Fenced, and so lets the whole commit fail, when another has taken over."""
    if tx.execute(select(seat.c.turn).where(_mine(seated))).one_or_none() is None:
        raise Fenced(f"{seated.part}: turn {seated.turn} is over")


def _take(tx: Transaction, part: str, sitter: Sitter, seen: SeatView | None) -> Seated:
    row = tx.execute(select(seat).where(seat.c.part == part)).one_or_none()
    if (None if row is None else _view(row)) != seen:
        raise Fenced(f"{part}: its seat is not as it was seen")
    values = {"beats": 0, "owner": sitter.owner, "machine": sitter.machine, "host": sitter.host}
    if seen is None:
        tx.execute(insert(seat).values(part=part, turn=1, **values))
        return Seated(part, 1)
    tx.execute(update(seat).where(seat.c.part == part).values(turn=seen.turn + 1, **values))
    return Seated(part, seen.turn + 1)


def _beat(tx: Transaction, seated: Seated) -> None:
    if tx.execute(update(seat).where(_mine(seated)).values(beats=seat.c.beats + 1)).rowcount != 1:
        raise Fenced(f"{seated.part}: turn {seated.turn} is over")


def _leave(tx: Transaction, seated: Seated) -> None:
    tx.execute(update(seat).where(_mine(seated)).values(owner=None))


def _mine(seated: Seated) -> ColumnElement[bool]:
    return (seat.c.part == seated.part) & (seat.c.turn == seated.turn)


def _view(row: Any) -> SeatView:
    by = None if row.owner is None else Sitter(row.owner, row.machine, row.host)
    return SeatView(row.part, row.turn, row.beats, by)
