"""The desk: opens incidents from events and attaches what belongs to them, in the commit of its cursor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from ioc.core.envelope import Envelope, Recorded
from ioc.core.ids import new_id
from ioc.incidents.belonging import Rule
from ioc.incidents.grouping import suggest
from ioc.incidents.tables import incident as table
from ioc.incidents.telling import MODULE, event_of, save
from ioc.incidents.view import Incident, from_store, opened_by, row_of
from ioc.store import Transaction

CONSUMER = "desk"


class Desk:
    """The desk's step behind a follower of the log."""

    def __init__(self, city: str, severity: int, rule: Callable[[datetime], Rule | None] = lambda at: None) -> None:
        """`rule` says, for a moment, which cases tell of one happening."""
        self._city = city
        self._severity = severity
        self._rule = rule

    def wants(self, envelope: Envelope) -> bool:
        """Whether an event opens an incident or adds to one; the desk's own events never do."""
        if envelope.module == MODULE:
            return False
        return bool(envelope.data.get("desk") or envelope.data.get("attach") or envelope.severity >= self._severity)

    async def prepare(self, events: Sequence[Recorded]) -> Any:
        """Everything happens in the commit: the row is read and written under the city's lock."""

        def effects(tx: Transaction) -> None:
            for recorded in events:
                self._apply(tx, recorded.envelope)

        return effects

    def forget(self) -> None:
        """The desk remembers nothing."""

    def _apply(self, tx: Transaction, envelope: Envelope) -> None:
        known = find_by_correlation(tx, envelope.correlationid)
        if known is None:
            self._open(tx, envelope)
        elif envelope.data.get("attach"):
            facts = {**known.facts, **envelope.data["attach"]["facts"]}
            grown = msgspec.structs.replace(known, facts=facts, updated=tx.now, version=known.version + 1)
            save(tx, grown)
            tx.append(event_of(grown, "incident.attached", self._city, cause=envelope, tx=tx))

    def _open(self, tx: Transaction, envelope: Envelope) -> None:
        if not envelope.data.get("desk") and envelope.severity < self._severity:
            return
        highest = tx.execute(sa.select(sa.func.max(table.c.number))).scalar() or 0
        opened = opened_by(envelope, id=new_id(), number=highest + 1, now=tx.now)
        tx.execute(table.insert().values(**row_of(opened)))
        tx.append(event_of(opened, "incident.opened", self._city, cause=envelope, tx=tx))
        suggest(tx, opened, self._rule(tx.now), self._city, cause=envelope)


def find_by_correlation(tx: Transaction, correlation: str) -> Incident | None:
    """The incident of a story, inside a commit."""
    body = tx.execute(sa.select(table.c.view).where(table.c.correlation == correlation)).scalar()
    return from_store(body) if body else None
