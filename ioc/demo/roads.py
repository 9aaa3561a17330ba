"""The roads of a city as carriageways one drives along: segments of one road whose ends meet, in the order of their
lines. Traffic is told of one direction, that of the lines."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ioc.city.profile import City, Detector, Segment
from ioc.demo.geometry import Line, Point, apart_m, length_m, metres_at, point_at

MEET_M = 30.0
ON_ROAD_M = 120.0


class Position(msgspec.Struct, frozen=True):
    """A place on a road: which segment, and metres from the beginning of its carriageway."""

    carriageway: int
    segment: str
    metres: float


class Roads:
    """Where everything on the roads lies."""

    def __init__(self, city: City) -> None:
        self.segments = {segment.id: segment for segment in city.segments}
        self._before: dict[str, tuple[int, float]] = {}
        self.ways: list[tuple[Line, float]] = []
        """Every carriageway as one line, and its slowest free speed in km/h."""
        for number, chain in enumerate(_carriageways(city.segments)):
            joined = tuple(point for segment in chain for point in segment.line)
            self.ways.append((joined, min(segment.free_flow_kmh for segment in chain)))
            metres = 0.0
            for segment in chain:
                self._before[segment.id] = (number, metres)
                metres += length_m(segment.line)
        self.detectors = {detector.id: self.position_of(detector) for detector in city.detectors}
        self.cameras = {
            camera.id: self.position(camera.segment, (camera.lon, camera.lat))
            for camera in city.cameras
            if camera.segment
        }

    def position_of(self, detector: Detector) -> Position:
        """Where a detector stands."""
        return self.position(detector.segment, (detector.lon, detector.lat))

    def position(self, segment: str, point: Point) -> Position:
        """The place on the segment nearest to the point (lon, lat)."""
        return self.along(segment, metres_at(self.segments[segment].line, point))

    def along(self, segment: str, metres: float) -> Position:
        """The place that many metres along a segment's own line."""
        number, before = self._before[segment]
        return Position(number, segment, before + metres)

    def point(self, position: Position) -> Point:
        """The place as (lon, lat)."""
        _, before = self._before[position.segment]
        return point_at(self.segments[position.segment].line, position.metres - before)


def _carriageways(segments: Iterable[Segment]) -> list[list[Segment]]:
    left = list(segments)
    chains = []
    while left:
        first = next((one for one in left if not any(_follows(one, other) for other in left)), left[0])
        left.remove(first)
        chain = [first]
        while following := next((one for one in left if _follows(one, chain[-1])), None):
            left.remove(following)
            chain.append(following)
        chains.append(chain)
    return chains


def _follows(later: Segment, earlier: Segment) -> bool:
    return later.road == earlier.road and later is not earlier and apart_m(earlier.line[-1], later.line[0]) <= MEET_M
