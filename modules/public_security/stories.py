"""Which story something belongs to: what one camera sees of one kind, one after the other, is one incident."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import or_, select

from ioc.contract import ModuleContext, Write
from ioc.core.clock import iso
from modules.public_security.numbers import number, seconds
from modules.public_security.persistence import Watch
from modules.public_security.statements import begin, end
from modules.public_security.tables import condition


class Told(msgspec.Struct, frozen=True):
    """What is being told of: the kind of story, the camera, and the key of what lasts (unique among all that may)."""

    kind: str
    camera: str
    key: str
    simulated: bool


async def begin_story(watch: Watch, told: Told, at: datetime, ctx: ModuleContext) -> Write:
    """Puts what began into a story, its own last one or that of its camera where that is not long over, else a new one;
    gives what remembers it."""
    joins = seconds(ctx, "story.joins_s", at)
    if watch.ended is None or at - watch.ended > joins:
        known = await _going_on(told, at, joins, ctx)
        watch.story = known or f"public_security:{told.kind}:{told.camera}:{iso(at)}"
    return begin(
        told.key, iso(at), kind=told.kind, camera=told.camera, story=watch.story, simulated=told.simulated
    )  # fmt: skip


def end_story(watch: Watch, told: Told, at: datetime) -> Write:
    """Notes the end; gives what remembers it."""
    watch.ended = at
    return end(told.key, iso(at))


async def _going_on(told: Told, at: datetime, joins: timedelta, ctx: ModuleContext) -> str | None:
    open_most = timedelta(hours=number(ctx, "open_most_h", at))
    columns = condition.c
    query = (
        select(columns.story)
        .where(columns.kind == told.kind, columns.camera == told.camera, columns.began_at >= iso(at - open_most))
        .where(or_(columns.ended_at.is_(None), columns.ended_at >= iso(at - joins)))
        .order_by(columns.began_at.desc())
    )
    async with ctx.read() as connection:
        found = (await connection.execute(query.limit(1))).scalar()
    return str(found) if found else None
