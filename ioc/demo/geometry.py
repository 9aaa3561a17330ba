"""Metres along roads: near enough for a story told in one city."""

from __future__ import annotations

import math
from itertools import pairwise

METRES_PER_DEGREE = 111_195.0

Point = tuple[float, float]
Line = tuple[Point, ...]


def apart_m(a: Point, b: Point) -> float:
    """Metres between two points (lon, lat) of one city."""
    east = (b[0] - a[0]) * math.cos(math.radians((a[1] + b[1]) / 2))
    return math.hypot(east, b[1] - a[1]) * METRES_PER_DEGREE


def length_m(line: Line) -> float:
    """Metres from one end of the line to the other."""
    return sum(apart_m(a, b) for a, b in pairwise(line))


def point_at(line: Line, metres: float) -> Point:
    """The point (lon, lat) that far along the line; its ends where that is before or beyond them."""
    for a, b in pairwise(line):
        step = apart_m(a, b)
        if metres <= step and step > 0:
            share = max(0.0, metres / step)
            return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share
        metres -= step
    return line[-1]


def metres_at(line: Line, point: Point) -> float:
    """How far along the line its nearest place to the point lies."""
    best, best_apart, before = 0.0, math.inf, 0.0
    for a, b in pairwise(line):
        step = apart_m(a, b)
        along = min(max(_projected(a, b, point), 0.0), 1.0) * step
        apart = apart_m(point_at((a, b), along), point)
        if apart < best_apart:
            best, best_apart = before + along, apart
        before += step
    return best


def _projected(a: Point, b: Point, point: Point) -> float:
    wide = math.cos(math.radians(a[1]))
    ab = ((b[0] - a[0]) * wide, b[1] - a[1])
    ap = ((point[0] - a[0]) * wide, point[1] - a[1])
    square = ab[0] ** 2 + ab[1] ** 2
    return 0.0 if square == 0 else (ab[0] * ap[0] + ab[1] * ap[1]) / square


def offset(point: Point, east_m: float, north_m: float) -> Point:
    """The point that many metres to the east and north, rounded to a tenth of a metre."""
    lon = point[0] + east_m / METRES_PER_DEGREE / math.cos(math.radians(point[1]))
    return round(lon, 6), round(point[1] + north_m / METRES_PER_DEGREE, 6)
