"""One interval of a detector, joined from readings that come one by one and in any order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from modules.traffic.kinds import OCCUPANCY, QUEUE, SPEED, vehicle_of

FORGOTTEN_AFTER = 12  # intervals without a kind until it is no longer waited for


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """What a detector measured in the `seconds` before `at`.

    `doubted` are the kinds whose value is suspect; `missing` those it usually gives and did not.
    """

    at: datetime
    seconds: float
    counts: dict[str, float] = {}
    occupancy: float | None = None
    speed: float | None = None
    queue: float | None = None
    doubted: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    simulated: bool = False

    @property
    def start(self) -> datetime:
        """When the interval began."""
        return self.at - timedelta(seconds=self.seconds)

    @property
    def vehicles(self) -> float | None:
        """Vehicles of all kinds, None where none are counted."""
        return sum(self.counts.values()) if self.counts else None

    def good(self, *kinds: str) -> bool:
        """Whether these values are there and nobody doubts them."""
        return not any(kind in self.doubted or self.value(kind) is None for kind in kinds)

    def value(self, kind: str) -> float | None:
        """The value of one kind."""
        vehicle = vehicle_of(kind)
        if vehicle:
            return self.counts.get(vehicle)
        return {OCCUPANCY: self.occupancy, SPEED: self.speed, QUEUE: self.queue}[kind]


class Part(msgspec.Struct, frozen=True):
    """One reading on its way into an interval: a kind, its value, the end of its interval."""

    kind: str
    value: float
    at: datetime
    doubted: bool = False
    simulated: bool = False


class Joiner(msgspec.Struct):
    """Joins the readings of one detector. `waited_for` counts, by kind, the intervals that lately came without it."""

    at: datetime | None = None  # of the interval being joined
    closed: datetime | None = None
    parts: dict[str, Part] = {}
    waited_for: dict[str, int] = {}

    def put(self, part: Part, seconds: float) -> Iterator[Interval]:
        """Takes a reading and gives the intervals it closes: its own when nothing more is waited for, and the one
        before when it begins a new one. A reading of a closed interval changes nothing: time does not go back."""
        if self.closed is not None and part.at <= self.closed:
            self.waited_for[part.kind] = 0
            return
        if self.at is not None and part.at < self.at:
            return
        if self.at is not None and part.at > self.at:
            yield self._close(self.at, seconds)
        self.at = part.at
        self.parts[part.kind] = part
        if self.waited_for and self.waited_for.keys() <= self.parts.keys():
            yield self._close(part.at, seconds)

    def _close(self, at: datetime, seconds: float) -> Interval:
        interval = joined(at, seconds, self.parts, tuple(self.waited_for.keys() - self.parts.keys()))
        known = {kind: missed + 1 for kind, missed in self.waited_for.items() if missed + 1 < FORGOTTEN_AFTER}
        self.waited_for = known | dict.fromkeys(self.parts, 0)
        self.at, self.closed, self.parts = None, at, {}
        return interval


def joined(at: datetime, seconds: float, parts: dict[str, Part], missing: tuple[str, ...] = ()) -> Interval:
    """The interval that these readings make."""
    values = {kind: part.value for kind, part in parts.items()}
    counts = {vehicle: value for kind, value in values.items() if (vehicle := vehicle_of(kind))}
    return Interval(
        at=at,
        seconds=seconds,
        counts=counts,
        occupancy=values.get(OCCUPANCY),
        speed=values.get(SPEED),
        queue=values.get(QUEUE),
        doubted=tuple(sorted(kind for kind, part in parts.items() if part.doubted)),
        missing=tuple(sorted(missing)),
        simulated=any(part.simulated for part in parts.values()),
    )
