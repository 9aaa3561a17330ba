"""What moves in a picture: everything that differs from what usually stands there."""

from __future__ import annotations

from typing import Any

import cv2
import msgspec
import numpy as np
from cv2.typing import MatLike as Image
from numpy.typing import NDArray

from streams.blobs import Sizes, things
from streams.settings import DEFAULT, Settings

QUICKLY = 0.35  # how much of a picture goes into the background while it settles
GROUND_EVERY = 3  # pictures; the ground is what the background looks like
SAMPLE = 8  # every so many pixels are enough to tell how bright all is
LEAST_PIXELS = 6
_NEAR = np.ones((3, 3), np.uint8)


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

    @property
    def size(self) -> float:
        """The side of a square as large as it."""
        return float(max(0.03, (self.w * self.h) ** 0.5))


class Moving(msgspec.Struct, frozen=True):
    """What moves in one picture; nothing does while the background is being learned anew."""

    boxes: tuple[Box, ...]
    share: float
    settled: bool


class Motion:
    """Learns the background of small colour pictures of one size and says what stands out."""

    def __init__(self, settings: Settings = DEFAULT) -> None:
        self._settings = settings
        # Shadows are not looked for: on a grey road they are what dark cars look like.
        self._background = cv2.createBackgroundSubtractorMOG2(
            settings.remembered, settings.variance, detectShadows=False
        )
        self._settling = settings.settling
        self._looks = 0
        self._ground: Image | None = None
        self._darkest: Image | None = None
        self._lightest: Image | None = None
        self.sizes: Sizes | None = None
        self._close = cv2.getStructuringElement(
            cv2.MORPH_ELLIPSE, (5, 9)
        )  # taller than wide: hoods and roofs come apart one above the other
        self._open = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))

    def look(self, picture: Image) -> Moving:
        """What moves now; the picture goes into the background."""
        smooth = self._evened(cv2.GaussianBlur(picture, (5, 5), 0))
        moving = self._background.apply(smooth, learningRate=QUICKLY if self._settling else -1)
        self._take_ground()
        if self._darkest is not None and self._lightest is not None:
            moving[cv2.inRange(smooth, self._darkest, self._lightest) > 0] = 0
        share = cv2.countNonZero(moving) / moving.size
        if share > self._settings.changed_share:
            self._settling = self._settings.settling
        if self._settling:
            self._settling -= 1
            return Moving((), 0.0, settled=False)
        return Moving(self._boxes(moving), share, settled=True)

    def learn(self, box: Box) -> None:
        """A thing that was followed for a while is so large here."""
        if self.sizes is not None and self._ground is not None:
            height, width = self._ground.shape[:2]
            self.sizes.learn((box.y + box.h) * height, box.w * width)

    def _evened(self, picture: Image) -> Image:
        """The picture as bright as the ground: cameras open and close their iris when something large passes."""
        if self._ground is None or self._settling:
            return picture
        apart = picture[::SAMPLE, ::SAMPLE].astype(np.int16) - self._ground[::SAMPLE, ::SAMPLE]
        shift = np.median(apart.reshape(-1, apart.shape[-1]), axis=0)
        if np.abs(shift).max() < 1:
            return picture
        if np.abs(shift).max() > self._settings.changed_luma:
            self._settling = self._settings.settling
            return picture
        return _shifted(picture, -shift)

    def _take_ground(self) -> None:
        self._looks += 1
        if self._looks % GROUND_EVERY and self._looks > 2 * GROUND_EVERY:
            return
        tolerance = np.full(3, self._settings.tolerance)
        self._ground = self._background.getBackgroundImage()
        self._darkest = _shifted(cv2.erode(self._ground, _NEAR), -tolerance)
        self._lightest = _shifted(cv2.dilate(self._ground, _NEAR), tolerance)

    def _boxes(self, moving: Image) -> tuple[Box, ...]:
        solid = cv2.morphologyEx(cv2.morphologyEx(moving, cv2.MORPH_OPEN, self._open), cv2.MORPH_CLOSE, self._close)
        height, width = solid.shape
        if self.sizes is None:
            self.sizes = Sizes(height)
        least = max(LEAST_PIXELS, int(self._settings.least_share * solid.size))
        return tuple(
            Box(one.x / width, one.y / height, one.w / width, one.h / height)
            for one in things(solid, self.sizes, least)
        )


def _shifted(picture: Image, by: NDArray[np.floating[Any]]) -> Image:
    """The picture with so much added to its channels, kept within 0-255."""
    return cv2.add(picture, np.array([*by.tolist(), 0.0]))
