"""Cases shown beneath another, inside a commit: each link is saved and told by an event of the case that moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from ioc.core.envelope import Envelope
from ioc.incidents.belonging import Rule, belonging
from ioc.incidents.tables import incident as table
from ioc.incidents.telling import event_of, save
from ioc.incidents.view import Incident, Joined, from_store
from ioc.store import Transaction


def suggest(tx: Transaction, new: Incident, rule: Rule | None, city: str, cause: Envelope | None = None) -> Incident:
    """Puts a case that has just got its place where the rule says it belongs; the case as it is then."""
    if rule is None or new.lonlat is None:
        return new
    together = belonging(new, _opened_lately(tx, rule), rule, tx.now)
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


def _opened_lately(tx: Transaction, rule: Rule) -> Sequence[Incident]:
    since = tx.now - rule.within.age
    query = sa.select(table.c.view).where(table.c.status != "closed", table.c.opened_at >= since)
    return [from_store(body) for body in tx.execute(query).scalars()]
