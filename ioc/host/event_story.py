"""One event's whole story, gathered from the log, the cursors, what is remembered, the dead letters and the bus.

A row that somebody damaged is named, and spoils nothing but its own part of the story.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Connection

from ioc.bus import Bus, BusUnavailable, Showing
from ioc.core.envelope import Recorded
from ioc.core.text import Text
from ioc.core.unreadable import UNREADABLE, recorded_of
from ioc.host.flow import MODULE, PARTS, reached, said_position
from ioc.store.as_stored import StoredRow, select_stored, stored_rows
from ioc.store.columns import stored_bytes
from ioc.store.dead import DeadLetter
from ioc.store.dead_reading import find_letter
from ioc.store.looking import looking
from ioc.store.settings import StoreSettings
from ioc.store.tables import cursor, event, handler_state, latest

DIGITS = 18  # of a position, in a number of 63 bits
SEARCHED = 5_000  # positions after an event in which what was born of it is looked for; nearly all follow at once

Stage = Literal["done", "waiting", "buried", "parked"]
Carried = Literal["relayed", "gone", "away"]
_OTHER = Text("nội dung là của sự kiện khác", "its body is another event's")
_UNREAD = Text("cột body: không đọc được sự kiện", "column body: no event can be read from it")


class Passage(msgspec.Struct, frozen=True):
    """What one consumer made of the event. `at` is when its effect was committed: events `born`, or what it `remembers`
    of the event's key; None where it had none. `letter` where it could not be handled."""

    consumer: str
    stage: Stage
    at: datetime | None = None
    born: tuple[Recorded, ...] = ()
    remembers: bool = False
    letter: DeadLetter | None = None


class EventStory(msgspec.Struct, frozen=True):
    """An event, what caused it, how it was carried, and what came of it. `relayed_at` where the bus still has it,
    `shown` where it is still known when it went out to the screens. `damaged` are rows the story should rest on."""

    event: Recorded
    cause: Recorded | None
    carried: Carried
    relayed_at: datetime | None
    shown: Showing | None
    passages: tuple[Passage, ...]
    later: tuple[Recorded, ...]  # born of what was born of it
    damaged: tuple[Text, ...] = ()


class _Kept(msgspec.Struct, frozen=True):
    """What the store knows of it."""

    event: Recorded
    cause: Recorded | None
    passages: tuple[Passage, ...]
    later: tuple[Recorded, ...]
    damaged: tuple[Text, ...]


async def event_story(settings: StoreSettings, bus: Bus, name: str) -> EventStory | None:
    """The story of the event with this id, or at this position; None where there is no such event.

    Raises:
        SQLAlchemyError: the store is away.
    """

    def look() -> _Kept | None:
        with looking(settings.url, settings.city) as (events, _):
            return _Looking(events).story_of(name)

    kept = await asyncio.to_thread(look)
    if kept is None:
        return None
    carried, relayed_at, shown = await _carried(bus, kept.event.position)
    plain = {field: getattr(kept, field) for field in _Kept.__struct_fields__}
    return EventStory(carried=carried, relayed_at=relayed_at, shown=shown, **plain)


async def _carried(bus: Bus, position: int) -> tuple[Carried, datetime | None, Showing | None]:
    try:
        at, shown = await bus.added_at(position), await bus.shown(position)
    except BusUnavailable:
        return "away", None, None
    return "relayed" if at else "gone", at, shown


class _Looking:
    """One snapshot of the store, and the damaged rows met in it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._damaged: dict[tuple[str, str], Text] = {}

    def story_of(self, name: str) -> _Kept | None:
        found = self._find(name)
        if found is None:
            return None
        family = self._born_of(found)
        passages = self._passages(found, family.get(found.envelope.id, []))
        return _Kept(
            event=found,
            cause=self._cause(found),
            passages=passages,
            later=tuple(one for id, born in family.items() if id != found.envelope.id for one in born),
            damaged=tuple(self._damaged.values()),
        )

    def _find(self, name: str) -> Recorded | None:
        number = name.isdecimal() and len(name) <= DIGITS
        at = event.c.position == int(name) if number else event.c.id == name
        return next(self._events(at), None)

    def _cause(self, found: Recorded) -> Recorded | None:
        cause = found.envelope.causationid
        return next(self._events(event.c.id == cause), None) if cause else None

    def _born_of(self, first: Recorded) -> dict[str, list[Recorded]]:
        """What followed from the event, directly or by others, by the id of its cause."""
        family: dict[str, list[Recorded]] = {first.envelope.id: []}
        later = event.c.position > first.position
        near = self._events(later, limit=SEARCHED)
        same = self._events(later, event.c.correlationid == first.envelope.correlationid, limit=SEARCHED, newest=True)
        after = {one.position: one for one in [*near, *same]}
        for _, one in sorted(after.items()):
            cause = one.envelope.causationid
            if cause in family:
                family[cause].append(one)
                family.setdefault(one.envelope.id, [])
        return family

    def _events(self, *where: ColumnElement[bool], limit: int = 1, newest: bool = False) -> Iterator[Recorded]:
        order = event.c.position.desc() if newest else event.c.position
        statement = select_stored(event).where(*where).order_by(order).limit(limit)
        for row in list(stored_rows(self._connection, event, statement)):
            one = recorded_of(row.values["position"], stored_bytes(row.values["body"]))
            self._note(row, *_unlike(row, one))
            yield one

    def _passages(self, found: Recorded, born: list[Recorded]) -> tuple[Passage, ...]:
        children: Mapping[str, list[Recorded]] = defaultdict(list)
        for one in born:
            children[one.envelope.module].append(one)
        key = found.envelope.partitionkey
        remembered: dict[str, datetime] = {}
        for row in self._rows(handler_state, handler_state.c.key == key):
            module, at = row.values["module"], row.values["at"]
            remembered[module] = max(at, remembered.get(module, at))
        passages = []
        for consumer, position in sorted(self._reached().items()):
            letter = find_letter(self._connection, consumer, found.position)
            if letter is not None and letter.wrong:
                self._damaged["dead_letter", consumer] = letter.told
            passages.append(_passage(consumer, position, found, letter, children, remembered))
        return tuple(passages)

    def _reached(self) -> dict[str, int]:
        """How far each consumer of events has come."""
        cursors = [(row.values["consumer"], row.values["position"]) for row in self._rows(cursor)]
        said = {}
        for row in self._rows(latest, latest.c.topic == PARTS):
            try:
                said[row.values["key"]] = said_position(row.values["body"])
            except (ValueError, TypeError, AttributeError, RecursionError, OverflowError):
                self._note(row, Text("cột body: không đọc được", "column body: it cannot be read"))
        return reached(cursors, said)

    def _rows(self, table: Any, *where: ColumnElement[bool]) -> list[StoredRow]:
        """The rows that are whole."""
        rows = list(stored_rows(self._connection, table, select_stored(table).where(*where)))
        for row in rows:
            self._note(row)
        return [row for row in rows if not row.wrong]

    def _note(self, row: StoredRow, *more: Text) -> None:
        if row.wrong or more:
            self._damaged[row.table, row.key] = msgspec.structs.replace(row, wrong=(*row.wrong, *more)).told


def _unlike(row: StoredRow, one: Recorded) -> Sequence[Text]:
    """Whether a body is that of its row."""
    if one.envelope.type == UNREADABLE:
        return [_UNREAD]
    return [] if (one.envelope.id, one.envelope.type) == (row.values["id"], row.values["type"]) else [_OTHER]


def _passage(
    consumer: str,
    position: int,
    found: Recorded,
    letter: DeadLetter | None,
    children: Mapping[str, list[Recorded]],
    remembered: Mapping[str, datetime],
) -> Passage:
    if letter is not None:
        return Passage(consumer, "parked" if letter.kind == "parked" else "buried", letter.at, letter=letter)
    if position < found.position:
        return Passage(consumer, "waiting")
    module = consumer.removeprefix(MODULE)
    born, kept = tuple(children.get(module, ())), remembered.get(module)
    remembers = kept is not None and kept >= _aware(found.envelope.recordedtime)
    at = born[0].envelope.recordedtime if born else kept if remembers else None
    return Passage(consumer, "done", at, born, remembers)


def _aware(at: datetime) -> datetime:
    """A time somebody wrote into a body without its zone is taken as UTC."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)
