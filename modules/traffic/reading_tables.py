"""What the module's own tables hold, read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import func, select

from ioc.core.clock import parse_time
from modules.traffic.tables import camera_flow, detector, incident, segment, trend, usual
from modules.traffic.usual import UsualSpeeds

Row = Mapping[str, Any]


async def segments(connection: Any) -> dict[str, Row]:
    """How segments were last measured, by id; `body` is read from its JSON."""
    rows = (await connection.execute(select(segment))).mappings()
    return {row["id"]: {**row, "body": msgspec.json.decode(row["body"])} for row in rows}


async def detectors(connection: Any) -> dict[str, Row]:
    """What detectors last measured, by id."""
    return {row["id"]: row for row in (await connection.execute(select(detector))).mappings()}


async def open_incidents(connection: Any) -> int:
    """How many suspected incidents have not cleared; one story counts once."""
    query = select(func.count(incident.c.story.distinct())).where(incident.c.cleared_at.is_(None))
    return int((await connection.execute(query)).scalar_one())


async def usual_speeds_of(connection: Any) -> dict[str, tuple[str, UsualSpeeds]]:
    """When the usual speeds of each detector were refreshed, and the speeds."""
    rows = (await connection.execute(select(usual))).mappings()
    return {row["detector"]: (row["refreshed_at"], msgspec.json.decode(row["body"], type=UsualSpeeds)) for row in rows}


async def trends(connection: Any) -> dict[str, tuple[float, list[float]]]:
    """The last hour of each indicator: when its last number came (seconds since 1970), and the numbers."""
    rows = (await connection.execute(select(trend))).mappings()
    return {
        row["name"]: (parse_time(row["at"]).timestamp(), msgspec.json.decode(row["body"], type=list[float]))
        for row in rows
    }


async def camera_flows(connection: Any) -> dict[str, Row]:
    """Vehicles per hour that cameras count, by segment."""
    return {row["segment"]: row for row in (await connection.execute(select(camera_flow))).mappings()}
