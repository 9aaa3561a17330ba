"""How events flow at this moment: how far each consumer is behind, for how long, and what is set aside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ioc.contract.cards import FlowCard
from ioc.host.evidence_wanted import CONSUMER
from ioc.store import Store
from ioc.store.tables import cursor, dead_letter, event, latest

MODULE = "module:"  # a module's consumer is called this and the module's name
PARTS = "module"  # the topic in which every part says how it is
PART_OF = {CONSUMER: "cameras"}  # whose part has another name
READINGS = ":readings"  # a consumer with this in its name counts positions of the other log
LATE_S = 60.0  # a consumer whose oldest event has waited so long does not get on, whatever it says of itself


class Behind(msgspec.Struct, frozen=True):
    """A consumer: `positions` it has not handled yet, and how long the oldest of them has waited, in seconds."""

    positions: int
    waited_s: float


class Flow(msgspec.Struct, frozen=True):
    """`head` is the log's last position; `dead` how much is set aside by consumer, the oldest for `dead_s` seconds."""

    head: int
    behind: dict[str, Behind]
    dead: dict[str, int]
    dead_s: float

    @property
    def late(self) -> dict[str, float]:
        """Consumers that do not get on, by name: how long the oldest event of each has waited, in seconds."""
        return {name: one.waited_s for name, one in sorted(self.behind.items()) if one.waited_s > LATE_S}


def card_of(flow: Flow, *, relay_s: float | None, feed_s: float | None) -> FlowCard:
    """What the screens are shown of it: the consumer whose oldest event waits longest stands for all."""
    consumer, most = max(flow.behind.items(), key=lambda one: one[1].waited_s, default=(None, Behind(0, 0.0)))
    return FlowCard(
        relay_s=_rounded(relay_s),
        feed_s=_rounded(feed_s),
        consumer=consumer if most.positions else None,
        behind=most.positions,
        behind_s=round(most.waited_s, 1),
        dead=sum(flow.dead.values()),
    )


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


async def flow_of(store: Store, now: datetime) -> Flow:
    """The flow as one snapshot of the store.

    Raises:
        StoreUnavailable: the store is away.
    """
    async with store.read() as read:
        head, at_head = (await read.execute(_HEAD)).one_or_none() or (0, now)
        ours = await positions(read)
        waiting = sorted({position + 1 for position in ours.values() if position < head})
        since = {head: at_head}
        if waiting:
            rows = await read.execute(_RECORDED.where(event.c.position.in_(waiting)))
            since |= {position: at for position, at in rows}
        letters = (await read.execute(_DEAD)).all()
    behind = {consumer: _behind(position, head, since, now) for consumer, position in ours.items()}
    oldest = min((at for _, _, at in letters), default=now)
    return Flow(head, behind, {consumer: int(count) for consumer, count, _ in letters}, _seconds(now, oldest))


async def positions(read: AsyncConnection) -> dict[str, int]:
    """How far each consumer of events has come: its cursor, or beyond that what it said of itself, since a cursor is
    moved seldom where nothing concerns its owner."""
    cursors = (await read.execute(select(cursor.c.consumer, cursor.c.position))).all()
    said = {key: said_position(body) for key, body in await read.execute(_SAID)}
    return reached([(consumer, position) for consumer, position in cursors], said)


def reached(cursors: Iterable[tuple[str, int]], said: Mapping[str, int]) -> dict[str, int]:
    """The same of cursors and of what parts say; see `positions`."""
    return {
        consumer: max(position, said.get(PART_OF.get(consumer, consumer.removeprefix(MODULE)), 0))
        for consumer, position in cursors
        if READINGS not in consumer
    }


def said_position(body: bytes) -> int:
    """How far a part says it has come. Raises what such a body may, where it is damaged."""
    return int(msgspec.json.decode(body).get("position") or 0)


def _behind(position: int, head: int, since: dict[int, Any], now: datetime) -> Behind:
    if position >= head:
        return Behind(0, 0.0)
    return Behind(head - position, _seconds(now, since.get(position + 1, now)))


def _seconds(now: datetime, before: datetime) -> float:
    return max(0.0, (now - before).total_seconds())


_SAID = select(latest.c.key, latest.c.body).where(latest.c.topic == PARTS)
_RECORDED = select(event.c.position, event.c.recordedtime)
_HEAD = _RECORDED.order_by(event.c.position.desc()).limit(1)
_DEAD = select(dead_letter.c.consumer, func.count(), func.min(dead_letter.c.at)).group_by(dead_letter.c.consumer)
