"""An incident as screens and modules see it; the table keeps exactly this, so snapshot and changes agree."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from ioc.core.dataclass import DataClass
from ioc.core.envelope import Envelope

Kind = Literal["call", "report", "event"]
Status = Literal["new", "taken", "assigned", "closed"]
Joined = Literal["auto", "hand"]


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """One case. Public-safe: names, phones and raw text are behind the reference `personal`.

    `lead` is the case it is shown beneath, because both tell of one happening; `joined` says who put it there. The lead
    itself does not know its parts, so that nobody learns of a part they may not see.
    """

    id: str
    number: int
    kind: Kind
    status: Status
    priority: int
    severity: int
    title: dict[str, str]
    category: str
    module: str
    correlation: str
    source: str
    source_type: str
    opened: datetime
    updated: datetime
    lonlat: tuple[float, float] | None = None
    place: str | None = None
    ward: dict[str, Any] | None = None
    due: datetime | None = None
    owner: str | None = None
    assignee: str | None = None
    outcome: str | None = None
    simulated: bool = False
    exercise: bool = False
    version: int = 1
    facts: dict[str, Any] = {}
    personal: str | None = None
    dataclass: str = DataClass.INTERNAL.value
    lead: str | None = None
    joined: Joined | None = None


def plain(incident: Incident) -> dict[str, Any]:
    """The incident as JSON values, as in the feed, the events and the answers."""
    values: dict[str, Any] = msgspec.to_builtins(incident)
    return values


def store_form(incident: Incident) -> bytes:
    """The incident as the table keeps it."""
    return msgspec.json.encode(incident)


def from_store(body: bytes) -> Incident:
    """The incident of a table row."""
    return msgspec.json.decode(body, type=Incident)


def row_of(incident: Incident) -> dict[str, Any]:
    """The table row of an incident."""
    lon, lat = incident.lonlat or (None, None)
    return {
        "id": incident.id,
        "number": incident.number,
        "kind": incident.kind,
        "status": incident.status,
        "priority": incident.priority,
        "severity": incident.severity,
        "module": incident.module,
        "correlation": incident.correlation,
        "ward_code": (incident.ward or {}).get("code"),
        "lon": lon,
        "lat": lat,
        "opened_at": incident.opened,
        "updated_at": incident.updated,
        "dataclass": incident.dataclass,
        "lead": incident.lead,
        "version": incident.version,
        "view": store_form(incident),
    }


def opened_by(envelope: Envelope, *, id: str, number: int, now: datetime) -> Incident:
    """The incident an event opens: by its `desk` part, or as a plain module event."""
    data = envelope.data
    desk = data.get("desk") or {}
    return Incident(
        id=id,
        number=number,
        kind=desk.get("kind", "event"),
        status="new",
        priority=desk.get("priority", priority_of(envelope.severity)),
        severity=envelope.severity,
        title=desk.get("title") or data.get("title") or {"vi": envelope.type, "en": envelope.type},
        category=desk.get("category", envelope.type),
        module=envelope.module,
        correlation=envelope.correlationid,
        source=envelope.id,
        source_type=envelope.type,
        opened=now,
        updated=now,
        lonlat=envelope.lonlat,
        place=data.get("place"),
        ward=data.get("ward"),
        due=msgspec.convert(desk["due"], datetime) if desk.get("due") else None,
        simulated=envelope.simulated,
        exercise=envelope.exercise,
        facts=(data.get("attach") or {}).get("facts", {}),
        personal=data.get("personal"),
        dataclass=_class_of(envelope.dataclass),
    )


def _class_of(cause: str) -> str:
    """An incident is internal, or as guarded as the event that opened it; an unknown class is the most guarded."""
    if cause in (DataClass.PUBLIC, DataClass.INTERNAL):
        return DataClass.INTERNAL.value
    return cause if cause == DataClass.PERSONAL else DataClass.SECURITY.value


def priority_of(severity: int) -> int:
    """The priority of an event that names none: severity 5 is P1, 4 is P2, 3 is P3, the rest P4 (project default)."""
    return {5: 1, 4: 2, 3: 3}.get(severity, 4)
