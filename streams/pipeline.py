"""One picture after the other: is it a picture, what moves in it, what passed, what stands where."""

from __future__ import annotations

from collections import Counter

import cv2
import msgspec
from cv2.typing import MatLike as Image

from streams.counting import Counting, Crossing
from streams.messages import Limits, Line, PictureState, Zone
from streams.motion import Motion
from streams.picture import PictureWatch
from streams.tracker import Tracker

WIDTH = 320  # pixels; whole pictures cost three to eight times as much and count no better
JPEG_WIDTH, JPEG_QUALITY = 640, 70
MOST_PIXELS = 4096 * 2304 * 2


class TooLarge(Exception):
    """The picture is no camera's."""


class Seen(msgspec.Struct, frozen=True):
    """What one picture showed."""

    state: PictureState
    motion: float
    crossings: Counter[Crossing]
    zones: dict[str, int]


class Pipeline:
    """The analysis of one camera. Pictures are BGR as OpenCV gives them and may change their size at any time."""

    def __init__(
        self,
        limits: Limits,
        lines: tuple[Line, ...] = (),
        zones: tuple[Zone, ...] = (),
        sharpness: float | None = None,
    ) -> None:
        self._watch = PictureWatch(limits, sharpness)
        self._lines, self._zones = lines, zones
        self._shape: tuple[int, ...] = ()
        self._begin(16 / 9)

    @property
    def sharpness(self) -> float | None:
        """What the picture usually has."""
        return self._watch.sharpness

    def cut(self) -> None:
        """What comes next does not go on from what was: a clip begins anew."""
        self._tracker.forget()

    def look(self, picture: Image, at: float) -> Seen:
        """What this picture shows; `at` are seconds that only go forward.

        Raises:
            TooLarge: it has more pixels than any camera.
        """
        small = shrunk(picture, WIDTH)
        if small.shape != self._shape:
            self._shape = small.shape
            self._begin(small.shape[1] / small.shape[0])
        state = self._watch.look(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), at)
        moving = self._motion.look(small)
        if state is not PictureState.OK or not moving.settled:
            self._tracker.forget()
            return Seen(state, 0.0, Counter(), self._counting.standing(()))
        seen = self._tracker.follow(moving.boxes)
        crossings = self._counting.see(seen, self._tracker.tracks)
        return Seen(state, moving.share, crossings, self._counting.standing(self._tracker.tracks))

    def _begin(self, aspect: float) -> None:
        self._motion, self._tracker = Motion(), Tracker(aspect)
        self._counting = Counting(self._lines, self._zones)


def shrunk(picture: Image, width: int) -> Image:
    """The picture at most so wide, its proportions kept.

    Raises:
        TooLarge: it has more pixels than any camera.
    """
    rows, columns = picture.shape[:2]
    if rows * columns > MOST_PIXELS:
        raise TooLarge(f"{columns}x{rows}")
    if columns <= width:
        return picture
    size = (width, max(1, round(rows * width / columns)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def jpeg(picture: Image) -> bytes:
    """The picture for screens, at most 640 pixels wide."""
    done, data = cv2.imencode(".jpg", shrunk(picture, JPEG_WIDTH), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return data.tobytes() if done else b""
