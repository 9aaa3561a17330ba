"""One event's whole story, gathered from the log, the cursors, what is remembered, the dead letters and the bus."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import func, select

from ioc.bus import Bus, BusUnavailable, Showing
from ioc.core.envelope import Recorded
from ioc.core.unreadable import recorded_of
from ioc.host.flow import MODULE, positions
from ioc.store import Store
from ioc.store.dead import DeadLetter
from ioc.store.log import Row
from ioc.store.tables import handler_state

SEARCHED = 5_000  # positions after an event in which what was born of it is looked for; nearly all follow at once

Stage = Literal["done", "waiting", "buried", "parked"]
Carried = Literal["relayed", "gone", "away"]


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
    `shown` where it is still known when it went out to the screens."""

    event: Recorded
    cause: Recorded | None
    carried: Carried
    relayed_at: datetime | None
    shown: Showing | None
    passages: tuple[Passage, ...]
    later: tuple[Recorded, ...]  # born of what was born of it


async def event_story(store: Store, bus: Bus, name: str) -> EventStory | None:
    """The story of the event with this id, or at this position; None where there is no such event.

    Raises:
        StoreUnavailable: the store is away.
    """
    found = await _find(store, name)
    if found is None:
        return None
    caused_by = found.envelope.causationid
    carried, relayed_at, shown = await _carried(bus, found.position)
    family = await _born_of(store, found)
    return EventStory(
        event=found,
        cause=await store.log.find(caused_by) if caused_by else None,
        carried=carried,
        relayed_at=relayed_at,
        shown=shown,
        passages=await _passages(store, found, family.get(found.envelope.id, [])),
        later=tuple(one for id, born in family.items() if id != found.envelope.id for one in born),
    )


async def _find(store: Store, name: str) -> Recorded | None:
    if not name.isdecimal():
        return await store.log.find(name)
    rows = await store.log.after(int(name[:15]) - 1, 1)
    if not rows or rows[0].position != int(name[:15]):
        return None
    return recorded_of(rows[0].position, rows[0].body)


async def _carried(bus: Bus, position: int) -> tuple[Carried, datetime | None, Showing | None]:
    try:
        at, shown = await bus.added_at(position), await bus.shown(position)
    except BusUnavailable:
        return "away", None, None
    return "relayed" if at else "gone", at, shown


async def _born_of(store: Store, first: Recorded) -> dict[str, list[Recorded]]:
    """What followed from the event, directly or by others, by the id of its cause."""
    family: dict[str, list[Recorded]] = {first.envelope.id: []}
    rows = await store.log.after(first.position, SEARCHED)
    near = [one for one in map(_decoded, rows) if one is not None]
    same = await store.log.query(correlation=first.envelope.correlationid, limit=SEARCHED)
    after = {one.position: one for one in [*near, *same] if one.position > first.position}
    for _, one in sorted(after.items()):
        cause = one.envelope.causationid
        if cause in family:
            family[cause].append(one)
            family.setdefault(one.envelope.id, [])
    return family


def _decoded(row: Row) -> Recorded | None:
    try:
        return row.recorded()
    except msgspec.DecodeError:  # an odd event has no story, and spoils none
        return None


async def _passages(store: Store, found: Recorded, born: list[Recorded]) -> tuple[Passage, ...]:
    children: Mapping[str, list[Recorded]] = defaultdict(list)
    for one in born:
        children[one.envelope.module].append(one)
    async with store.read() as read:
        reached = await positions(read)
        statement = select(handler_state.c.module, func.max(handler_state.c.at)).group_by(handler_state.c.module)
        rows = await read.execute(statement.where(handler_state.c.key == found.envelope.partitionkey))
        remembered = {module: at for module, at in rows}
    letters = {consumer: await store.dead.show(consumer, found.position) for consumer in reached}
    return tuple(
        _passage(consumer, position, found, letters[consumer], children, remembered)
        for consumer, position in sorted(reached.items())
    )


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
    remembers = kept is not None and kept >= found.envelope.recordedtime
    at = born[0].envelope.recordedtime if born else kept if remembers else None
    return Passage(consumer, "done", at, born, remembers)
