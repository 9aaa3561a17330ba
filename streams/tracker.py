"""Which box of this picture is which of the last: things go on as they went, or nearly so."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot, log

import msgspec

from streams.messages import Point
from streams.motion import Box
from streams.settings import DEFAULT, Settings

SURE_AFTER = 2  # pictures in which a thing must have been seen to be one
NEW_SPEED = 2.0  # own sizes a picture: how unsure the speed of a new thing is


class Spread(msgspec.Struct):
    """How unsure a place and a speed are: variances and what they share, the same for both axes."""

    place: float
    both: float
    speed: float

    def grow(self, swerve: float) -> None:
        """One picture later."""
        self.place += 2 * self.both + self.speed + swerve / 4
        self.both += self.speed + swerve / 2
        self.speed += swerve

    def shrink(self, measured: float) -> tuple[float, float]:
        """Something was measured; how far place and speed follow it."""
        total = self.place + measured
        gain, steer = self.place / total, self.both / total
        self.speed -= steer * self.both
        self.place, self.both = (1 - gain) * self.place, (1 - gain) * self.both
        return gain, steer


class Track(msgspec.Struct):
    """One thing on its way, by a Kalman filter of constant speed. `foot` is where it stands, `born` where it was first
    seen, `was` where it was last seen; `path` is all its way, `hidden` the pictures between in which it was not found.
    Speeds are shares of the picture per picture."""

    id: int
    box: Box
    foot: Point
    born: Point
    was: Point
    spread: Spread
    speed: Point = (0.0, 0.0)
    path: float = 0.0
    seen: int = 1
    missed: int = 0
    hidden: int = 0

    @property
    def straight(self) -> float:
        """How much of its path is net way, 0 to 1."""
        net = hypot(self.foot[0] - self.born[0], self.foot[1] - self.born[1])
        return min(1.0, net / self.path) if self.path else 0.0

    @property
    def sure(self) -> bool:
        """Whether it is a thing and no flicker."""
        return self.seen >= SURE_AFTER

    @property
    def come(self) -> float:
        """How far it has come since it was first seen, in its own sizes."""
        return hypot(self.foot[0] - self.born[0], self.foot[1] - self.born[1]) / self.box.size

    def go_on(self, swerve: float) -> None:
        """One picture later."""
        self.foot = self.foot[0] + self.speed[0], self.foot[1] + self.speed[1]
        self.spread.grow((swerve * self.box.size) ** 2)

    def see(self, box: Box, measured: float) -> None:
        """It was found again."""
        x, y = box.foot
        was = self.was
        if self.seen == 1:
            gap = self.missed + 1
            self.speed = (x - self.born[0]) / gap, (y - self.born[1]) / gap
            self.foot = x, y
        else:
            gain, steer = self.spread.shrink((measured * box.size) ** 2)
            away = x - self.foot[0], y - self.foot[1]
            self.foot = self.foot[0] + gain * away[0], self.foot[1] + gain * away[1]
            self.speed = self.speed[0] + steer * away[0], self.speed[1] + steer * away[1]
        self.path += hypot(self.foot[0] - was[0], self.foot[1] - was[1])
        self.hidden += self.missed
        self.box, self.missed, self.seen, self.was = box, 0, self.seen + 1, self.foot


class Tracker:
    """Follows boxes from picture to picture; tracks are numbered from `first` on."""

    def __init__(self, settings: Settings = DEFAULT, first: int = 1) -> None:
        self.tracks: list[Track] = []
        self._settings = settings
        self._next = first

    def forget(self) -> None:
        """What comes next does not go on from what was."""
        self.tracks.clear()

    def follow(self, boxes: Sequence[Box]) -> list[Track]:
        """The tracks that were seen in this picture."""
        settings = self._settings
        for track in self.tracks:
            track.go_on(settings.swerve)
        pairs = _nearest_first([self._distances(track, boxes) for track in self.tracks])
        met = {number for number, _ in pairs}
        for number, track in enumerate(self.tracks):
            track.missed += number not in met
        seen = [self.tracks[number] for number, _ in pairs]
        for track, (_, which) in zip(seen, pairs, strict=True):
            track.see(boxes[which], settings.measured)
        self.tracks = [track for track in self.tracks if track.missed <= self._patience(track)]
        taken = {which for _, which in pairs}
        born = [self._born(box) for which, box in enumerate(boxes) if which not in taken]
        self.tracks += born
        return seen + born

    def _patience(self, track: Track) -> int:
        """Pictures for which a thing may hide; one that was hardly seen has less."""
        return self._settings.forgotten_after if track.seen > SURE_AFTER else track.seen - 1

    def _distances(self, track: Track, boxes: Sequence[Box]) -> list[float]:
        """How far each box is from where the track was awaited, in reaches; infinite where it is another thing."""
        settings = self._settings
        reach = (settings.reach if track.seen > 1 else settings.new_reach) * track.box.size
        return [self._distance(track, box, reach) for box in boxes]

    def _distance(self, track: Track, box: Box, reach: float) -> float:
        settings, (x, y) = self._settings, box.foot
        away = hypot(track.foot[0] - x, track.foot[1] - y) / reach
        if away > 1:
            return float("inf")
        growth = abs(log(box.w * box.h / (track.box.w * track.box.h)))
        return away + settings.growth * growth if growth < settings.most_growth else float("inf")

    def _born(self, box: Box) -> Track:
        measured = (self._settings.measured * box.size) ** 2
        spread = Spread(measured, 0.0, (NEW_SPEED**2) * measured)
        track = Track(self._next, box, box.foot, box.foot, box.foot, spread)
        self._next += 1
        return track


def _nearest_first(distances: list[list[float]]) -> list[tuple[int, int]]:
    """Pairs of (track, box), the nearest pair first, each track and box once, none out of reach."""
    offers = sorted(
        (distance, track, box)
        for track, row in enumerate(distances)
        for box, distance in enumerate(row)
        if distance < float("inf")
    )
    pairs: list[tuple[int, int]] = []
    tracks: set[int] = set()
    boxes: set[int] = set()
    for _, track, box in offers:
        if track not in tracks and box not in boxes:
            pairs.append((track, box))
            tracks.add(track)
            boxes.add(box)
    return pairs
