"""What comes to a story that is held is held from the commit it comes with.

A hold on a case covers the story itself, as a reference `story:<correlation id>` among those it covers. Whatever then
joins the story is found by that: whom an event refers to, and the pictures about one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select

from ioc.core.envelope import decode
from ioc.store.tables import legal_hold, legal_hold_ref
from ioc.store.upsert import insert_for

STORY = "story:"
_NAMES = ("personal", "note_ref")
_MARKS = tuple(f'"{name}":"'.encode() for name in _NAMES)
_ASKED_AT_ONCE = 1_000  # a statement of PostgreSQL takes 65,535 values, one of SQLite half as many


def story_ref(correlation: str) -> str:
    """What a hold on a story covers."""
    return f"{STORY}{correlation}"


def references(value: Any) -> Iterator[str]:
    """The people an event's data refer to."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in _NAMES and isinstance(inner, str):
                yield inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def cover_appended(connection: Connection, events: Iterable[tuple[str, bytes]]) -> None:
    """Puts whom events refer to under the holds on their stories; to be called in the commit that appends them, with
    correlation id and body of each. Most refer to nobody, which costs a look at their bytes."""
    told: dict[str, list[bytes]] = {}
    for correlation, body in events:
        if any(mark in body for mark in _MARKS):
            told.setdefault(correlation, []).append(body)
    for hold, correlation in _held(connection, list(told)):
        _cover(connection, hold, {ref for body in told[correlation] for ref in references(decode(body).data)})


def cover(connection: Connection, correlation: str, ref: str) -> None:
    """Puts a reference under the holds on a story."""
    for hold, _ in _held(connection, [correlation]):
        _cover(connection, hold, {ref})


def _held(connection: Connection, correlations: Sequence[str]) -> list[tuple[str, str]]:
    """The holds in force on these stories."""
    found: list[tuple[str, str]] = []
    for first in range(0, len(correlations), _ASKED_AT_ONCE):
        refs = [story_ref(one) for one in correlations[first : first + _ASKED_AT_ONCE]]
        rows = connection.execute(_HELD, {"refs": refs})
        found += [(hold, ref.removeprefix(STORY)) for hold, ref in rows]
    return found


_HELD = (
    select(legal_hold_ref.c.hold, legal_hold_ref.c.ref)
    .join(legal_hold, legal_hold.c.id == legal_hold_ref.c.hold)
    .where(legal_hold_ref.c.ref.in_(bindparam("refs", expanding=True)), legal_hold.c.released_at.is_(None))
)


def _cover(connection: Connection, hold: str, refs: set[str]) -> None:
    if refs:
        put = insert_for(connection, legal_hold_ref).on_conflict_do_nothing(index_elements=["hold", "ref"])
        connection.execute(put, [{"hold": hold, "ref": ref} for ref in sorted(refs)])
