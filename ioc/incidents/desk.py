"""The desk: opens incidents from events and attaches what belongs to them, in the commit of its cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from ioc.core.envelope import Envelope, Recorded
from ioc.core.ids import new_id
from ioc.core.text import Text
from ioc.incidents.tables import incident as table
from ioc.incidents.view import Incident, from_store, opened_by, plain, row_of
from ioc.store import Transaction

MODULE = "desk"
HAPPENED = {
    "incident.opened": Text("được mở", "opened"),
    "incident.attached": Text("có thêm thông tin", "has more facts"),
    "incident.taken": Text("đã có người nhận", "taken"),
    "incident.assigned": Text("đã giao xử lý", "assigned"),
    "incident.noted": Text("có ghi chú mới", "has a new note"),
    "incident.closed": Text("đã đóng", "closed"),
    "incident.reopened": Text("được mở lại", "reopened"),
    "incident.located": Text("đã rõ vị trí", "located"),
}
CONSUMER = "desk"


class Desk:
    """The desk's step behind a follower of the log."""

    def __init__(self, city: str, severity: int) -> None:
        self._city = city
        self._severity = severity

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


def find_by_correlation(tx: Transaction, correlation: str) -> Incident | None:
    """The incident of a story, inside a commit."""
    body = tx.execute(sa.select(table.c.view).where(table.c.correlation == correlation)).scalar()
    return from_store(body) if body else None


def save(tx: Transaction, incident: Incident) -> None:
    """Writes a changed incident, inside a commit."""
    tx.execute(table.update().where(table.c.id == incident.id).values(**row_of(incident)))


def headline(event_type: str, incident: Incident) -> dict[str, str]:
    """What the ticker says of a change."""
    happened = HAPPENED[event_type]
    return {
        "vi": f"Vụ {incident.number} {happened.vi} · {incident.title['vi']}",
        "en": f"Case {incident.number} {happened.en} · {incident.title['en']}",
    }


def event_of(
    incident: Incident,
    event_type: str,
    city: str,
    *,
    tx: Transaction,
    cause: Envelope | None = None,
    extra: dict[str, Any] | None = None,
) -> Envelope:
    """The event that tells of an incident's change; it carries the whole view."""
    data: dict[str, Any] = {"incident": plain(incident), "title": headline(event_type, incident), **(extra or {})}
    if incident.lonlat:
        data["geometry"] = {"type": "Point", "coordinates": list(incident.lonlat)}
        data["ward"] = incident.ward
    return Envelope(
        id=new_id(),
        source=f"/{city}/{MODULE}",
        type=event_type,
        subject=incident.id,
        time=tx.now,
        recordedtime=tx.now,
        city=city,
        module=MODULE,
        partitionkey=incident.id,
        correlationid=incident.correlation,
        causationid=cause.id if cause else None,
        severity=incident.severity,
        dataclass=incident.dataclass,
        simulated=incident.simulated,
        exercise=incident.exercise,
        data=data,
    )
