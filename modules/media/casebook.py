"""What we know is going on: cases of the desk and suspicions of our own sensors, kept from events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from ioc.contract import ModuleContext, Write
from modules.media.rows import Row
from modules.media.statements import cases_around, open_case, set_case
from modules.media.topics import topic_of_category
from modules.media.verdict import Case

OPENED = ("incident.opened", "incident.reopened", "incident.located")
CLOSED = "incident.closed"
SUSPECTED = {"traffic.incident.suspected": ("accident", "jam"), "traffic.congestion.detected": ("jam",)}
ENDED = {
    "traffic.incident.cleared": "traffic.incident.suspected",
    "traffic.congestion.cleared": "traffic.congestion.detected",
}
OWN = "media."


def noted(event: Any) -> list[Write]:
    """What an event of the desk or of the traffic module says about a case."""
    if event.type in OPENED:
        return _opened(event)
    if event.type == CLOSED:
        return [set_case(event.data["incident"]["id"], closed_at=event.at)]
    if event.type in SUSPECTED:
        return _suspected(event)
    return [set_case(_signal_id(ENDED[event.type], event), closed_at=event.at)]


def _opened(event: Any) -> list[Write]:
    incident = event.data["incident"]
    about = topics_of(incident["category"])
    lon, lat = incident.get("lonlat") or (None, None)
    place = {"lon": lon, "lat": lat, "ward_code": (incident.get("ward") or {}).get("code")}
    row = {
        "id": incident["id"],
        "correlation": event.correlation,
        "desk": True,
        "topics": msgspec.json.encode(sorted(about)).decode(),
        "opened_at": msgspec.convert(incident["opened"], datetime),
        **place,
    }
    return [*open_case(row), set_case(incident["id"], **place)]


def _suspected(event: Any) -> list[Write]:
    lon, lat = event.lonlat or (None, None)
    row = {
        "id": _signal_id(event.type, event),
        "correlation": event.correlation,
        "desk": False,
        "topics": msgspec.json.encode(list(SUSPECTED[event.type])).decode(),
        "lon": lon,
        "lat": lat,
        "ward_code": (event.data.get("ward") or {}).get("code"),
        "opened_at": event.at,
    }
    known = {name: row[name] for name in ("correlation", "opened_at", "lon", "lat")}
    return [*open_case(row), set_case(row["id"], **known)]


def _signal_id(type_: str, event: Any) -> str:
    return f"{type_}/{event.key}"[:120]


def topics_of(category: str) -> frozenset[str]:
    """The topics a case of this category may be about; our own hints say theirs in the category."""
    if category.startswith(OWN):
        return frozenset({category.removeprefix(OWN)})
    return topic_of_category(category)


async def cases(ctx: ModuleContext, since: datetime) -> list[Case]:
    """Cases that are open or were closed since then."""
    async with ctx.read() as connection:
        rows = (await connection.execute(cases_around(since))).mappings().all()
    return [_case(row) for row in rows]


def _case(row: Row) -> Case:
    at: Sequence[float | None] = (row["lon"], row["lat"])
    return Case(
        id=row["id"],
        correlation=row["correlation"],
        desk=bool(row["desk"]),
        topics=frozenset(msgspec.json.decode(row["topics"], type=list[str])),
        lonlat=(at[0], at[1]) if at[0] is not None and at[1] is not None else None,
        ward_code=row["ward_code"],
        opened_at=row["opened_at"],
        closed_at=row["closed_at"],
    )
