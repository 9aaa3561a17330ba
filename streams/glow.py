"""Light that lamps throw on the road at night: it moves, but is no thing, and it sticks cars to each other.

Light only adds, and adds softly: where the picture is brighter than the ground, and has no edge that the ground in so
much light would not have, nothing stands. By day a smooth roof looks like that, too; so it is left out only while
most of what moves is such light and lamps are among it, which no picture of a day has.
"""

from __future__ import annotations

import cv2
import numpy as np
from cv2.typing import MatLike as Image

from streams.settings import DEFAULT, Settings

MEMORY = 0.97  # how much of what was seen is kept from one judged picture to the next
AT_ONCE, SELDOM = 15, 3  # pictures each of which is judged; after them one of so many is, while no lamps light the road
AT_FIRST = 0.05  # of a picture that is taken to have moved without light, until more is seen
_BESIDE = np.ones((3, 3), np.uint8)
_RIM = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))


class Glow:
    """Of one camera: learns whether it is a night with lamps. Pictures are of one size, their exposure evened."""

    def __init__(self, settings: Settings = DEFAULT) -> None:
        self._settings = settings
        self._ground: Image | None = None
        self._edges: Image | None = None
        self._moving = self._glowing = self._shining = 0.0
        self._looks = 0
        self.lit = False
        """Whether lamps light the road."""
        self.own: Image | None = None
        """By how many luma a pixel the edges of the last picture are steeper than the ground's; None but at night."""

    def know(self, ground: Image) -> None:
        """What the ground looks like now."""
        if self._ground is None:
            self._moving = AT_FIRST * ground.shape[0] * ground.shape[1]
        self._ground = _grey(ground)
        self._edges = cv2.dilate(edges(self._ground), _BESIDE)

    def leave_out(self, moving: Image, picture: Image) -> None:
        """Takes the light out of the mask of what moves, at night."""
        if self._ground is None or self._edges is None:
            return
        self._looks += 1
        if not self.lit and self._looks > AT_ONCE and self._looks % SELDOM:
            return
        grey = _grey(picture)
        own = own_edges(grey, self._ground, self._edges)
        light = glow(moving, grey, self._ground, own, self._settings)
        shining = cv2.bitwise_and(moving, _above(grey, self._settings.lamp_luma))
        self._judge(cv2.countNonZero(moving), cv2.countNonZero(light), cv2.countNonZero(shining))
        self.own = own if self.lit else None
        if self.lit:
            moving[light > 0] = 0

    def _judge(self, moving: int, glowing: int, shining: int) -> None:
        settings = self._settings
        self._moving = MEMORY * self._moving + moving
        self._glowing = MEMORY * self._glowing + glowing
        self._shining = MEMORY * self._shining + shining
        share = settings.unlit_share if self.lit else settings.lit_share
        lamps = self._shining >= settings.lamp_share * self._moving
        self.lit = lamps and self._glowing > share * self._moving


def edges(grey: Image) -> Image:
    """How steep a grey picture is at each pixel, in luma a pixel."""
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.25), cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.25)
    return cv2.magnitude(across, down)


def own_edges(grey: Image, ground: Image, ground_edges: Image) -> Image:
    """By how many luma a pixel the edges of a grey picture are steeper than the ground's would be in so much light,
    which makes them as much stronger as the ground brighter; below 0 where they are not."""
    brighter = np.maximum(cv2.divide(grey, np.maximum(ground, 1), dtype=cv2.CV_32F), np.float32(1))
    return edges(grey) - np.asarray(ground_edges) * brighter


def glow(moving: Image, grey: Image, ground: Image, own: Image, settings: Settings = DEFAULT) -> Image:
    """The mask of what moves and is only lit: brighter than the ground, with no edge near it but the ground's."""
    steep = _above(own, settings.own_edge).astype(np.uint8)
    lit = _above(cv2.subtract(grey, ground), settings.glow_luma)
    soft = cv2.bitwise_not(cv2.dilate(steep, _RIM))
    return cv2.bitwise_and(cv2.bitwise_and(moving, lit), soft)


def _above(grey: Image, luma: float) -> Image:
    return cv2.threshold(grey, luma, 255, cv2.THRESH_BINARY)[1]


def _grey(picture: Image) -> Image:
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
