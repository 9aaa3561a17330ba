"""Headlamps and tail lamps drawn on vehicles of a clip by day, for nights whose truth is known."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from cv2.typing import MatLike as Image

from streams.detector import Detector
from streams.settings import RECOGNISED
from streams.tracker import Track, Tracker

VEHICLES = frozenset({"car", "bus", "truck", "motorcycle"})
WHITE, RED = (255.0, 235.0, 220.0), (40.0, 40.0, 230.0)  # BGR
SEEN = 3  # pictures after which it is one
BEAM, GLOW = 120.0, 0.45  # luma on the road; how bright the halo of a lamp is by the lamp


class Lamps:
    """Draws on a darkened picture what the lamps of the vehicles in it, which a detector sees by day, would light."""

    def __init__(self, detector: Detector, darken: Callable[[Image, float], Image]) -> None:
        self._detector, self._darken = detector, darken
        self._tracker = Tracker(RECOGNISED)

    def change(self, picture: Image, at: float) -> Image:
        """The picture by night; pictures come in the order of their times `at`."""
        things = self._detector.look(picture)
        self._tracker.follow([thing.box for thing in things if thing.kind in VEHICLES])
        dark = self._darken(picture, at)
        light = np.zeros(dark.shape, np.float32)
        for track in self._tracker.tracks:
            if track.seen > SEEN and track.come >= 1:  # parked cars are dark
                _light(light, track)
        return np.clip(dark + light, 0, 255).astype(np.uint8)


def _light(light: Image, track: Track) -> None:
    height, width = light.shape[:2]
    box, (x, y) = track.box, track.foot
    wide, tall = box.w * width, box.h * height
    comes = track.foot[1] > track.born[1]
    colour, left, right = (WHITE if comes else RED), (x - 0.3 * box.w) * width, (x + 0.3 * box.w) * width
    row = y * height - 0.3 * min(tall, wide)
    _beam(light, x * width, y * height, wide, comes)
    for column in (left, right):
        _spot(light, (column, row), max(1.5, 0.09 * wide), colour, 1.0)
        if comes:
            _spot(light, (column, row), max(3.0, 0.30 * wide), (255.0, 120.0, 60.0), GLOW)


def _beam(light: Image, x: float, y: float, wide: float, comes: bool) -> None:
    """Light on the road before the vehicle: below it where it comes, above it where it goes away."""
    length, widens = 1.6 * wide, 0.7
    ahead = 1 if comes else -1
    begin = y if comes else y - 0.7 * wide
    end = begin + ahead * length
    corners = [
        (x - 0.45 * wide, begin),
        (x + 0.45 * wide, begin),
        (x + widens * wide, end),
        (x - widens * wide, end),
    ]
    shape = np.zeros(light.shape[:2], np.float32)
    cv2.fillConvexPoly(shape, np.array(corners, np.int32), 1.0)
    shape = cv2.GaussianBlur(shape, (0, 0), max(1.0, 0.18 * wide))
    light += (BEAM if comes else 0.4 * BEAM) * shape[..., None]


def _spot(light: Image, at: tuple[float, float], radius: float, colour: tuple[float, float, float], by: float) -> None:
    reach = int(3 * radius) + 1
    height, width = light.shape[:2]
    x, y = round(at[0]), round(at[1])
    left, top, right, bottom = max(0, x - reach), max(0, y - reach), min(width, x + reach), min(height, y + reach)
    if left >= right or top >= bottom:
        return
    rows, columns = np.mgrid[top:bottom, left:right]
    shape = np.exp(-((columns - at[0]) ** 2 + (rows - at[1]) ** 2) / (2 * radius**2)).astype(np.float32)
    light[top:bottom, left:right] += by * shape[..., None] * np.array(colour, np.float32)
