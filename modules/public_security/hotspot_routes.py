"""Hot spots as the map reads them: computed by the module's own process, only read here."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter, Request
from sqlalchemy import select

from ioc.contract import allow, door
from modules.public_security.hotspots import RUN
from modules.public_security.numbers import number
from modules.public_security.record_routes import MODULE
from modules.public_security.runs import last_run
from modules.public_security.tables import cell

router = APIRouter(prefix="/api/v1/security", tags=["security"])


@router.get("/hotspots")
@allow("wall", "operator", module=MODULE)
async def list_hotspots(request: Request) -> dict[str, Any]:
    """Hot cells as GeoJSON polygons with z, confidence and count, hottest first.

    A cell with few records could name a household and is not among them; `suppressed_below` says how few.
    """
    here = door(request, MODULE)
    least = int(number(here, "hotspot.least_records", here.clock.now()))
    shown = select(cell).where(cell.c.hot, cell.c.count >= least).order_by(cell.c.z.desc(), cell.c.id)
    async with here.read() as connection:
        rows = (await connection.execute(shown)).mappings().all()
        at = await last_run(connection, RUN)
    days = number(here, "hotspot.window_days", here.clock.now())
    return {
        "type": "FeatureCollection",
        "suppressed_below": least,
        "window_days": days,
        "at": at,
        "features": [_feature(row) for row in rows],
    }


def _feature(row: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": row["id"],
        "geometry": {"type": "Polygon", "coordinates": [msgspec.json.decode(row["ring"])]},
        "properties": {
            "z": round(row["z"], 2),
            "q": round(row["q"], 4),
            "confidence": row["confidence"],
            "count": row["count"],
            "simulated": row["simulated"],
        },
    }
