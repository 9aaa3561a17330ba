"""Parts of a picture that are nobody's business: black before anything is looked at, stored or shown."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from cv2.typing import MatLike as Image

from streams.messages import Point

_SAMPLE = 200  # pixels a side, by which it is judged how much is left


class Masks:
    """The polygons of one camera, points as shares of width and height."""

    def __init__(self, polygons: Sequence[Sequence[Point]]) -> None:
        self._polygons = [np.array(polygon, np.float64) for polygon in polygons]

    def burn(self, picture: Image) -> None:
        """Makes them black in a picture of any size."""
        height, width = picture.shape[:2]
        for polygon in self._polygons:
            corners = np.rint(polygon * (width, height)).astype(np.int32)
            cv2.fillPoly(picture, [corners], (0, 0, 0))

    def visible(self) -> float:
        """The share of a picture that is left."""
        sample = np.full((_SAMPLE, _SAMPLE, 3), 255, np.uint8)
        self.burn(sample)
        return cv2.countNonZero(sample[:, :, 0]) / _SAMPLE**2
