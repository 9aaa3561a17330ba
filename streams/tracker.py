"""Which box of this picture is which of the last: things go on as they went, or nearly so."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from streams.messages import Point
from streams.motion import Box

SURE_AFTER = 2  # pictures in which a thing must have been seen to be one
FORGOTTEN_AFTER = 4  # pictures without it
FOLLOW = 0.6  # how far a track's place is drawn to what was seen
STEER = 0.5  # and its speed
REACH = 1.2  # how many of its own sizes a thing may be away from where it was awaited
NEW_REACH = 2.0  # the same while its speed is unknown
LEAST_SIZE = 0.03  # of the picture; smaller things may err by as much as this size allows
MOST_GROWTH = 4.0  # in area


class Track(msgspec.Struct):
    """One thing on its way. `foot` is where it stands, `was` where it stood in the last picture it was seen in."""

    id: int
    box: Box
    foot: Point
    was: Point
    speed: Point = (0.0, 0.0)
    seen: int = 1
    missed: int = 0

    @property
    def sure(self) -> bool:
        """Whether it is a thing and no flicker."""
        return self.seen >= SURE_AFTER

    @property
    def awaited(self) -> Point:
        """Where it should be in the next picture."""
        return self.foot[0] + self.speed[0], self.foot[1] + self.speed[1]


class Tracker:
    """Follows boxes from picture to picture. `aspect` is the picture's width divided by its height."""

    def __init__(self, aspect: float) -> None:
        self.tracks: list[Track] = []
        self._aspect = aspect
        self._next = 1

    def forget(self) -> None:
        """What comes next does not go on from what was."""
        self.tracks.clear()

    def follow(self, boxes: Sequence[Box]) -> list[Track]:
        """The tracks that were seen in this picture."""
        pairs = _nearest_first([self._distances(track, boxes) for track in self.tracks])
        seen = [self._move(self.tracks[number], boxes[which]) for number, which in pairs]
        met = {number for number, _ in pairs}
        for number, track in enumerate(self.tracks):
            if number not in met:
                track.missed += 1
                track.foot = track.awaited
        self.tracks = [track for track in self.tracks if track.missed <= (FORGOTTEN_AFTER if track.sure else 0)]
        taken = {which for _, which in pairs}
        born = [self._born(box) for which, box in enumerate(boxes) if which not in taken]
        self.tracks += born
        return seen + born

    def _distances(self, track: Track, boxes: Sequence[Box]) -> list[float]:
        """How far each box is from where the track was awaited, in reaches: beyond 1 it is another thing."""
        x, y = track.awaited
        reach = (REACH if track.seen > 1 else NEW_REACH) * _size(track.box, self._aspect)
        return [_distance(x - box.foot[0], y - box.foot[1], self._aspect, track.box, box) / reach for box in boxes]

    def _move(self, track: Track, box: Box) -> Track:
        gap = track.missed + 1
        x, y = track.awaited
        track.was = track.foot if not track.missed else track.was
        new = x + FOLLOW * (box.foot[0] - x), y + FOLLOW * (box.foot[1] - y)
        if track.seen == 1:
            new, track.speed = box.foot, ((box.foot[0] - track.foot[0]) / gap, (box.foot[1] - track.foot[1]) / gap)
        else:
            steer = STEER / gap
            track.speed = track.speed[0] + steer * (box.foot[0] - x), track.speed[1] + steer * (box.foot[1] - y)
        track.foot, track.box, track.missed, track.seen = new, box, 0, track.seen + 1
        return track

    def _born(self, box: Box) -> Track:
        track = Track(self._next, box, box.foot, box.foot)
        self._next += 1
        return track


def _size(box: Box, aspect: float) -> float:
    return float(max(LEAST_SIZE, (box.w * aspect * box.h) ** 0.5))


def _distance(dx: float, dy: float, aspect: float, one: Box, other: Box) -> float:
    growth = (other.w * other.h) / (one.w * one.h)
    if not 1 / MOST_GROWTH <= growth <= MOST_GROWTH:
        return float("inf")
    return float(((dx * aspect) ** 2 + dy * dy) ** 0.5)


def _nearest_first(distances: list[list[float]]) -> list[tuple[int, int]]:
    """Pairs of (track, box), the nearest pair first, each track and box once, none out of reach."""
    offers = sorted(
        (distance, track, box)
        for track, row in enumerate(distances)
        for box, distance in enumerate(row)
        if distance <= 1
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
