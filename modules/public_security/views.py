"""Records as rows and as the API shows them; nothing personal is in either."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Select, select

from ioc.core.clock import iso
from ioc.core.text import Text
from modules.public_security.kinds import KINDS
from modules.public_security.tables import record

Row = Mapping[str, Any]
Box = tuple[float, float, float, float]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which records are asked for; None does not filter. `before` is the id of the last one already seen."""

    type: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    box: Box | None = None
    before: str | None = None


def wanted_records(wanted: Wanted) -> Select[Any]:
    """The records, newest first by when they were taken: ids are made in that order."""
    c = record.c
    query = select(record).order_by(c.id.desc())
    if wanted.before is not None:
        query = query.where(c.id < wanted.before)
    if wanted.type is not None:
        query = query.where(c.type == wanted.type)
    if wanted.since is not None:
        query = query.where(c.t_to >= iso(wanted.since))
    if wanted.until is not None:
        query = query.where(c.t_from < iso(wanted.until))
    if wanted.box is not None:
        west, south, east, north = wanted.box
        query = query.where(c.lon.between(west, east), c.lat.between(south, north))
    return query


async def record_row(connection: Any, id: str) -> Row | None:
    """A record by id."""
    return (await connection.execute(select(record).where(record.c.id == id))).mappings().first()  # type: ignore[no-any-return]


def record_view(row: Row) -> dict[str, Any]:
    """A record without anything personal; `masked` says that there is more to reveal."""
    known = row["lon"] is not None
    return {
        "id": row["id"],
        "number": row["number"],
        "type": row["type"],
        "what": both(KINDS[row["type"]].name),
        "method": row["method"],
        "source": row["source"],
        "severity": row["severity"],
        "location": row["location"],
        "lonlat": [row["lon"], row["lat"]] if known else None,
        "uncertainty_m": row["uncertainty_m"],
        "ward": {"code": row["ward_code"], "name": row["ward_name"]} if row["ward_code"] else None,
        "place": row["place_name"],
        "t_from": row["t_from"],
        "t_to": row["t_to"],
        "recorded": row["recorded_at"],
        "masked": row["personal"] is not None,
        "simulated": row["simulated"],
    }


def both(text: Text) -> dict[str, str]:
    """A text as JSON."""
    return {"vi": text.vi, "en": text.en}
