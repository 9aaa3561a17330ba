"""The cameras of the simulated city: each shows what happens where it stands, as long as somebody watches."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from datetime import datetime

from ioc.city.profile import Camera, City
from ioc.core.clock import Clock
from ioc.demo.addresses import shows_square
from ioc.demo.pictures.canvas import Pixels, jpeg, plain, stamp
from ioc.demo.pictures.road import RoadScene, Stream
from ioc.demo.pictures.square import SquareScene
from ioc.demo.rhythm import demand, local_time, mix, vehicle_pcu
from ioc.demo.traffic import Traffic
from ioc.demo.world import Blind, Block, Lens, People, World

FPS = 5
SEEN_BEFORE_M, SEEN_BEHIND_M = 60.0, 25.0  # of the road beyond and before a camera's own place
STROLLERS = 8
LONGEST_STEP_S = 1.0  # what happened while nobody watched is not made up for
DAWN, MORNING, DUSK, NIGHTFALL = 5.2, 6.5, 17.2, 18.6


def daylight(local: datetime) -> float:
    """1 by day, 0 by night, between them at dawn and dusk."""
    hour = local.hour + local.minute / 60
    return max(0.0, min(1.0, (hour - DAWN) / (MORNING - DAWN), (NIGHTFALL - hour) / (NIGHTFALL - DUSK)))


class Studio:
    """Draws a frame of a camera when one is asked for, once for all who watch."""

    def __init__(self, city: City, world: World, traffic: Traffic, clock: Clock) -> None:
        shots = {camera.id: _shot(number, camera, traffic, world) for number, camera in enumerate(city.cameras)}
        self._shots = shots
        self._world = world
        self._clock = clock

    def frames(self, camera: str) -> AsyncGenerator[bytes, None] | None:
        """Frames of a camera for one watcher; None for an unknown camera and for one that is lost."""
        return self._running(camera) if camera in self._shots and not self._lost(camera) else None

    async def _running(self, camera: str) -> AsyncGenerator[bytes, None]:
        while not self._lost(camera):
            yield self.frame(camera)
            now = self._clock.now()
            await asyncio.sleep(1 / FPS - now.timestamp() % (1 / FPS))

    def frame(self, camera: str) -> bytes:
        """The newest frame as a JPEG file."""
        now = self._clock.now()
        how = {one.how for one in self._world.now(Blind, now) if one.camera == camera}
        return self._shots[camera].take(now, how)

    def _lost(self, camera: str) -> bool:
        now = self._clock.now()
        return any(one.camera == camera and one.how == "lost" for one in self._world.now(Blind, now))


class _Shot(ABC):
    """One camera: its scene, and the last frame taken of it."""

    def __init__(self, camera: Camera) -> None:
        self.camera = camera
        self._slot = -1
        self._moved: datetime | None = None
        self._last = b""

    def take(self, now: datetime, how: set[Lens]) -> bytes:
        """A frame; a frozen camera gives its last one again."""
        slot = int(now.timestamp() * FPS)
        if slot == self._slot or ("frozen" in how and self._last):
            return self._last
        since = (now - self._moved).total_seconds() if self._moved else LONGEST_STEP_S
        self._slot, self._moved = slot, now
        self._last = self._picture(now, min(since, LONGEST_STEP_S), how)
        return self._last

    def _picture(self, now: datetime, seconds: float, how: set[Lens]) -> bytes:
        pixels = self.scene(now, seconds)
        if "black" in how:
            pixels = plain((0, 0, 0))
        elif "covered" in how:
            pixels = plain((118, 112, 104))
        else:
            stamp(pixels, now)
        return jpeg(pixels)

    @abstractmethod
    def scene(self, now: datetime, seconds: float) -> Pixels:
        """What stands before the camera `seconds` after the last frame."""


class _RoadShot(_Shot):
    """A camera above a road: the direction of the road's line comes towards it."""

    def __init__(self, number: int, camera: Camera, traffic: Traffic, world: World) -> None:
        super().__init__(camera)
        self._position = traffic.roads.cameras[camera.id]
        self._traffic = traffic
        self._world = world
        self._scene = RoadScene(number)

    def scene(self, now: datetime, seconds: float) -> Pixels:
        """The road with its vehicles."""
        segment = self._traffic.roads.segments[self._position.segment]
        shares = mix(local_time(now), national=segment.national)
        flow, queue_m = self._traffic.flow(self._position, now)
        usual = self._traffic.usual(self._position, now)
        arriving = usual if queue_m or flow.speed_kmh < usual.speed_kmh else flow
        each = vehicle_pcu(shares)
        coming = Stream(arriving.pcu_h / each, flow.speed_kmh, shares, self._blocked_at(now))
        self._scene.move(seconds, coming, Stream(usual.pcu_h / each, usual.speed_kmh, shares))
        return self._scene.draw(daylight(local_time(now)))

    def _blocked_at(self, now: datetime) -> float | None:
        """Where in the picture a block lies, in metres from its far end."""
        for block in self._world.now(Block, now):
            place = self._traffic.roads.along(block.segment, block.metres)
            apart = place.metres - self._position.metres
            if place.carriageway == self._position.carriageway and -SEEN_BEFORE_M <= apart <= SEEN_BEHIND_M:
                return SEEN_BEFORE_M + apart
        return None


class _SquareShot(_Shot):
    """A camera above a square."""

    def __init__(self, number: int, camera: Camera, world: World) -> None:
        super().__init__(camera)
        self._world = world
        self._scene = SquareScene(number)

    def scene(self, now: datetime, seconds: float) -> Pixels:
        """The square with its people."""
        here = [one for one in self._world.now(People, now) if one.camera == self.camera.id]
        gathered = sum(one.count for one in here if one.where == "crowd")
        intruding = sum(one.count for one in here if one.where == "restricted")
        strolling = 0 if gathered else round(1 + STROLLERS * demand(local_time(now)))
        self._scene.move(seconds, strolling=strolling, gathered=gathered, intruding=intruding)
        return self._scene.draw(daylight(local_time(now)))


def _shot(number: int, camera: Camera, traffic: Traffic, world: World) -> _Shot:
    if shows_square(camera):
        return _SquareShot(number, camera, world)
    return _RoadShot(number, camera, traffic, world)
