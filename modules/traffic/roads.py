"""The city's roads as the rules need them: which detectors stand on which segment and which stand in sequence."""

from __future__ import annotations

from itertools import pairwise

import msgspec

from gis.nearest import haversine_m
from ioc.city.profile import City, Detector, Segment
from modules.traffic.travel_time import travel_time_s

UNLISTED = "-"


class Spot(msgspec.Struct, frozen=True):
    """A stretch where an incident may begin: below the detector `up`, and above `dn` where one follows it."""

    up: Detector
    dn: Detector | None

    @property
    def id(self) -> str:
        """The ids of its detectors."""
        return f"{self.up.id}>{self.dn.id}" if self.dn else self.up.id

    @property
    def segments(self) -> tuple[str, ...]:
        """The segments it touches, the one where vehicles would stand first."""
        return tuple(dict.fromkeys((self.up.segment, self.dn.segment if self.dn else self.up.segment)))

    @property
    def detectors(self) -> tuple[Detector, ...]:
        """Its detectors in the direction of travel."""
        return (self.up, self.dn) if self.dn else (self.up,)

    @property
    def end(self) -> Detector:
        """The detector at its lower end."""
        return self.dn or self.up


class Roads:
    """Segments, detectors and spots of one city."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.segments = {one.id: one for one in city.segments}
        self.detectors = {one.id: one for one in city.detectors if one.segment in self.segments}
        self.spots = tuple(self._spots())
        self._corridors = _corridors(tuple(self.detectors.values()))
        self._lengths = {one.id: length_m(one) for one in city.segments}

    def corridor(self, detector: str) -> str:
        """The name of the corridor a detector belongs to; all detectors nobody listed share one name, so that made-up
        ids fill no memory."""
        return self._corridors.get(detector, UNLISTED)

    def on(self, segment: str) -> tuple[Detector, ...]:
        """The detectors of a segment."""
        return tuple(one for one in self.detectors.values() if one.segment == segment)

    def spots_at(self, detector: str) -> tuple[Spot, ...]:
        """The spots a detector bounds."""
        return tuple(spot for spot in self.spots if detector in (one.id for one in spot.detectors))

    def spots_around(self, spot: Spot, reach_m: float) -> tuple[str, ...]:
        """The other spots of a corridor whose lower ends lie within a distance: one queue may touch all of them."""
        mine = self.corridor(spot.up.id)
        return tuple(
            other.id
            for other in self.spots
            if other.id != spot.id
            and self.corridor(other.up.id) == mine
            and haversine_m(spot.end.lon, spot.end.lat, other.end.lon, other.end.lat) <= reach_m
        )

    def length_m(self, segment: str) -> float:
        """The length of a segment in metres."""
        return self._lengths[segment]

    def reach_m(self, spot: Spot) -> float:
        """How far apart the ends of a spot are, in metres; where it is open below, the length of its segment."""
        if spot.dn is None:
            return self.length_m(spot.up.segment)
        return haversine_m(spot.up.lon, spot.up.lat, spot.dn.lon, spot.dn.lat)

    def run_s(self, spot: Spot) -> float:
        """Seconds from the upper to the lower end of a spot at free flow, as the crow flies."""
        return travel_time_s(self.reach_m(spot), self.segments[spot.up.segment].free_flow_kmh)

    def _spots(self) -> list[Spot]:
        found = []
        for up in self.detectors.values():
            below = [one for one in self.detectors.values() if one.upstream == up.id]
            found += [Spot(up, dn) for dn in below] or [Spot(up, None)]
        return found


def length_m(segment: Segment) -> float:
    """The great-circle length of a segment's line in metres."""
    return sum(haversine_m(*a, *b) for a, b in pairwise(segment.line))


def middle(segment: Segment) -> tuple[float, float]:
    """The point (lon, lat) half-way along a segment's line."""
    left = length_m(segment) / 2
    for a, b in pairwise(segment.line):
        part = haversine_m(*a, *b)
        if part >= left > 0:
            share = left / part
            return a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])
        left -= part
    return segment.line[0]


def _corridors(detectors: tuple[Detector, ...]) -> dict[str, str]:
    """Detectors that share a segment or follow one another belong together; the name is the first one's id."""
    name = {one.id: one.id for one in detectors}
    joined = True
    while joined:
        joined = False
        for a in detectors:
            for b in detectors:
                linked = a.segment == b.segment or a.upstream == b.id
                if linked and name[a.id] != name[b.id]:
                    name[a.id] = name[b.id] = min(name[a.id], name[b.id])
                    joined = True
    return name
