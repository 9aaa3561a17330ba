"""At night: a blob larger than one vehicle is as many as it has lumps of edges, each as large as a vehicle is there.

A vehicle has edges, by its lamps and against the road; the light between two vehicles has few. Where the edges within
a window of a vehicle's size are most, there is one; where those that are left are most, the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from cv2.typing import MatLike as Image
from numpy.typing import NDArray

from streams.blobs import Pixels

Numbers = NDArray[np.floating[Any]]

LARGE = 1.5  # usual widths; what is neither wider nor taller is taken for one thing
FLAT = 0.8  # height by width of a vehicle
WINDOW = 1.1  # usual widths over which edges are summed up
WEAKEST = 0.35  # of the edges of the strongest vehicle in a blob, that another must have
MOST = 6  # vehicles in one blob
STEEPEST = 50.0  # luma a pixel; a steeper edge counts as this
STEP = 2  # pixels between two windows
LEAST = 1.0  # luma a pixel, in the mean of a window that has a vehicle


def vehicles(moving: Image, own: Image, widths: Numbers, least: int) -> Iterator[tuple[Pixels, bool]]:
    """The things in a mask of what moves, and whether each is a part of a blob; `own` is by how many luma a pixel the
    edges are steeper than the ground's, `widths` those of things by row, `least` the pixels a blob must have."""
    _count, labels, stats, _centres = cv2.connectedComponentsWithStats(moving, connectivity=8, ltype=cv2.CV_16U)
    for label, (x, y, w, h, area) in enumerate(stats[1:].tolist(), 1):
        if area < least:
            continue
        usual, blob = widths[y + h - 1], Pixels(x, y, w, h, area)
        if max(w, h) <= LARGE * usual:
            yield blob, False
            continue
        part = slice(y, y + h), slice(x, x + w)
        steep = np.where(labels[part] == label, np.clip(own[part], 0, STEEPEST), 0)
        parts = [
            _around(x + column, y + row, widths[y + row], moving.shape)
            for row, column in lumps(steep, widths[y : y + h])
        ]
        if not parts:
            yield blob, False
            continue
        yield from ((one, True) for one in parts)


def lumps(steep: Numbers, widths: Numbers) -> list[tuple[int, int]]:
    """Row and column of each lump in a picture of edges, the strongest first; `widths` are those of things by row.

    What has been found takes its edges with it: two halves of vehicles do not make a third.
    """
    left, found = steep.astype(np.float32), list[tuple[int, int]]()
    windows, enough = Windows(steep.shape, widths), LEAST
    while len(found) < MOST:
        row, column, mean = windows.best(left)
        if mean <= enough:
            break
        enough = enough if found else max(enough, WEAKEST * mean)
        found.append((row, column))
        down, across = round(FLAT * widths[row] / 2), round(widths[row] / 2)
        left[max(0, row - down) : row + down + 1, max(0, column - across) : column + across + 1] = 0
    return found


class Windows:
    """Around every second pixel of every second row of a picture one as large as a thing in its row."""

    def __init__(self, shape: tuple[int, ...], widths: Numbers) -> None:
        height, width = shape
        rows, columns = np.arange(0, height, STEP), np.arange(0, width, STEP)
        across = np.maximum(2, np.round(widths[::STEP] * WINDOW / 2)).astype(int)
        down = np.maximum(2, np.round(widths[::STEP] * FLAT * WINDOW / 2)).astype(int)
        top, bottom = (np.clip(rows + by, 0, height)[:, None] * (width + 1) for by in (-down, down + 1))
        left, right = (np.clip(columns + by[:, None], 0, width) for by in (-across, across + 1))
        self._corners = bottom + right, top + right, bottom + left, top + left
        self._shares = (1 / ((2 * across + 1) * (2 * down + 1)))[:, None]

    def best(self, steep: Numbers) -> tuple[int, int, float]:
        """Row and column of that with the steepest edges, and their mean."""
        total = cv2.integral(steep).ravel()
        first, second, third, last = (total.take(corner) for corner in self._corners)
        mean = ((first - second) - (third - last)) * self._shares
        row, column = divmod(int(np.argmax(mean)), mean.shape[1])
        return row * STEP, column * STEP, float(mean[row, column])


def _around(x: int, y: int, width: float, shape: tuple[int, ...]) -> Pixels:
    """A thing of usual size around its middle, as far as the picture goes."""
    rows, columns = shape
    left, right = max(0, round(x - width / 2)), min(columns, round(x + width / 2))
    top, bottom = max(0, round(y - FLAT * width / 2)), min(rows, round(y + FLAT * width / 2))
    return Pixels(left, top, right - left, bottom - top, (right - left) * (bottom - top))
