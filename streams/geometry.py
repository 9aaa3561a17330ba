"""Points, lines and polygons of a picture; x to the right, y down."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

from streams.messages import Point


def beyond(start: Point, end: Point, point: Point) -> float:
    """How far a point lies beyond a line, in the line's own unit: positive on the side one looks to with `start` at
    the left hand and `end` at the right, negative on this side, 0 on the line."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = (dx * dx + dy * dy) ** 0.5
    return (dy * (point[0] - start[0]) - dx * (point[1] - start[1])) / length if length else 0.0


def meets(a: Point, b: Point, start: Point, end: Point, slack: float = 0.0) -> bool:
    """Whether the way from `a` to `b` passes the line between its two ends; `slack` lengthens the line at both ends by
    this share of its length."""
    before, after = beyond(start, end, a), beyond(start, end, b)
    if before == after:
        return False
    part = before / (before - after)
    x, y = a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])
    dx, dy = end[0] - start[0], end[1] - start[1]
    along = ((x - start[0]) * dx + (y - start[1]) * dy) / (dx * dx + dy * dy)
    return -slack <= along <= 1 + slack


def distance(point: Point, start: Point, end: Point) -> float:
    """How far a point lies from the line between two points."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = dx * dx + dy * dy
    along = ((point[0] - start[0]) * dx + (point[1] - start[1]) * dy) / length if length else 0.0
    part = min(1.0, max(0.0, along))
    return hypot(point[0] - start[0] - part * dx, point[1] - start[1] - part * dy)


def inside(points: Sequence[Point], point: Point) -> bool:
    """Whether a point lies in a polygon (even-odd rule)."""
    x, y = point
    found = False
    for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            found = not found
    return found


def crosses_itself(points: Sequence[Point]) -> bool:
    """Whether two sides of a polygon that are no neighbours meet."""
    sides = list(zip(points, [*points[1:], points[0]], strict=True))
    return any(
        meets(*one, *other) and meets(*other, *one)
        for number, one in enumerate(sides)
        for other in sides[number + 2 : len(sides) - (number == 0)]
    )
