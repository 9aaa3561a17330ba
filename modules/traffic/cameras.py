"""What cameras see of traffic: wrong-way candidates, vehicles that stand where they must not, queues. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from ioc.city.hours import closed
from ioc.city.parts import Camera, CountingLine, Zone
from ioc.city.profile import City
from ioc.contract import State
from ioc.core.clock import iso
from ioc.core.dataclass import WALL, DataClass
from ioc.core.lasting import Condition, Hold, Step, follow
from ioc.core.place import Place
from modules.traffic.limits import Threshold

WRONG_WAY, STOPPED = "camera.wrong_way", "camera.stopped"
QUEUE, OCCUPANCY, CONGESTION = "camera.queue", "camera.occupancy", "camera.congestion"
KINDS = (WRONG_WAY, STOPPED, QUEUE, OCCUPANCY, CONGESTION)

Finding = Literal["wrong_way", "stopped", "queue"]


class CameraLimits(msgspec.Struct, frozen=True, kw_only=True):
    """From how many vehicles on, and below how many, it is a queue; how long it and a stop must last and be over; for
    how long wrong ways over one line are one story."""

    queue_vehicles: float
    queue_clear_vehicles: float
    queue: Hold
    stopped: Hold
    wrong_way_quiet: timedelta


class Sight(msgspec.Struct, frozen=True):
    """A line or zone in a camera's picture."""

    camera: Camera
    part: CountingLine | Zone

    @property
    def where(self) -> str:
        """How people call it."""
        return f"{self.camera.name} · {self.part.name}" if isinstance(self.part, Zone) else self.camera.name

    @property
    def place(self) -> Place:
        """Where the camera stands."""
        return Place(self.camera.lon, self.camera.lat, name=self.camera.name)

    @property
    def data_class(self) -> DataClass | None:
        """Of what is told of it: the camera's own where that is stricter than what is told of others."""
        return self.camera.data_class if self.camera.data_class not in WALL else None


class SightMemory(State):
    """What is remembered of one line or zone: the newest share that is covered (percent), whether it is congested, and
    the story of each finding with the time it was last told, and since when and how many went the wrong way in theirs.
    """

    queue: Condition = msgspec.field(default_factory=Condition)
    stopped: Condition = msgspec.field(default_factory=Condition)
    occupancy: float | None = None
    congested: bool = False
    stories: dict[str, tuple[str, datetime]] = msgspec.field(default_factory=dict)
    wrong_ways: tuple[datetime, int] | None = None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A finding begins or ends; `count` is how many vehicles, `fresh` whether it begins a story, `so_far` since when
    and how many there have been in a story that is told again and again."""

    finding: Finding
    change: Literal["begins", "ends"]
    story: str
    since: datetime
    until: datetime
    count: int
    fresh: bool = True
    so_far: tuple[datetime, int] | None = None
    occupancy: float | None = None
    congested: bool = False


def sights(city: City) -> dict[str, Sight]:
    """Every line and zone by the key of its readings, `<camera>/<line or zone>`."""
    return {f"{camera.id}/{part.id}": Sight(camera, part) for camera in city.cameras for part in parts_of(camera)}


def parts_of(camera: Camera) -> list[CountingLine | Zone]:
    """What of a camera's picture matters to traffic."""
    lines = [line for line in camera.lines if line.allowed is not None]
    return [*lines, *(zone for zone in camera.zones if zone.purpose in ("no_parking", "queue"))]


def camera_limits(threshold: Threshold, at: datetime) -> CameraLimits:
    """The numbers in force on the day of `at`."""

    def get(name: str) -> float:
        return threshold(f"traffic.camera.{name}", at)

    return CameraLimits(
        queue_vehicles=get("queue_vehicles"),
        queue_clear_vehicles=get("queue_clear_vehicles"),
        queue=Hold.seconds(get("queue_hold_s"), get("queue_clear_s"), get("gap_s")),
        stopped=Hold.seconds(get("stopped_hold_s"), get("stopped_clear_s"), get("gap_s")),
        wrong_way_quiet=timedelta(seconds=get("wrong_way_quiet_s")),
    )


def judge(
    sight: Sight, memory: SightMemory, kind: str, value: float, at: datetime, limits: CameraLimits
) -> Iterator[Found]:
    """What one reading changes."""
    zone = sight.part if isinstance(sight.part, Zone) else None
    if kind == WRONG_WAY and value > 0:
        yield _wrong_way(sight, memory, round(value), at, limits)
    elif kind == OCCUPANCY:
        memory.occupancy = value
    elif kind == CONGESTION:
        memory.congested = value > 0
    elif kind == STOPPED and zone is not None:
        there = value > 0 and closed(zone.closed, at)
        steps = follow(memory.stopped, at, value, present=there, absent=not there, hold=limits.stopped)
        yield from (_found("stopped", sight, memory, step) for step in steps)
    elif kind == QUEUE and zone is not None:
        long, short = value >= limits.queue_vehicles, value < limits.queue_clear_vehicles
        steps = follow(memory.queue, at, value, present=long, absent=short, hold=limits.queue)
        yield from (_found("queue", sight, memory, step) for step in steps)


def _wrong_way(sight: Sight, memory: SightMemory, count: int, at: datetime, limits: CameraLimits) -> Found:
    story, last = memory.stories.get("wrong_way", ("", at))
    fresh = not story or at - last > limits.wrong_way_quiet
    story = _story("wrong_way", sight, at) if fresh else story
    memory.stories["wrong_way"] = (story, at)
    began, before = (at, 0) if fresh or memory.wrong_ways is None else memory.wrong_ways
    memory.wrong_ways = so_far = (began, before + count)
    return Found(
        finding="wrong_way", change="begins", story=story, since=at, until=at, count=count, fresh=fresh, so_far=so_far
    )


def _found(finding: Finding, sight: Sight, memory: SightMemory, step: Step) -> Found:
    if step.change == "begins":
        memory.stories[finding] = (_story(finding, sight, step.since), step.since)
    return Found(
        finding=finding,
        change=step.change,
        story=memory.stories[finding][0],
        since=step.since,
        until=step.until,
        count=round(step.most),
        occupancy=memory.occupancy if finding == "queue" else None,
        congested=memory.congested and finding == "queue",
    )


def _story(finding: Finding, sight: Sight, at: datetime) -> str:
    return f"traffic/{finding}/{sight.camera.id}/{sight.part.id}/{iso(at)}"
