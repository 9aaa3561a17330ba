"""Cases shown beneath another, inside a commit: each link is saved and told by an event of the case that moved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from gis.bbox import around
from ioc.core.envelope import Envelope
from ioc.incidents.belonging import Rule, belonging, reach_m
from ioc.incidents.tables import incident as table
from ioc.incidents.telling import event_of, save
from ioc.incidents.view import Incident, Joined, from_store
from ioc.store import Transaction

MOST_LOOKED_AT = 100


def suggest(tx: Transaction, new: Incident, rule: Rule | None, city: str, cause: Envelope | None = None) -> Incident:
    """Puts a case that has just got its place where the rule says it belongs; the case as it is then."""
    if rule is None or new.lonlat is None or not rule.knows(new.category):
        return new
    together = belonging(new, _opened_near(tx, new.lonlat, reach_m(new, rule), tx.now - rule.within.age), rule, tx.now)
    if together is None:
        return new
    moved = move(tx, together.part, together.lead.id, "auto", city, cause=cause)
    return moved if moved.id == new.id else new


def move(
    tx: Transaction,
    part: Incident,
    lead: str,
    joined: Joined,
    city: str,
    *,
    cause: Envelope | None = None,
    extra: dict[str, Any] | None = None,
) -> Incident:
    """Shows a case beneath another, and with it all that was shown beneath itself: a group is never two deep."""
    for one in parts_of(tx, part.id):
        link(tx, one, lead, one.joined, city, cause=cause, extra=extra)
    return link(tx, part, lead, joined, city, cause=cause, extra=extra)


def link(
    tx: Transaction,
    part: Incident,
    lead: str | None,
    joined: Joined | None,
    city: str,
    *,
    cause: Envelope | None = None,
    extra: dict[str, Any] | None = None,
) -> Incident:
    """Shows a case beneath another, or on its own again where `lead` is None."""
    changed = msgspec.structs.replace(part, lead=lead, joined=joined, updated=tx.now, version=part.version + 1)
    save(tx, changed)
    told = {"lead": lead or part.lead, "joined": joined or part.joined, **(extra or {})}
    kind = "incident.joined" if lead else "incident.parted"
    tx.append(event_of(changed, kind, city, tx=tx, cause=cause, extra=told))
    return changed


def parts_of(tx: Transaction, lead: str) -> list[Incident]:
    """What is shown beneath a case, oldest first; closed ones too."""
    query = sa.select(table.c.view).where(table.c.lead == lead).order_by(table.c.number)
    return [from_store(body) for body in tx.execute(query).scalars()]


def _opened_near(tx: Transaction, lonlat: tuple[float, float], metres: float, since: datetime) -> Sequence[Incident]:
    """Open cases in a box around a point, the newest; few, because the city's lock is held meanwhile."""
    c, box = table.c, around(*lonlat, metres)
    inside = c.lon.between(box.west, box.east) & c.lat.between(box.south, box.north)
    query = sa.select(c.view).where(c.status != "closed", c.opened_at >= since, inside)
    newest = query.order_by(c.opened_at.desc()).limit(MOST_LOOKED_AT)
    return [from_store(body) for body in tx.execute(newest).scalars()]
