"""Where a patrol might look: cases that wait at the desk, places where a case may come again, and hot spots."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import select

from ioc.core.clock import VIETNAM, iso, parse_time
from ioc.core.dataclass import DataClass
from ioc.core.text import Text
from modules.public_security import hotspots, near_repeat
from modules.public_security.kinds import KINDS, RecordType
from modules.public_security.looks import Spot
from modules.public_security.runs import last_run
from modules.public_security.tables import case, cell, look, record

Row = Mapping[str, Any]
MOST_RECENT = 200  # records a type and run


class Area(msgspec.Struct, frozen=True):
    """A spot around a record in which its type comes again more often than usual, from the record on until a day."""

    spot: Spot
    type: RecordType
    since: datetime
    until: datetime
    ratio: float


async def waiting(connection: Any, since: datetime) -> list[Spot]:
    """Cases of this module that are at a known place and that no unit has been given, opened since then."""
    rows = (await connection.execute(select(case).where(case.c.opened_at >= iso(since)))).mappings().all()
    return [_of_case(row) for row in rows]


async def repeats(connection: Any, now: datetime, oldest: timedelta) -> list[Spot]:
    """Around the records of late of each type in which near-repeat stands, unless it was looked for too long ago."""
    at = await last_run(connection, near_repeat.RUN)
    if at is None or now - parse_time(at) > oldest:
        return []
    return [_of_record(row, known) for row, known in await repeating(connection, now)]


async def repeating(connection: Any, now: datetime) -> list[tuple[Row, Row]]:
    """The records around which the same may come again now, each with what is known of its type, newest first."""
    found: list[tuple[Row, Row]] = []
    for type, known in (await near_repeat.kept(connection)).items():
        if known["state"] == "stands":
            c = record.c
            since = iso(now - timedelta(days=known["days"]))
            recent = select(record).where(c.type == type, c.lon.is_not(None), c.t_to >= since, c.t_to <= iso(now))
            newest = recent.order_by(c.t_to.desc(), c.id).limit(MOST_RECENT)
            rows = (await connection.execute(newest)).mappings().all()
            found += [(row, known) for row in rows if (row["uncertainty_m"] or 0) <= known["space_m"]]
    return found


async def areas(connection: Any, now: datetime) -> list[Area]:
    """Where the same may come again, and until when."""
    return [_area(row, known) for row, known in await repeating(connection, now)]


async def hot(connection: Any, now: datetime, least: int, oldest: timedelta) -> list[Spot]:
    """Hot cells that may be shown, unless they were counted too long ago."""
    at = await last_run(connection, hotspots.RUN)
    if at is None or now - parse_time(at) > oldest:
        return []
    shown = select(cell).where(cell.c.hot, cell.c.count >= least)
    return [_of_cell(row) for row in (await connection.execute(shown)).mappings().all()]


async def looks_since(connection: Any, since: datetime) -> list[Row]:
    """The proposals made since then."""
    rows = (await connection.execute(select(look).where(look.c.made_at >= iso(since)))).mappings().all()
    return list(rows)


def _of_case(row: Row) -> Spot:
    return Spot(
        key=f"incident/{row['id']}",
        kind="incident",
        lon=row["lon"],
        lat=row["lat"],
        radius_m=0,
        press=row["priority"],
        reasons=(
            Text(
                f"vụ {row['number']} đang chờ: {row['title_vi']}",
                f"case {row['number']} is waiting: {row['title_en']}",
            ),
        ),
        data_class=DataClass(row["dataclass"]),
        simulated=row["simulated"],
        correlation=row["correlation"],
    )


def _of_record(row: Row, known: Row) -> Spot:
    what, metres, times = KINDS[row["type"]].name, f"{known['space_m']:.0f}", f"{known['ratio']:.1f}"
    was, times_vi = parse_time(row["t_to"]), times.replace(".", ",")
    began, until = _day(was), _day(was + timedelta(days=known["days"]))
    small_vi, small_en = what.vi[:1].lower() + what.vi[1:], what.en[:1].lower() + what.en[1:]
    return Spot(
        key=f"near_repeat/{row['id']}",
        kind="near_repeat",
        lon=row["lon"],
        lat=row["lat"],
        radius_m=known["space_m"],
        press=-known["ratio"],
        reasons=(
            Text(
                f"sau vụ {small_vi} ngày {began}: đến {until}, trong {metres} m nguy cơ gấp {times_vi} lần",
                f"after {small_en} on {began}: until {until} the risk within {metres} m is {times}× the usual",
            ),
        ),
        data_class=DataClass.PERSONAL if KINDS[row["type"]].close else DataClass.INTERNAL,
        simulated=row["simulated"] or known["simulated"],
    )


def _area(row: Row, known: Row) -> Area:
    was = parse_time(row["t_to"])
    return Area(_of_record(row, known), row["type"], was, was + timedelta(days=known["days"]), known["ratio"])


def _of_cell(row: Row) -> Spot:
    z = f"{row['z']:.1f}"
    return Spot(
        key=f"hotspot/{row['id']}",
        kind="hotspot",
        lon=row["lon"],
        lat=row["lat"],
        radius_m=0,
        press=-row["z"],
        reasons=(
            Text(
                f"điểm nóng: {row['count']} vụ trong ô, độ tin cậy {row['confidence']} % (z {z.replace('.', ',')})",
                f"hot spot: records in the cell {row['count']}, confidence {row['confidence']} % (z {z})",
            ),
        ),
        data_class=DataClass.INTERNAL,
        simulated=row["simulated"],
    )


def _day(at: datetime) -> str:
    return f"{at.astimezone(VIETNAM):%d/%m}"
