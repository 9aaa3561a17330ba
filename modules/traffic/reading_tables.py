"""What the module's own tables hold, read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import func, select

from ioc.contract import Run
from ioc.core.clock import iso, parse_time
from ioc.core.dataclass import WALL, DataClass
from modules.traffic.flooding import Flooding
from modules.traffic.tables import camera_flow, detector, flooding, incident, segment, trend, usual, water
from modules.traffic.usual import UsualSpeeds
from modules.traffic.water import Note

Row = Mapping[str, Any]

# Cameras count every ten seconds, and what they counted is reckoned twice a minute.
_FLOW_FRESH, _FLOW_HOLDS = timedelta(minutes=1), timedelta(minutes=2)


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


async def camera_flows(connection: Any, now: datetime) -> dict[str, Row]:
    """Vehicles and PCU per hour that cameras count, by segment: those that hold at `now`. They are `doubted` too where
    their cameras have told nothing for a while."""
    lately = select(camera_flow).where(camera_flow.c.at >= iso(now - _FLOW_HOLDS))
    fresh = iso(now - _FLOW_FRESH)
    return {
        row["segment"]: {**row, "doubted": row["doubted"] or row["at"] < fresh}
        for row in (await connection.execute(lately)).mappings()
    }


class Flooded(msgspec.Struct, frozen=True):
    """What is remembered of a segment that may be flooded, and the class of what was told of it."""

    flooding: Flooding
    data_class: DataClass
    simulated: bool


async def floodings(connection: Any) -> dict[str, Flooded]:
    """The segments that may be flooded."""
    rows = (await connection.execute(select(flooding))).mappings()
    return {row["segment"]: _flooded(row) for row in rows}


def _flooded(row: Row) -> Flooded:
    known = msgspec.json.decode(row["body"], type=Flooding)
    known.story = row["story"]  # a person may have closed the case since
    return Flooded(known, DataClass(row["dataclass"]), bool(row["simulated"]))


def story_now(run: Run, segment_id: str) -> str:
    """The story of a segment's open hint as it is in the commit, empty where there is none."""
    return str(run(select(flooding.c.story).where(flooding.c.segment == segment_id)).scalar() or "")


async def open_floodings(connection: Any) -> int:
    """How many hints of flooded roads are open, of those a wall may know of."""
    shown = flooding.c.dataclass.in_([one.value for one in WALL])
    query = select(func.count()).select_from(flooding).where(flooding.c.story != "", shown)
    return int((await connection.execute(query)).scalar_one())


async def water_notes(connection: Any, since: datetime) -> list[Note]:
    """What reports and stories said of water since then."""
    rows = (await connection.execute(select(water.c.body).where(water.c.at >= iso(since)))).all()
    return [msgspec.json.decode(row.body, type=Note) for row in rows]
