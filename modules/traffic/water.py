"""What speaks of water on the ground, besides the road: reports, stories and gauges. Pure.

A note is something said at a time and a place; a place known only as a ward speaks for the roads of that ward.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import cos, hypot, radians
from typing import Any, Literal

import msgspec

from gis.nearest import METRES_PER_DEGREE
from ioc.city.profile import Segment
from ioc.core.dataclass import DataClass
from ioc.core.text import Text

Kind = Literal["report", "story", "gauge"]
REPORTED, REPORT_MOVED = "citizen.report.received", "citizen.report.updated"
STORIES = ("media.story.published", "media.hint.raised")
TOLD = (REPORTED, REPORT_MOVED, *STORIES)


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that speaks of water. `reach_m` is how far from its point it speaks, `ward` the ward it speaks of."""

    id: str
    kind: Kind
    name: Text
    at: datetime
    lonlat: tuple[float, float] | None
    reach_m: float
    ward: str | None
    data_class: DataClass
    simulated: bool


class Gauge(msgspec.Struct, frozen=True, kw_only=True):
    """A rain or level gauge of the city: the `kind` and `key` of its readings, and the threshold (`limit`) of the city
    from which on it speaks of water."""

    key: str
    name: str
    kind: str
    limit: str
    lon: float
    lat: float


def said(event: Any, services: Sequence[str], topics: Sequence[str]) -> Note | None:
    """What a report or a story says of water; None where it is of something else or of no known place."""
    if event.type == REPORTED and event.data["service_code"] in services:
        number = event.data["number"]
        return _note(event, f"report/{event.data['report']}", "report", Text(f"phản ánh {number}", f"report {number}"))
    if event.type in STORIES and event.data.get("topic") in topics:
        name = Text(f"tin về ngập ({event.data['source']})", f"story of a flood ({event.data['source_en']})")
        return _note(event, f"story/{event.data['story']}", "story", name)
    return None


def taken_back(event: Any) -> str | None:
    """The id of the note that no longer counts: the report was turned away."""
    turned_away = event.type == REPORT_MOVED and event.data["status"] == "rejected"
    return f"report/{event.data['report']}" if turned_away else None


def _note(event: Any, id: str, kind: Kind, name: Text) -> Note | None:
    ward = (event.data.get("ward") or {}).get("code")
    if event.lonlat is None and ward is None:
        return None
    return Note(
        id=id[:200],
        kind=kind,
        name=name,
        at=event.at,
        lonlat=event.lonlat,
        reach_m=float(event.data.get("uncertainty_m") or 0),
        ward=ward,
        data_class=event.data_class,
        simulated=event.simulated,
    )


def gauge_note(gauge: Gauge, value: float, limit: float, unit: str, at: datetime, simulated: bool) -> Note:
    """What a gauge at or above its limit says."""
    shown, most = f"{value:g}{unit}", f"{limit:g}{unit}"
    return Note(
        id=f"gauge/{gauge.kind}/{gauge.key}"[:200],
        kind="gauge",
        name=Text(
            f"trạm đo {gauge.name} ({shown}, ngưỡng {most})".replace(".", ","),
            f"gauge {gauge.name} ({shown}, limit {most})",
        ),
        at=at,
        lonlat=(gauge.lon, gauge.lat),
        reach_m=0,
        ward=None,
        data_class=DataClass.INTERNAL,
        simulated=simulated,
    )


class Nearness(msgspec.Struct, frozen=True):
    """How old what speaks of water may be, and how far from a road reports, stories and gauges may be."""

    oldest: timedelta
    near_m: float
    gauge_m: float


def about(
    segment: Segment, wards: frozenset[str], notes: Iterable[Note], nearness: Nearness, now: datetime
) -> list[Note]:
    """The notes that speak of water at a segment there and then, the newest first."""
    found = [one for one in notes if now - one.at <= nearness.oldest and _speaks(segment, wards, one, nearness)]
    return sorted(found, key=lambda one: (one.at, one.id), reverse=True)


def _speaks(segment: Segment, wards: frozenset[str], note: Note, nearness: Nearness) -> bool:
    if note.ward is not None and note.ward in wards:
        return True
    most = nearness.gauge_m if note.kind == "gauge" else nearness.near_m + note.reach_m
    return note.lonlat is not None and distance_m(segment.line, *note.lonlat) <= most


def distance_m(line: Sequence[tuple[float, float]], lon: float, lat: float) -> float:
    """Metres from a point to the nearest part of a line, on a flat map true at the point."""
    east = METRES_PER_DEGREE * cos(radians(lat))
    flat = [((x - lon) * east, (y - lat) * METRES_PER_DEGREE) for x, y in line]
    if len(flat) == 1:
        return hypot(*flat[0])
    return min(_to_stretch(a, b) for a, b in pairwise(flat))


def _to_stretch(a: tuple[float, float], b: tuple[float, float]) -> float:
    along = (b[0] - a[0], b[1] - a[1])
    length = along[0] ** 2 + along[1] ** 2
    share = 0.0 if length == 0 else max(0.0, min(1.0, -(a[0] * along[0] + a[1] * along[1]) / length))
    return hypot(a[0] + share * along[0], a[1] + share * along[1])
