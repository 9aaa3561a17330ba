"""Motion or detector: each is blind where the other sees, one in jams, one at night and from above.

Nobody tells them which scene it is. Where things that move for a while are not seen by the detector too, it is blind;
that is judged line by line, because one carriageway shows its tail lights and the other its headlights.
"""

from __future__ import annotations

from collections.abc import Sequence

from streams.geometry import distance
from streams.messages import Line
from streams.motion import Box
from streams.settings import DEFAULT, Settings
from streams.tracker import Track

SEEN, COME = 4, 1.0  # pictures and own sizes after which what moves is a thing
NEAR = 0.3  # of the picture; what moves further from a line says nothing about it
HEAD_START = 4.0  # looks in which the detector is taken to have seen everything, to begin with
COVERED = 0.25  # of the smaller of two boxes that must lie in the other one, for both to be the same thing


class Choice:
    """Whether the detector is to be believed at one line."""

    def __init__(self, line: Line, settings: Settings = DEFAULT) -> None:
        self._line, self._settings = line, settings
        self._looks = self._seen = HEAD_START

    @property
    def detector(self) -> bool:
        """Whether it is."""
        return self._seen >= self._settings.seen_share * self._looks

    def learn(self, moving: Sequence[Track], recognised: Sequence[Box]) -> None:
        """What moves, and what the detector sees, in one picture."""
        for track in moving:
            sure = track.seen >= SEEN and not track.missed and track.come >= COME
            if sure and distance(track.foot, self._line.start, self._line.end) <= NEAR:
                kept = self._settings.seen_memory
                self._looks = kept * self._looks + 1
                self._seen = kept * self._seen + any(_same(track.box, box) for box in recognised)


def _same(one: Box, other: Box) -> bool:
    across = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    down = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    return across > 0 and down > 0 and across * down >= COVERED * min(one.w * one.h, other.w * other.h)
