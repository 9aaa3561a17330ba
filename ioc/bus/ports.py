"""What the bus side is made of, and what it needs of the store (which it may not import)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ioc.core.envelope import Recorded, decode


class Row(Protocol):
    """An event as relayed."""

    @property
    def position(self) -> int:
        """Its place in the log, 1, 2, 3 ..."""
        ...

    @property
    def body(self) -> bytes:
        """The envelope, byte for byte."""
        ...

    def recorded(self) -> Recorded:
        """The event read from the body."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A row read from the bus."""

    position: int
    body: bytes

    def recorded(self) -> Recorded:
        """The event read from the body; raises msgspec.DecodeError when it is no envelope."""
        return Recorded(self.position, decode(self.body))


@dataclass(frozen=True, slots=True)
class Showing:
    """Positions `first` to `last` went out to the screens at a time, UTC, to so many of them at once."""

    first: int
    last: int
    at: datetime
    screens: int


class BusUnavailable(Exception):
    """Redis is down, full or starting. It only makes things quick: who meets this reads the table."""


class SteppedBack(Exception):
    """The table ends before what was read from it already: the database is not the one it was. What was made of those
    rows is to be thrown away; who holds a cursor takes it again."""


class Bus(Protocol):
    """A stream of the newest rows. It may be trimmed, emptied or lost at any moment."""

    async def add(self, rows: Sequence[Row]) -> int:
        """Puts rows at the end and says how many were new; positions up to the last one are refused in silence."""
        ...

    async def last(self) -> int | None:
        """The last position there; None when the stream is empty or gone."""
        ...

    async def read(self, after: int, limit: int, wait_s: float = 0) -> Sequence[Row]:
        """Rows after a position, in order; waits up to `wait_s` seconds for the first."""
        ...

    async def added_at(self, position: int) -> datetime | None:
        """When a row came into the bus, UTC; None when it is not, or no longer, there."""
        ...

    async def note_showings(self, showings: Sequence[Showing]) -> None:
        """Notes what went out to the screens; the newest notes are kept."""
        ...

    async def shown(self, position: int) -> Showing | None:
        """The batch in which a position went out to the screens; None when it did not, or is no longer known."""
        ...

    async def forget(self) -> None:
        """Takes all rows out, and what was noted of them."""
        ...

    async def close(self) -> None:
        """Lets the connections go."""
        ...


class Log(Protocol):
    """The table."""

    async def head(self) -> int:
        """The last position, 0 while it is empty."""
        ...

    async def after(self, position: int, limit: int) -> Sequence[Row]:
        """The next rows after a position, in order and without a hole."""
        ...


class Bell(Protocol):
    """Tells of commits on this machine."""

    def number(self) -> int:
        """A number that changes with every commit."""
        ...

    async def changed(self, seen: int, limit_s: float) -> int:
        """Waits until the number is not `seen`, at most `limit_s` seconds."""
        ...


class LogStore(Protocol):
    """As much of the store as relay and tail need."""

    @property
    def log(self) -> Log:
        """The table."""
        ...

    @property
    def log_bell(self) -> Bell:
        """Rings with every commit that appended."""
        ...
