"""Where records gather more than chance explains, and which of it is news. Pure but for reading the records.

Only located records of the last days count, each in its cell. A cell is hot when its z reaches the limit, it stands
after the false discovery rate is held down, and it holds enough records to name nobody. Hot cells that touch are one
hot spot; it is news when none of it has been told of at this confidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select

from gis.hotspot import Cell, Grid, groups, hot_cells
from ioc.contract import Gis
from ioc.core.clock import iso, parse_time
from ioc.core.place import Place
from modules.public_security.events import HotspotFound
from modules.public_security.kinds import COUNTED
from modules.public_security.numbers import HotspotLimits
from modules.public_security.tables import cell as cell_table
from modules.public_security.tables import record

RUN = "hotspots"
SURE, SURER = 95, 99  # percent: the confidence of the two limits of z

Row = Mapping[str, Any]


class Field(msgspec.Struct, frozen=True):
    """The city cut into cells, and which of them take part: those whose middle lies in the city."""

    grid: Grid
    cell_m: float
    inside: NDArray[np.bool_]

    @classmethod
    def of(cls, bbox: tuple[float, float, float, float], cell_m: float, gis: Gis) -> Field:
        """The field of a city."""
        grid = Grid.over(bbox, cell_m)
        inside = [[gis.inside(*grid.centre(row, column)) for column in range(grid.columns)] for row in range(grid.rows)]
        return cls(grid, cell_m, np.array(inside, dtype=bool))


class Points(msgspec.Struct, frozen=True):
    """Where records happened (degrees), and which of them are simulated."""

    lons: list[float]
    lats: list[float]
    simulated: list[bool]


class Judged(msgspec.Struct, frozen=True):
    """The rows to keep until the next run, and what is news."""

    rows: list[dict[str, Any]]
    news: list[HotspotFound]


async def points_since(connection: Any, since: datetime) -> Points:
    """The located records of disorder that began at or after `since`."""
    c = record.c
    query = select(c.lon, c.lat, c.simulated).where(
        c.t_from >= iso(since), c.lon.is_not(None), c.type.in_(sorted(COUNTED))
    )
    rows = (await connection.execute(query)).all()
    return Points([row.lon for row in rows], [row.lat for row in rows], [bool(row.simulated) for row in rows])


async def rows_before(connection: Any) -> dict[str, Row]:
    """What the last run kept, by cell."""
    rows = (await connection.execute(select(cell_table))).mappings().all()
    return {row["id"]: row for row in rows}


async def records_since(connection: Any, at: datetime) -> int:
    """How many records were taken after `at`."""
    query = select(func.count()).select_from(record).where(record.c.recorded_at > iso(at))
    return int((await connection.execute(query)).scalar_one())


def judge(field: Field, points: Points, before: Mapping[str, Row], limits: HotspotLimits, now: datetime) -> Judged:
    """The hot cells of now, and which hot spots have not been told of."""
    counts = field.grid.count(points.lons, points.lats)
    made = np.array(points.simulated, dtype=bool)
    acted = field.grid.count(np.array(points.lons)[made], np.array(points.lats)[made]) > 0
    hot = [one for one in hot_cells(counts, field.inside, least_z=limits.z) if _stands(one, limits)]
    recent = {id: row for id, row in before.items() if now - parse_time(row["seen_at"]) <= limits.quiet}
    rows: list[dict[str, Any]] = []
    news: list[HotspotFound] = []
    for group in groups(hot):
        told = max((recent[id]["said"] for one in group if (id := _id(one, limits)) in recent), default=0)
        sure = _confidence(group[0], limits)
        simulated = any(bool(acted[one.row, one.column]) for one in group)
        if sure > told:
            news.append(_news(group, field.grid, limits, now, simulated))
        rows += [_row(one, field.grid, limits, max(sure, told), now, simulated) for one in group]
    kept = {row["id"] for row in rows}
    return Judged(rows + [{**row, "hot": False} for id, row in recent.items() if id not in kept], news)


def _stands(one: Cell, limits: HotspotLimits) -> bool:
    return one.q <= limits.false_discovery and one.count >= limits.least


def _confidence(one: Cell, limits: HotspotLimits) -> int:
    return SURER if one.z >= limits.z_high else SURE


def _id(one: Cell, limits: HotspotLimits) -> str:
    """A cell's name; the size is part of it, since cells of another size are other cells."""
    return f"{limits.cell_m:g}-{one.row}-{one.column}"


def _news(group: Sequence[Cell], grid: Grid, limits: HotspotLimits, now: datetime, simulated: bool) -> HotspotFound:
    peak = group[0]
    lon, lat = grid.centre(peak.row, peak.column)
    sure = _confidence(peak, limits)
    return HotspotFound(
        cell=_id(peak, limits),
        count=peak.count,
        cells=len(group),
        z=round(peak.z, 2),
        q=round(peak.q, 4),
        confidence=sure,
        window_days=limits.window.days,
        place=Place(lon, lat, uncertainty_m=round(limits.cell_m / 2)),
        severity=3 if sure == SURER else 2,
        correlation=f"public_security:hotspot:{_id(peak, limits)}:{iso(now)}",
        simulated=simulated,
    )


def _row(
    one: Cell, grid: Grid, limits: HotspotLimits, said: int, now: datetime, simulated: bool
) -> dict[str, Any]:  # fmt: skip
    lon, lat = grid.centre(one.row, one.column)
    ring = [[round(x, 6), round(y, 6)] for x, y in grid.corners(one.row, one.column)]
    return {
        "id": _id(one, limits),
        "lon": lon,
        "lat": lat,
        "ring": msgspec.json.encode(ring).decode(),
        "count": one.count,
        "z": one.z,
        "q": one.q,
        "confidence": _confidence(one, limits),
        "hot": True,
        "said": said,
        "seen_at": iso(now),
        "simulated": simulated,
    }
