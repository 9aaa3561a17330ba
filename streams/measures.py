"""What goes on in the zones of a picture now, in figures: how full one is, who queues, stands, stays, and what lies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from streams.geometry import inside
from streams.incidents import QUEUE, Incidents
from streams.left import Standing
from streams.messages import Measure, Point, Zone
from streams.motion import Box
from streams.tracker import Track

NO_PARKING, WATCH = "no_parking", "watch"
GRID = 24  # points a side of a zone's rectangle, by which it is judged how much is covered

Measures = dict[tuple[Measure, str], float]


class ZoneGrid:
    """Points spread over one zone."""

    def __init__(self, points: Sequence[Point]) -> None:
        left, top = (min(point[axis] for point in points) for axis in (0, 1))
        right, bottom = (max(point[axis] for point in points) for axis in (0, 1))
        steps = [(number + 0.5) / GRID for number in range(GRID)]
        grid = [(left + x * (right - left), top + y * (bottom - top)) for x in steps for y in steps]
        self._points = np.array([point for point in grid if inside(points, point)]).reshape(-1, 2)

    def covered(self, boxes: Iterable[Box]) -> float:
        """The share of the zone that lies behind the boxes, 0 to 1."""
        if not len(self._points):
            return 0.0
        x, y = self._points[:, 0], self._points[:, 1]
        hidden = np.zeros(len(x), bool)
        for box in boxes:
            hidden |= (box.x <= x) & (x <= box.x + box.w) & (box.y <= y) & (y <= box.y + box.h)
        return float(hidden.mean())


class ZoneMeasures:
    """The figures of all zones by their purpose."""

    def __init__(self, zones: Sequence[Zone]) -> None:
        self._zones = zones
        self._grids = {zone.id: ZoneGrid(zone.points) for zone in zones if zone.purpose == QUEUE}

    def now(
        self, incidents: Incidents, standing: Standing, moving: Sequence[Track], recognised: Sequence[Track], at: float
    ) -> Measures:
        """By kind and zone: `occupancy` in percent, `congestion` 1 or 0, the others how many."""
        found: Measures = {}
        for zone in self._zones:
            if zone.purpose == QUEUE:
                boxes = [track.box for track in (*moving, *recognised) if track.sure and not track.missed]
                lying = [box for _, box in standing.present]
                found["occupancy", zone.id] = round(100 * self._grids[zone.id].covered([*boxes, *lying]), 1)
                standstill = standing.count("stopped", zone, beside=[track.box for track in moving])
                queued = incidents.queue(zone.id) + standstill
                found["queue", zone.id] = max(queued, incidents.creeping(zone, recognised))
                found["congestion", zone.id] = incidents.jammed(zone.id)
            elif zone.purpose == NO_PARKING:
                found["stopped", zone.id] = standing.count("stopped", zone)
            elif zone.purpose == WATCH:
                found["left", zone.id] = standing.count("abandoned", zone)
            else:
                found["dwelling", zone.id] = incidents.dwelling(zone.id, at)
        return found
