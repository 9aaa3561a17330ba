"""Which story something belongs to: what one camera sees of one kind, one after the other, is one incident.

Two zones of a camera may begin in one commit, of which neither sees the other before it: which story something is of
is decided in the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Select, and_, case, or_, select

from ioc.contract import Decide, Event, ModuleContext, Write
from ioc.contract.deciding import Run
from ioc.core.clock import iso
from modules.public_security.numbers import number, seconds
from modules.public_security.persistence import Watch
from modules.public_security.statements import begin, end
from modules.public_security.tables import condition

Telling = Callable[[str], Event]  # what is said, once the story is known


class Told(msgspec.Struct, frozen=True):
    """What is being told of: the kind of story, the camera, and the key of what lasts (unique among all that may)."""

    kind: str
    camera: str
    key: str
    simulated: bool


def begin_story(told: Told, at: datetime, ctx: ModuleContext, telling: Telling | None) -> Decide:
    """Puts what began into a story, its own last one or that of its camera where that is not long over, else a new one;
    says it, where there is something to say."""
    joins, open_most = seconds(ctx, "story.joins_s", at), timedelta(hours=number(ctx, "open_most_h", at))
    going_on = _going_on(told, at, joins, open_most)

    def decide(run: Run) -> Iterator[Event | Write]:
        story = str(run(going_on).scalar() or _new(told, at))
        yield begin(told.key, iso(at), kind=told.kind, camera=told.camera, story=story, simulated=told.simulated)
        if telling is not None:
            yield telling(story)

    return Decide(decide)


def end_story(watch: Watch, told: Told, at: datetime, telling: Telling | None) -> Decide:
    """Notes the end, and says it where there is something to say."""
    watch.ended = at
    columns = condition.c
    mine = select(columns.story).where(columns.key == told.key).order_by(columns.began_at.desc()).limit(1)

    def decide(run: Run) -> Iterator[Event | Write]:
        story = str(run(mine).scalar() or _new(told, at))
        yield end(told.key, iso(at))
        if telling is not None:
            yield telling(story)

    return Decide(decide)


def _new(told: Told, at: datetime) -> str:
    return f"public_security:{told.kind}:{told.camera}:{iso(at)}"


def _going_on(told: Told, at: datetime, joins: timedelta, open_most: timedelta) -> Select[tuple[str]]:
    """The story of its own that is not long over, else the newest of its camera."""
    c = condition.c
    lately = c.ended_at >= iso(at - joins)
    its_own = and_(c.key == told.key, lately)
    others = and_(c.began_at >= iso(at - open_most), or_(c.ended_at.is_(None), lately))
    query = select(c.story).where(c.kind == told.kind, c.camera == told.camera, or_(its_own, others))
    return query.order_by(case((its_own, 0), else_=1), c.began_at.desc()).limit(1)
