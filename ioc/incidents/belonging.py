"""Which open case a new one belongs to, because both tell of one happening: pure.

A suggestion only: nothing is merged, and every call stays a case that is answered. Distances in metres, points
(longitude, latitude) in degrees WGS 84.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
import shapely

from gis.nearest import METRES_PER_DEGREE, haversine_m
from ioc.city.profile import City, Happening
from ioc.incidents.view import Incident

Point = tuple[float, float]
Line = tuple[Point, ...]
LONGEST_QUEUE_M = 5_000.0  # that another case may tell of; beyond it nobody looks


class Within(msgspec.Struct, frozen=True, kw_only=True):
    """How near cases must be: the city's thresholds `desk.together_*`."""

    near_m: float
    road_m: float
    told_m: float
    age: timedelta


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What a city holds for one happening. `roads` are the lines of the whole road a segment is part of."""

    happenings: tuple[Happening, ...]
    within: Within
    roads: Mapping[str, tuple[Line, ...]] = {}

    def knows(self, category: str) -> bool:
        """Whether cases of this category can belong to a happening at all."""
        return any(category in one.named_by + one.joined_by + one.told_by for one in self.happenings)


class Together(msgspec.Struct, frozen=True):
    """Which case is to be shown beneath which; the parts a case has already go with it."""

    lead: Incident
    part: Incident


def rule_of(city: City, at: datetime) -> Rule | None:
    """The rule of a city on the day of `at`; None where its profile names no happenings or no limits for them."""
    try:
        within = Within(
            near_m=city.threshold("desk.together_m", at),
            road_m=city.threshold("desk.together_road_m", at),
            told_m=city.threshold("desk.together_told_m", at),
            age=timedelta(minutes=city.threshold("desk.together_min", at)),
        )
    except LookupError:
        return None
    lines: dict[str, tuple[Line, ...]] = {}
    for one in city.segments:
        lines[one.road] = (*lines.get(one.road, ()), one.line)
    roads = {one.id: lines[one.road] for one in city.segments}
    return Rule(happenings=city.happenings, within=within, roads=roads) if city.happenings else None


def belonging(new: Incident, others: Iterable[Incident], rule: Rule, now: datetime) -> Together | None:
    """The group a new case makes with what is open: with its lead, which may be the new case itself; None for none.

    Only cases that are open and not older than the limit gather others, and only those of the same class of data, so
    that a group never hides a case from somebody who may see it. A lead chosen by hand stays the lead.
    """
    young = [one for one in others if one.id != new.id and _gathers(one, new, rule, now)]
    fitting = [
        (_apart(new, lead), lead.number, group, happening)
        for lead in young
        if lead.lead is None
        for group in [(lead, *(one for one in young if one.lead == lead.id))]
        for happening in rule.happenings
        if _fits(new, group, happening, rule)
    ]
    if not fitting:
        return None
    _, _, group, happening = min(fitting, key=lambda one: one[:2])
    lead, parts = group[0], group[1:]
    if any(one.joined == "hand" for one in parts) or _rank(lead, happening) <= _rank(new, happening):
        return Together(lead, part=new)
    return Together(new, part=lead)


def reach_m(new: Incident, rule: Rule) -> float:
    """How far away, in metres, a case may lie that the new one could belong to."""
    return max(rule.within.road_m, rule.within.told_m, _queue_m(new), LONGEST_QUEUE_M)


def _gathers(one: Incident, new: Incident, rule: Rule, now: datetime) -> bool:
    alike = (one.dataclass, one.simulated, one.exercise) == (new.dataclass, new.simulated, new.exercise)
    return alike and one.status != "closed" and now - one.opened <= rule.within.age


def _fits(new: Incident, group: Sequence[Incident], happening: Happening, rule: Rule) -> bool:
    known = {*happening.named_by, *happening.joined_by, *happening.told_by}
    named = any(one.category in happening.named_by for one in (new, *group))
    if not named or new.category not in known or group[0].category not in known:
        return False
    # Near any of them, so that a call at the tail of a queue finds the suspicion; yet never far from the lead.
    reach = max(rule.within.road_m, rule.within.told_m, _queue_m(new), *map(_queue_m, group))
    return _apart(new, group[0]) <= reach and any(_near(new, one, happening, rule) for one in group)


def _near(a: Incident, b: Incident, happening: Happening, rule: Rule) -> bool:
    apart, within = _apart(a, b), rule.within
    told = a.category in happening.told_by or b.category in happening.told_by
    if apart <= (max(within.near_m, within.told_m) if told else within.near_m):
        return True
    return any(
        apart <= max(within.road_m, _queue_m(road)) and _off_road_m(road, other, rule) <= within.near_m
        for road, other in ((a, b), (b, a))
    )


def _apart(a: Incident, b: Incident) -> float:
    """Metres between two cases; infinite while the place of one is unknown."""
    return haversine_m(*a.lonlat, *b.lonlat) if a.lonlat and b.lonlat else math.inf


def _off_road_m(road: Incident, other: Incident, rule: Rule) -> float:
    """How far a case lies from the road that another one names as its `segment`."""
    lines = rule.roads.get(str(road.facts.get("segment")), ())
    if other.lonlat is None:
        return math.inf
    return min((_off_line_m(line, other.lonlat) for line in lines), default=math.inf)


def _off_line_m(line: Line, point: Point) -> float:
    wide = math.cos(math.radians(point[1]))
    flat = [((lon - point[0]) * wide * METRES_PER_DEGREE, (lat - point[1]) * METRES_PER_DEGREE) for lon, lat in line]
    return float(shapely.LineString(flat).distance(shapely.Point(0, 0)))


def _queue_m(one: Incident) -> float:
    queue = one.facts.get("queue_m")
    return float(queue) if isinstance(queue, int | float) else 0.0


def _rank(one: Incident, happening: Happening) -> tuple[bool, bool, bool, int, int, datetime]:
    """Least leads: a person's call before what machines suspect or the press says; then the best name, then the most
    urgent, then the oldest."""
    named = one.category in happening.named_by
    name = happening.named_by.index(one.category) if named else 0
    return one.category in happening.told_by, one.kind != "call", not named, name, one.priority, one.opened
