"""What stands at every place of the roads at every moment: the daily rhythm, and what blocks do to it."""

from __future__ import annotations

import math
from datetime import datetime

import msgspec

from ioc.city.profile import City
from ioc.demo.flow import WAVE_KMH, Flow, Road, moving, queued, tail_kmh
from ioc.demo.rhythm import CLASSES, VehicleClass, chance, demand, local_time, mix, vehicle_pcu
from ioc.demo.roads import Position, Roads
from ioc.demo.world import Block, World

BUSIEST = (0.55, 0.85)  # load of a road at the day's worst, by which road it is
LEAST_TAIL_KMH = 8.0  # a story does not wait for the night's few vehicles to make a queue
LONGEST_QUEUE_M = 1_500.0
THINNING_S = 20.0  # behind a block the last vehicles pass one after the other
WOBBLE = 0.12


class Measured(msgspec.Struct, frozen=True):
    """What a detector measures over an interval that ends at `at`."""

    at: datetime
    interval_s: float
    count: dict[VehicleClass, int]
    occupancy_pct: float
    speed_kmh: float
    queue_m: float


class Traffic:
    """The roads of one city with what the world does to them."""

    def __init__(self, city: City, world: World, seed: int) -> None:
        self.roads = Roads(city)
        self._city = city
        self._world = world
        self._seed = seed

    def flow(self, position: Position, at: datetime) -> tuple[Flow, float]:
        """The stream at a place, and how many metres of queue stand before it there."""
        road = Road.of(self.roads.segments[position.segment])
        usual = self.usual(position, at)
        flow, queue_m = usual, 0.0
        for block in self._world.of(Block):
            hit = self._hit(block, position, road, usual, at)
            if hit and hit[0].speed_kmh <= flow.speed_kmh:
                flow, queue_m = hit
            elif hit and queue_m == 0.0:
                flow = hit[0]
        return flow, queue_m

    def usual(self, position: Position, at: datetime) -> Flow:
        """The stream as it would be without any story."""
        road = Road.of(self.roads.segments[position.segment])
        return moving(road, self._load(position.segment, at) * road.capacity_pcu_h)

    def measured(self, detector: str, at: datetime, interval_s: float) -> Measured:
        """What the detector tells at the end of an interval: the stream with a little chance in it."""
        position = self.roads.detectors[detector]
        flow, queue_m = self.flow(position, at)
        shares = mix(local_time(at), national=self.roads.segments[position.segment].national)
        vehicles = flow.pcu_h / vehicle_pcu(shares) * interval_s / 3600
        slot = (detector, round(at.timestamp()))
        count = {name: _whole(vehicles * shares[name], chance(self._seed, name, *slot)) for name in CLASSES}
        speed = max(0.5, flow.speed_kmh * self._wobble("speed", *slot))
        occupancy = min(100.0, max(0.0, flow.occupancy * self._wobble("occupancy", *slot)))
        return Measured(at, interval_s, count, round(occupancy, 1), round(speed, 1), round(queue_m, 1))

    def _load(self, segment: str, at: datetime) -> float:
        low, high = BUSIEST
        worst = low + (high - low) * chance(self._seed, "load", segment)
        drift = 1 + 0.08 * math.sin(at.timestamp() / 240 + 6 * chance(self._seed, "drift", segment))
        return worst * demand(local_time(at)) * drift

    def _wobble(self, *what: object) -> float:
        return 1 + WOBBLE * (chance(self._seed, *what) - 0.5)

    def _hit(
        self, block: Block, position: Position, road: Road, usual: Flow, at: datetime
    ) -> tuple[Flow, float] | None:
        """What a block makes of the stream at a place: a queue before it, an emptier road behind it."""
        place = self.roads.along(block.segment, block.metres)
        if place.carriageway != position.carriageway:
            return None
        passes = min(usual.pcu_h, block.share_left * road.capacity_pcu_h)
        behind_m = position.metres - place.metres
        if behind_m > 0:
            return _thinned(block, behind_m, road, usual, passes, at)
        return _in_queue(block, -behind_m, road, usual, passes, at)


def _in_queue(
    block: Block, before_m: float, road: Road, usual: Flow, passes: float, at: datetime
) -> tuple[Flow, float] | None:
    speed = max(LEAST_TAIL_KMH, tail_kmh(road, usual, passes)) / 3.6
    since = (min(at, block.end) - block.begin).total_seconds()
    tail_m = min(LONGEST_QUEUE_M, speed * since)
    head_m = max(0.0, (at - block.end).total_seconds()) * WAVE_KMH / 3.6
    if since <= 0 or not head_m <= before_m <= tail_m:
        return None
    return queued(road, passes), tail_m - before_m


def _thinned(
    block: Block, behind_m: float, road: Road, usual: Flow, passes: float, at: datetime
) -> tuple[Flow, float] | None:
    travel_s = behind_m / (road.free_kmh / 3.6)
    since = (at - block.begin).total_seconds() - travel_s
    until = (at - block.end).total_seconds() - travel_s
    if since <= 0 or until >= 0:
        return None
    gone = min(1.0, since / THINNING_S)
    return moving(road, usual.pcu_h + (passes - usual.pcu_h) * gone), 0.0


def _whole(expected: float, drawn: float) -> int:
    """A whole number that is `expected` on average."""
    return int(expected + drawn)
