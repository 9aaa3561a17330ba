"""Which free patrol might look where: one patrol a place, one place a patrol, few at a time. Pure.

A look is a proposal that a person accepts or leaves; nobody is ordered anywhere by it. It vanishes when its reason is
gone, when its patrol is no longer free, and when nobody answers it for some time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from gis.nearest import haversine_m
from ioc.city.profile import City
from ioc.contract import NearbyUnit
from ioc.core.clock import iso
from ioc.core.dataclass import DataClass
from ioc.core.text import Text
from modules.public_security.numbers import LookLimits, PatrolLimits
from modules.public_security.patrols import Patrol, near

Kind = Literal["incident", "near_repeat", "hotspot"]
Row = Mapping[str, Any]

ORDER: tuple[Kind, ...] = ("incident", "near_repeat", "hotspot")
REASON_GONE = Text("lý do không còn", "its reason is gone")
NOT_FREE = Text("tuần tra không còn rảnh hoặc mất vị trí mới", "its patrol is not free or has no fresh position")
UNANSWERED = Text("quá lâu không ai trả lời", "nobody answered it in time")


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """A place worth a look: why, how pressing (less is more), and the strictest class of the data that say so.

    `key` stays the same as long as the reason does; `radius_m` is how far around it the reason reaches.
    """

    key: str
    kind: Kind
    lon: float
    lat: float
    radius_m: float
    press: float
    reasons: tuple[Text, ...]
    data_class: DataClass
    simulated: bool
    correlation: str | None = None


class Look(msgspec.Struct, frozen=True):
    """A patrol that might look at a spot."""

    spot: Spot
    patrol: Patrol


class Round(msgspec.Struct, frozen=True):
    """What one run changes: new looks, and the ids of open ones that are over, each with why."""

    new: list[Look]
    over: list[tuple[str, Text]]


def gather(spots: Iterable[Spot], apart_m: float) -> list[Spot]:
    """The spots in the order in which they press; one that lies by another before it adds its reasons to that.

    A case at the desk is always a spot of its own.
    """
    found: list[Spot] = []
    for spot in sorted(spots, key=lambda one: (ORDER.index(one.kind), one.press, one.key)):
        near_by = [i for i, one in enumerate(found) if haversine_m(spot.lon, spot.lat, one.lon, one.lat) <= apart_m]
        if spot.kind == "incident" or not near_by:
            found.append(spot)
        else:
            found[near_by[0]] = _joined(found[near_by[0]], spot)
    return found


def _joined(spot: Spot, other: Spot) -> Spot:
    stricter = max(spot.data_class, other.data_class, key=list(DataClass).index)
    reasons = (*spot.reasons, *(one for one in other.reasons if one not in spot.reasons))
    return msgspec.structs.replace(
        spot, reasons=reasons, data_class=stricter, simulated=spot.simulated or other.simulated
    )


def plan(
    spots: Sequence[Spot],
    rows: Sequence[Row],
    heard: Sequence[NearbyUnit],
    city: City,
    limits: LookLimits,
    patrols: PatrolLimits,
    now: datetime,
) -> Round:
    """What is to be proposed now, and which open proposals are over; `rows` are the proposals of late."""
    wanted = {spot.key for spot in spots}
    open_rows = [row for row in rows if row["state"] == "open"]
    free = {one.id for one in _free(city, heard, city.center, patrols, now)}
    over = [(row["id"], why) for row in open_rows if (why := _over(row, wanted, free, limits, now))]
    gone = {id for id, _ in over}
    standing = [row for row in open_rows if row["id"] not in gone]
    aged = {id for id, why in over if why is UNANSWERED}
    taken = _resting(rows, limits.rest, now) | {row["place"] for row in open_rows if row["id"] in aged}
    taken |= {row["place"] for row in standing}
    busy = {row["unit"] for row in standing} | _accepted(rows, limits.age, now)
    new: list[Look] = []
    for spot in spots:
        if len(standing) + len(new) >= limits.most:
            break
        if spot.key in taken:
            continue
        best = next((one for one in _free(city, _seen_from(spot, heard), (spot.lon, spot.lat), patrols, now)
                     if one.id not in busy and one.distance_m <= limits.reach_m), None)  # fmt: skip
        if best is not None:
            new.append(Look(spot, best))
            busy.add(best.id)
    return Round(new, over)


def _over(row: Row, wanted: set[str], free: set[str], limits: LookLimits, now: datetime) -> Text | None:
    if row["place"] not in wanted:
        return REASON_GONE
    if row["unit"] not in free:
        return NOT_FREE
    return UNANSWERED if row["made_at"] <= iso(now - limits.age) else None


def _resting(rows: Iterable[Row], rest: timedelta, now: datetime) -> set[str]:
    """Places that were answered, or asked about in vain, a short while ago."""
    since = iso(now - rest)
    quiet = ("accepted", "left", "aged")
    return {row["place"] for row in rows if row["state"] in quiet and (row["ended_at"] or "") > since}


def _accepted(rows: Iterable[Row], busy: timedelta, now: datetime) -> set[str]:
    """Patrols that somebody has just let look somewhere."""
    since = iso(now - busy)
    return {row["unit"] for row in rows if row["state"] == "accepted" and (row["ended_at"] or "") > since}


def _seen_from(spot: Spot, heard: Iterable[NearbyUnit]) -> list[NearbyUnit]:
    """The patrols, with their distance from the spot."""
    return [
        msgspec.structs.replace(unit, distance_m=haversine_m(unit.lon, unit.lat, spot.lon, spot.lat)) for unit in heard
    ]


def _free(
    city: City, heard: Iterable[NearbyUnit], lonlat: tuple[float, float], limits: PatrolLimits, now: datetime
) -> list[Patrol]:
    """Patrols known to be free, by a fresh word of theirs, nearest first."""
    return [one for one in near(city, heard, lonlat, limits, now) if one.fresh and one.state == "available"]


def ended_as(why: Text) -> str:
    """The state of a proposal that is over for this reason: an unanswered one lets its place rest, another does not."""
    return "aged" if why is UNANSWERED else "gone"
