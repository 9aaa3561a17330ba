"""A plausible way from one place to another: along a main road where that is quicker, else through the streets.

There is no graph of streets in a profile. Streets are taken for a grid along the compass, main roads are those of the
profile. Made up by hand; the product itself never reckons with it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise

import msgspec

from ioc.demo.geometry import Line, Point, apart_m, length_m, metres_at, point_at

STREET_KMH = 28.0  # a unit with its light on, between crossings
ROAD_KMH = 55.0  # the most on a main road


class Fix(msgspec.Struct, frozen=True):
    """Where somebody is: (lon, lat), degrees from north, km/h."""

    point: Point
    heading_deg: float
    kmh: float


class Way(msgspec.Struct, frozen=True):
    """Stretches one after another, each a line and its speed in km/h."""

    stretches: tuple[tuple[Line, float], ...]

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return sum(length_m(line) / _metres_s(kmh) for line, kmh in self.stretches)

    def after(self, seconds: float) -> Fix:
        """Where one is so long after leaving; at its end, standing, when that is beyond it."""
        for line, kmh in self.stretches:
            takes = length_m(line) / _metres_s(kmh)
            if seconds < takes:
                metres = seconds * _metres_s(kmh)
                here, ahead = point_at(line, metres), point_at(line, metres + 1)
                return Fix(here, _heading(here, ahead), kmh)
            seconds -= takes
        last = self.stretches[-1][0]
        return Fix(last[-1], _heading(last[-2], last[-1]), 0.0)


def way_between(start: Point, end: Point, roads: Iterable[tuple[Line, float]]) -> Way:
    """The quickest of the way through the streets and those along one main road; points are (lon, lat)."""
    ways = [_streets(start, end), *(_along(line, min(kmh, ROAD_KMH), start, end) for line, kmh in roads)]
    return min(ways, key=lambda way: way.seconds)


def _streets(start: Point, end: Point) -> Way:
    return Way((((start, (end[0], start[1]), end), STREET_KMH),))


def _along(road: Line, kmh: float, start: Point, end: Point) -> Way:
    on, off = metres_at(road, start), metres_at(road, end)
    stretch = _between(road, min(on, off), max(on, off))
    driven = stretch if on <= off else stretch[::-1]
    to_road, from_road = _streets(start, driven[0]), _streets(driven[-1], end)
    return Way((*to_road.stretches, (driven, kmh), *from_road.stretches))


def _between(line: Line, first_m: float, last_m: float) -> Line:
    """The part of a line between two distances from its beginning."""
    inner, metres = [], 0.0
    for a, b in pairwise(line):
        metres += apart_m(a, b)
        if first_m < metres < last_m:
            inner.append(b)
    return (point_at(line, first_m), *inner, point_at(line, last_m))


def _metres_s(kmh: float) -> float:
    return kmh / 3.6


def _heading(here: Point, ahead: Point) -> float:
    east = (ahead[0] - here[0]) * math.cos(math.radians(here[1]))
    return math.degrees(math.atan2(east, ahead[1] - here[1])) % 360
