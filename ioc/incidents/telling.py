"""How a change of an incident is kept and told: the row and the event of one commit."""

from __future__ import annotations

from typing import Any

from ioc.core.envelope import Envelope
from ioc.core.ids import new_id
from ioc.core.text import Text
from ioc.incidents.tables import incident as table
from ioc.incidents.view import Incident, plain, row_of
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
    "incident.joined": Text("được ghép vào một vụ khác", "put beneath another case"),
    "incident.parted": Text("được tách ra", "stands on its own again"),
    "incident.located": Text("đã rõ vị trí", "located"),
}


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
