"""What moves in a picture: everything that differs from what usually stands there."""

from __future__ import annotations

import cv2
import msgspec
import numpy as np
from cv2.typing import MatLike as Image

from streams.blobs import Pixels, Sizes, things
from streams.glow import Glow
from streams.light import Light, brightness, light_on, noise
from streams.lumps import vehicles
from streams.settings import DEFAULT, Settings
from streams.widths import Widths

QUICKLY = 0.35  # how much of a picture goes into the background while it settles
GROUND_EVERY = 3  # pictures; the ground is what the background looks like
LEAST_PIXELS = 6
VAR_MIN, VAR_INIT = 4.0, 15.0  # squared luma; of a pixel in daylight: what OpenCV takes for every light
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
        self._glow = Glow(settings)
        self.sizes: Sizes | None = None
        self._widths: Widths | None = None
        self._parts: frozenset[Box] = frozenset()  # of blobs in the last picture, of usual size each
        self._close = cv2.getStructuringElement(
            cv2.MORPH_ELLIPSE, (5, 9)
        )  # taller than wide: hoods and roofs come apart one above the other
        self._open = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))

    def look(self, picture: Image) -> Moving:
        """What moves now; the picture goes into the background."""
        smooth = cv2.GaussianBlur(picture, (5, 5), 0)
        light = self._light(smooth)
        even = light.taken_off(smooth) if light else smooth
        moving = self._background.apply(even, learningRate=QUICKLY if self._settling else -1)
        self._take_ground(even)
        self._leave_out_ground(moving, smooth, light)
        if not self._settling:
            self._glow.leave_out(moving, even)
        share = cv2.countNonZero(moving) / moving.size
        if share > self._settings.changed_share:
            self._settling = self._settings.settling
        if self._settling:
            self._settling -= 1
            return Moving((), 0.0, settled=False)
        return Moving(self._boxes(moving), share, settled=True)

    def learn(self, box: Box) -> None:
        """A thing that was followed for a while is so large here."""
        if self.sizes is None or self._widths is None or self._ground is None or box in self._parts:
            return
        height, width = self._ground.shape[:2]
        self.sizes.learn((box.y + box.h) * height, box.w * width)
        self._widths.learn((box.y + box.h) * height, box.w * width)

    def _light(self, picture: Image) -> Light | None:
        """The light on the picture, where it is another than on the ground: cameras open and close their iris when
        something large passes."""
        if self._ground is None or self._settling:
            return None
        return light_on(picture, self._ground)

    def _leave_out_ground(self, moving: Image, picture: Image, light: Light | None) -> None:
        """Takes out of what moves what the ground looks like within a pixel, in the light there is now."""
        if self._darkest is None or self._lightest is None:
            return
        darkest, lightest = self._darkest, self._lightest
        if light is not None:
            darkest, lightest = light.put_on(darkest), light.put_on(lightest)
        moving[cv2.inRange(picture, darkest, lightest) > 0] = 0

    def _take_ground(self, even: Image) -> None:
        self._looks += 1
        if self._looks % GROUND_EVERY and self._looks > 2 * GROUND_EVERY:
            return
        self._ground = self._background.getBackgroundImage()
        self._glow.know(self._ground)
        tolerance = np.array([*[self._settings.tolerance * self._adapt(even, self._ground)] * 3, 0.0])
        self._darkest = cv2.subtract(cv2.erode(self._ground, _NEAR), tolerance)
        self._lightest = cv2.add(cv2.dilate(self._ground, _NEAR), tolerance)

    def _adapt(self, even: Image, ground: Image) -> float:
        """By which share of what they do in daylight things differ from their ground, which is the darker the less."""
        settings = self._settings
        least = max(settings.least_light, settings.noises * noise(even, ground) / settings.tolerance)
        share = min(1.0, max(least, brightness(ground) / settings.daylight))
        self._background.setVarMin(VAR_MIN * share**2)
        self._background.setVarInit(VAR_INIT * share**2)
        return share

    def _boxes(self, moving: Image) -> tuple[Box, ...]:
        solid = cv2.morphologyEx(cv2.morphologyEx(moving, cv2.MORPH_OPEN, self._open), cv2.MORPH_CLOSE, self._close)
        height, width = solid.shape
        if self.sizes is None or self._widths is None:
            self.sizes, self._widths = Sizes(height), Widths(height)
        least = max(LEAST_PIXELS, int(self._settings.least_share * solid.size))
        own, widths = self._glow.own, self._widths.rows()
        if own is None or widths is None:
            self._parts = frozenset()
            return tuple(_box(one, width, height) for one in things(solid, self.sizes, least))
        found = [(_box(one, width, height), part) for one, part in vehicles(solid, own, widths, least)]
        self._parts = frozenset(box for box, part in found if part)
        return tuple(box for box, _ in found)


def _box(one: Pixels, width: int, height: int) -> Box:
    return Box(one.x / width, one.y / height, one.w / width, one.h / height)
