"""What is decided inside a commit, where nothing can come between looking and writing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Protocol

import msgspec

from ioc.contract.events import Event
from ioc.contract.readings import Latest, Write


class Run(Protocol):
    """Runs a SQLAlchemy Core query in the commit and gives its result."""

    def __call__(self, query: Any) -> Any:
        """Raises TypeError for a statement that would change something: what is to be written is given, not done."""
        ...


class Reply(msgspec.Struct, frozen=True):
    """What the caller is answered, kept for 48 h so that a repeat gets the very same answer."""

    status: int
    body: dict[str, Any]


class Sealed(msgspec.Struct, frozen=True):
    """Personal values to be encrypted in the same commit; events carry only `ref`.

    `fields` are texts (name, phone, raw text). `blobs` are bytes by name (a re-encoded photo). What was erased does not
    come back: where the reference was, the commit is refused with Problem 404, or with `unless_erased` goes on without
    these values.
    """

    ref: str
    fields: dict[str, str]
    blobs: dict[str, bytes] = {}
    unless_erased: bool = False


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a door answers and writes, decided on how things stand in the commit."""

    reply: Reply
    events: Sequence[Event] = ()
    writes: Sequence[Write] = ()
    latest: Sequence[Latest] = ()
    sealed: Sequence[Sealed] = ()


Deciding = Callable[[Callable[[Run], Decision]], Awaitable[Reply]]
"""What decides in the commit of a door (`Door.decide`), with who asks and under which key already said."""


class Decide(msgspec.Struct, frozen=True):
    """Yielded by a handler or timer: what it says depends on rows of the module that others change too.

    `decide` is called in the commit, under the city's lock, after everything that the same run yielded and all that
    events before this one have led to; what it gives is written then. It may be called more than once, so it must only
    look with `run`, wait for nothing, and leave the handler's state alone.
    """

    decide: Callable[[Run], Iterable[Event | Write | Latest]]
