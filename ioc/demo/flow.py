"""How fast and how dense a stream of vehicles is: the fundamental diagram of one direction of a road."""

from __future__ import annotations

import msgspec

from ioc.city.profile import Segment

SLOWED_AT_CAPACITY = 0.45  # of the free speed is lost where the road is just full
JAM_PCU_KM_LANE = 140.0  # bumper to bumper
WAVE_KMH = 15.0  # a standing queue starts to move again, backwards, at this speed
LOOP_M = 6.5  # a passenger car with the reach of the loop
FULLEST_PERCENT = 88.0
CRAWL_KMH = 1.5


class Road(msgspec.Struct, frozen=True):
    """One direction of a road: free speed km/h, capacity PCU/h, lanes."""

    free_kmh: float
    capacity_pcu_h: float
    lanes: float

    @classmethod
    def of(cls, segment: Segment) -> Road:
        """The direction of a segment of the profile, whose lanes are of both directions."""
        return cls(segment.free_flow_kmh, segment.capacity_pcu_h, max(1.0, segment.lanes / 2))


class Flow(msgspec.Struct, frozen=True):
    """A stream at one place: PCU/h passing, km/h, % of time a loop there is covered."""

    pcu_h: float
    speed_kmh: float
    occupancy: float


def moving(road: Road, pcu_h: float) -> Flow:
    """The stream while the road takes it: speed falls with the square of the load, never below 55 % of free."""
    passing = min(max(0.0, pcu_h), road.capacity_pcu_h)
    load = passing / road.capacity_pcu_h
    speed = road.free_kmh * (1 - SLOWED_AT_CAPACITY * load**2)
    return Flow(passing, speed, _occupancy(passing / speed, road))


def queued(road: Road, pcu_h: float) -> Flow:
    """The stream inside a queue that lets only `pcu_h` through: dense, and slow in proportion."""
    passing = min(max(0.0, pcu_h), road.capacity_pcu_h * 0.9)
    freely = moving(road, passing).speed_kmh
    per_km = max(JAM_PCU_KM_LANE * road.lanes - passing / WAVE_KMH, passing / freely)
    speed = min(max(CRAWL_KMH, passing / per_km), freely)
    return Flow(passing, speed, _occupancy(per_km, road))


def tail_kmh(road: Road, arriving: Flow, let_through_pcu_h: float) -> float:
    """How fast the end of a queue moves upstream (shock wave), km/h."""
    dense = JAM_PCU_KM_LANE * road.lanes
    thin = arriving.pcu_h / arriving.speed_kmh
    return max(0.0, (arriving.pcu_h - let_through_pcu_h) / max(dense - thin, 1.0))


def _occupancy(pcu_per_km: float, road: Road) -> float:
    return min(FULLEST_PERCENT, pcu_per_km / road.lanes * LOOP_M / 10)
