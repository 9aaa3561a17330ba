"""What moves in a picture: everything that differs from what usually stands there."""

from __future__ import annotations

import cv2
import msgspec
from cv2.typing import MatLike as Image

REMEMBERED = 400  # pictures that the background is made of: 80 s at 5 a second
VARIANCE = 24.0
SHADOW = 127  # what OpenCV marks shadows with
LEAST_AREA = 0.0002  # share of the picture; less is rain, leaves and noise
CHANGED_AT_ONCE = 0.45  # so much of the picture does not move: the light has changed, or the camera was turned
SETTLING = 4  # pictures the background is given to find its way after that
QUICKLY = 0.35  # how much of a picture goes into the background meanwhile


class Box(msgspec.Struct, frozen=True):
    """Something that moves, as shares of the picture: left, top, width, height."""

    x: float
    y: float
    w: float
    h: float

    @property
    def foot(self) -> tuple[float, float]:
        """Where it stands: the middle of its lower edge."""
        return self.x + self.w / 2, self.y + self.h

    @property
    def centre(self) -> tuple[float, float]:
        """Its middle."""
        return self.x + self.w / 2, self.y + self.h / 2


class Moving(msgspec.Struct, frozen=True):
    """What moves in one picture; nothing does while the background is being learned anew."""

    boxes: tuple[Box, ...]
    share: float
    settled: bool


class Motion:
    """Learns the background of small pictures of one size and says what stands out."""

    def __init__(self) -> None:
        self._background = cv2.createBackgroundSubtractorMOG2(REMEMBERED, VARIANCE, detectShadows=True)
        self._settling = SETTLING
        self._close = cv2.getStructuringElement(
            cv2.MORPH_ELLIPSE, (5, 9)
        )  # taller than wide: hoods and roofs come apart one above the other
        self._open = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))

    def look(self, picture: Image) -> Moving:
        """What moves now; the picture goes into the background."""
        mask = self._background.apply(picture, learningRate=QUICKLY if self._settling else -1)
        moving = cv2.threshold(mask, SHADOW, 255, cv2.THRESH_BINARY)[1]  # without shadows
        share = cv2.countNonZero(moving) / moving.size
        if share > CHANGED_AT_ONCE:
            self._settling = SETTLING
        if self._settling:
            self._settling -= 1
            return Moving((), 0.0, settled=False)
        return Moving(self._boxes(moving), share, settled=True)

    def _boxes(self, moving: Image) -> tuple[Box, ...]:
        solid = cv2.morphologyEx(cv2.morphologyEx(moving, cv2.MORPH_OPEN, self._open), cv2.MORPH_CLOSE, self._close)
        height, width = solid.shape
        # labels of 16 bits are enough for a small picture, and cost a third of the usual ones
        _count, _labels, stats, _centres = cv2.connectedComponentsWithStats(solid, connectivity=8, ltype=cv2.CV_16U)
        things = stats[1:]  # the first is the background
        large = things[things[:, cv2.CC_STAT_AREA] >= LEAST_AREA * solid.size].tolist()
        return tuple(Box(x / width, y / height, w / width, h / height) for x, y, w, h, _area in large)
