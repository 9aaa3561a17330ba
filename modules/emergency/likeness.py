"""Looks among recent calls for one that may be about the same thing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select

from gis.bbox import around
from ioc.contract import Attach, Event, ModuleContext, Write
from ioc.core.clock import iso, parse_time
from modules.emergency.duplicates import Heard, possible_duplicate
from modules.emergency.events import DuplicateSuggested
from modules.emergency.numbers import duplicate_within
from modules.emergency.statements import set_call
from modules.emergency.tables import call
from modules.emergency.views import Row

_c = call.c
_AROUND = select(_c.id, _c.number, _c.category, _c.location, _c.lon, _c.lat, _c.received_at).where(
    _c.category == bindparam("category"),
    _c.received_at.between(bindparam("first"), bindparam("last")),
    _c.recorded_at <= bindparam("taken"),
    _c.id != bindparam("own"),
    _c.lon.between(bindparam("west"), bindparam("east")),
    _c.lat.between(bindparam("south"), bindparam("north")),
)


async def likeness(connection: Any, row: Row, ctx: ModuleContext) -> list[Event | Write]:
    """The suggestion that another call may be about the same thing, with its row; nothing where none is near."""
    at = parse_time(row["received_at"])
    # the rule in force when we took the call: the caller's clock does not choose it
    metres, within = duplicate_within(ctx, parse_time(row["recorded_at"]))
    others = await _calls_around(connection, row, at, metres, within)
    like = possible_duplicate(_heard(row), others, within_m=metres, within=within)
    if like is None:
        return []
    away, apart = round(like.distance_m), round(like.seconds)
    facts = {"call": like.other.id, "number": like.other.number, "distance_m": away, "seconds": apart}
    event = DuplicateSuggested(
        call=row["id"],
        number=row["number"],
        other=like.other.id,
        other_number=like.other.number,
        distance_m=away,
        seconds=apart,
        attach=Attach(facts={"possible_duplicate_of": facts}),
    )
    return [event, set_call(row["id"], duplicate_of=like.other.id)]


async def _calls_around(connection: Any, row: Row, at: datetime, metres: float, within: timedelta) -> list[Heard]:
    """Calls taken before in the box and the time: on a bad night there are many more of the same kind elsewhere."""
    if row["location"] != "located":
        return []
    box = around(row["lon"], row["lat"], metres)
    bounds = {"first": iso(at - within), "last": iso(at + within), **box._asdict()}
    asked = {"category": row["category"], "taken": row["recorded_at"], "own": row["id"], **bounds}
    return [_heard(other) for other in (await connection.execute(_AROUND, asked)).mappings()]


def _heard(row: Row) -> Heard:
    at = (row["lon"], row["lat"]) if row["location"] == "located" else None
    return Heard(row["id"], row["number"], row["category"], at, parse_time(row["received_at"]))
