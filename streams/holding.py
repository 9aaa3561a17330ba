"""What is to be blurred in each picture of a clip: what was found in one, held over its neighbours. Pure.

What finds persons and vehicles misses some in single pictures, and one picture in the clear is enough to recognise
somebody. So whatever was found is followed, is blurred between where it was lost and found again, and for a while
before it was found first and after it was seen last, wider with each picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import msgspec

from streams.blurring import Box, proposed, widened
from streams.marks import Marks

HOLD_MS = {"detector": 1_500, "motion": 4_000}
"""So long something is held that is found no more: what stopped is still there, but moves no longer."""
HOLD_BEFORE_MS = 1_500
HOLD_PICTURES = 2  # at least, however far apart they are
WIDER_EACH, WIDEST = 0.1, 0.4  # of its size to each side, with each picture it is held, and at most
NEAR = 1.5  # of its own size, from one picture to the next: a motorcycle at two pictures a second
ALIKE = 3.0  # times as large at most, to be the same
MOST_THINGS, MOST_BOXES = 400, 20_000
ALL: Box = (0.0, 0.0, 1.0, 1.0)

By = Literal["detector", "motion", "nothing"]


class Thing(msgspec.Struct, frozen=True):
    """Something to be blurred: a box for each picture from the `first` on (counted from 0). By `nothing`: all of these
    pictures, because nothing is known of them."""

    by: By
    first: int
    boxes: tuple[Box, ...]

    @property
    def last(self) -> int:
        """The number of the last picture."""
        return self.first + len(self.boxes) - 1


class ProposedClip(msgspec.Struct, frozen=True):
    """What is to be blurred before anybody has looked: things, or the `whole` clip where nothing is known of it or too
    much is in it."""

    by: By
    things: tuple[Thing, ...]
    whole: bool


class _Track:
    """One thing, by the pictures it was found in."""

    def __init__(self, by: Literal["detector", "motion"], number: int, box: Box) -> None:
        self.by, self.found = by, {number: box}
        self.last = number

    def add(self, number: int, box: Box) -> None:
        self.found[number] = box
        self.last = number


def proposed_clip(marks: Sequence[Marks | None], shown_ms: Sequence[int]) -> ProposedClip:
    """What the pictures' own boxes propose; `shown_ms` is when each is shown, in milliseconds."""
    by = _by(marks)
    if sum(len(one.boxes) for one in marks if one is not None) > MOST_BOXES:
        return ProposedClip(by, (), whole=True)
    tracks = _followed(marks, shown_ms)
    things = [_held(track, shown_ms) for track in tracks]
    covered = {number for thing in things for number in range(thing.first, thing.last + 1)}
    dark = [n for n, one in enumerate(marks) if one is None or (proposed(one).whole and n not in covered)]
    if not marks or len(dark) == len(marks):
        return ProposedClip("nothing" if all(one is None for one in marks) else by, (), whole=True)
    things += [Thing("nothing", some[0], (ALL,) * len(some)) for some in _runs(dark)]
    if len(things) > MOST_THINGS or sum(len(thing.boxes) for thing in things) > MOST_BOXES:
        return ProposedClip(by, (), whole=True)
    return ProposedClip(by, tuple(things), whole=False)


def _by(marks: Sequence[Marks | None]) -> By:
    found = {one.by for one in marks if one is not None}
    return "detector" if "detector" in found else "motion" if found else "nothing"


def _followed(marks: Sequence[Marks | None], shown_ms: Sequence[int]) -> list[_Track]:
    tracks: list[_Track] = []
    for number, one in enumerate(marks):
        if one is None:
            continue
        boxes = list(proposed(one).boxes)
        lively = [track for track in tracks if _within(track.last, number, HOLD_MS[track.by], shown_ms)]
        pairs = sorted(
            (_apart(track.found[track.last], box, number - track.last), mine, its)
            for mine, track in enumerate(lively)
            for its, box in enumerate(boxes)
        )
        taken_tracks, taken_boxes = set[int](), set[int]()
        for apart, mine, its in pairs:
            if apart <= NEAR and mine not in taken_tracks and its not in taken_boxes:
                lively[mine].add(number, boxes[its])
                taken_tracks.add(mine)
                taken_boxes.add(its)
        tracks += [_Track(one.by, number, box) for its, box in enumerate(boxes) if its not in taken_boxes]
        if len(tracks) > MOST_THINGS:
            break  # nobody looks through so much: all of it is proposed
    return tracks


def _held(track: _Track, shown_ms: Sequence[int]) -> Thing:
    found = sorted(track.found)
    first, last = found[0], found[-1]
    begin = first
    while begin > 0 and _within(begin - 1, first, HOLD_BEFORE_MS, shown_ms):
        begin -= 1
    end = last
    while end + 1 < len(shown_ms) and _within(last, end + 1, HOLD_MS[track.by], shown_ms):
        end += 1
    boxes = dict(track.found)
    for sooner, later in pairwise(found):
        between = _union(track.found[sooner], track.found[later])
        boxes |= {number: widened(between, WIDER_EACH) for number in range(sooner + 1, later)}
    for number in range(begin, first):
        boxes[number] = _wider(track.found[first], first - number)
    for number in range(last + 1, end + 1):
        boxes[number] = _wider(track.found[last], number - last)
    return Thing(track.by, begin, tuple(boxes[number] for number in range(begin, end + 1)))


def _within(sooner: int, later: int, most_ms: int, shown_ms: Sequence[int]) -> bool:
    return later - sooner <= HOLD_PICTURES or shown_ms[later] - shown_ms[sooner] <= most_ms


def _wider(box: Box, pictures: int) -> Box:
    return widened(box, min(WIDEST, WIDER_EACH * pictures))


def _apart(one: Box, other: Box, pictures: int) -> float:
    """How far two boxes are from being the same, in sizes of the larger one a picture; endless where one is far
    larger."""
    areas = sorted(max(box[2] * box[3], 1e-9) for box in (one, other))
    if areas[1] > areas[0] * ALIKE**2:
        return float("inf")
    dx = abs((one[0] + one[2] / 2) - (other[0] + other[2] / 2)) / max(one[2], other[2], 1e-6)
    dy = abs((one[1] + one[3] / 2) - (other[1] + other[3] / 2)) / max(one[3], other[3], 1e-6)
    return max(dx, dy) / pictures


def _union(one: Box, other: Box) -> Box:
    left, top = min(one[0], other[0]), min(one[1], other[1])
    right, bottom = max(one[0] + one[2], other[0] + other[2]), max(one[1] + one[3], other[1] + other[3])
    return (left, top, right - left, bottom - top)


def _runs(numbers: Sequence[int]) -> list[list[int]]:
    """Numbers that follow one another, together."""
    runs: list[list[int]] = []
    for number in numbers:
        if not runs or number != runs[-1][-1] + 1:
            runs.append([])
        runs[-1].append(number)
    return runs
