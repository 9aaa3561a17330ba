"""What comes to a story that is held is held from the commit it comes with.

A hold on a case covers the story itself, as a reference `story:<correlation id>` among those it covers. Whatever then
joins the story is found by that: whom an event refers to, and the pictures about one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

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


def cover_appended(connection: Connection, bodies: Sequence[bytes]) -> None:
    """Puts whom events refer to under the holds on their stories; to be called in the commit that appends them. Most
    refer to nobody, which costs a look at their bytes."""
    coming: dict[str, set[str]] = {}
    for body in bodies:
        if any(mark in body for mark in _MARKS):
            envelope = decode(body)
            coming.setdefault(envelope.correlationid, set()).update(references(envelope.data))
    cover(connection, coming)


def cover(connection: Connection, coming: Mapping[str, set[str]]) -> None:
    """Puts references, by their story, under the holds on it."""
    stories = [story_ref(correlation) for correlation, refs in coming.items() if refs]
    for first in range(0, len(stories), _ASKED_AT_ONCE):
        some = legal_hold_ref.c.ref.in_(stories[first : first + _ASKED_AT_ONCE])
        held = select(legal_hold_ref.c.hold, legal_hold_ref.c.ref).join(
            legal_hold, legal_hold.c.id == legal_hold_ref.c.hold
        )
        for hold, story in connection.execute(held.where(some, legal_hold.c.released_at.is_(None))).all():
            put = insert_for(connection, legal_hold_ref).on_conflict_do_nothing(index_elements=["hold", "ref"])
            refs = coming[story.removeprefix(STORY)]
            connection.execute(put, [{"hold": hold, "ref": ref} for ref in sorted(refs)])
