"""What is remembered of a corridor between readings: detectors, segments, and spots where an incident may begin."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from ioc.contract import State
from modules.traffic.congestion import Jam
from modules.traffic.intervals import Interval, Joiner
from modules.traffic.persistence import Persistence
from modules.traffic.suspicion import Suspicion

LEAST_KEPT = 6  # intervals of a detector, however long they are
MOST_KEPT = 60
TREND_KEPT = 30


class DetectorMemory(msgspec.Struct):
    """One detector: the interval being joined, when it last spoke, its intervals of late (oldest first), its flow over
    the flow window (None where it counts nothing), and whether it is faulty."""

    joiner: Joiner = msgspec.field(default_factory=Joiner)
    heard: datetime | None = None
    recent: list[Interval] = []
    veh_h: float | None = None
    pcu_h: float | None = None
    fault: Persistence = msgspec.field(default_factory=Persistence)

    def keep(self, interval: Interval, window: timedelta) -> None:
        """Adds an interval and forgets those that nothing asks for any more."""
        self.recent.append(interval)
        while len(self.recent) > LEAST_KEPT and interval.at - self.recent[1].start >= window:
            del self.recent[0]
        del self.recent[:-MOST_KEPT]

    @property
    def last(self) -> Interval | None:
        """The newest interval."""
        return self.recent[-1] if self.recent else None

    def within(self, window: timedelta) -> list[Interval]:
        """The newest intervals that lie in a window as long as this; always the newest one."""
        if not self.recent:
            return []
        end = self.recent[-1].at
        return [one for one in self.recent if end - one.start <= window] or [self.recent[-1]]

    def beside(self, at: datetime, seconds: float) -> Interval | None:
        """The interval that ended nearest to `at`, within half an interval of it."""
        near = [one for one in self.recent if abs((one.at - at).total_seconds()) <= seconds / 2]
        return min(near, key=lambda one: abs(one.at - at), default=None)


class SegmentMemory(msgspec.Struct):
    """One segment: when it was last judged, its congestion and the story it tells, and its speeds of late."""

    judged: datetime | None = None
    jam: Jam = msgspec.field(default_factory=Jam)
    story: str | None = None
    trend: list[float] = []

    def remember(self, speed: float | None) -> None:
        """Adds a speed to the trend."""
        if speed is not None:
            self.trend = [*self.trend, round(speed, 1)][-TREND_KEPT:]


class Corridor(State):
    """Detectors that stand on one segment or in sequence, judged together."""

    detectors: dict[str, DetectorMemory] = msgspec.field(default_factory=dict)
    segments: dict[str, SegmentMemory] = msgspec.field(default_factory=dict)
    spots: dict[str, Suspicion] = msgspec.field(default_factory=dict)

    def detector(self, id: str) -> DetectorMemory:
        """What is remembered of a detector."""
        return self.detectors.setdefault(id, DetectorMemory())

    def segment(self, id: str) -> SegmentMemory:
        """What is remembered of a segment."""
        return self.segments.setdefault(id, SegmentMemory())

    def spot(self, id: str) -> Suspicion:
        """What is remembered of a spot."""
        return self.spots.setdefault(id, Suspicion())
