"""From pixels that move to things: what hangs together is cut where it has a waist, what is torn is put together.

Both need to know how large a thing is where it stands. A camera looks down on a plane, so that size grows evenly with
the row: it is learned from what was followed for a while.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import msgspec
import numpy as np
from cv2.typing import MatLike as Image
from numpy.typing import NDArray

BANDS = 16  # rows of the picture, in each of which a usual width is learned
LEARN = 0.08  # step of the running median, as a share of the width
KNOWN_AFTER = 6  # things seen in a band
WAIST = 0.62  # of the narrower of its two sides: so thin a waist is between two things
TALL = 1.25  # times its width: a car from the front is no taller
LEAST_PART = 0.30  # of a usual thing: what is smaller is no part that is cut off


class Pixels(msgspec.Struct, frozen=True):
    """A rectangle in pixels: left, top, width, height, and how many of its pixels move."""

    x: int
    y: int
    w: int
    h: int
    area: int

    @property
    def bottom(self) -> int:
        """The row below it."""
        return self.y + self.h


class Sizes:
    """How wide things usually are, by the row in which they stand."""

    def __init__(self, height: int) -> None:
        self._height = height
        self._width = np.zeros(BANDS)
        self._seen = np.zeros(BANDS, int)
        self._usual: list[float] | None = []  # by band, empty while nothing is known; None when it has to be made anew

    def learn(self, bottom: float, width: float) -> None:
        """A thing that is one stands here; both in pixels."""
        band, self._usual = self._band(bottom), None
        usual, self._seen[band] = self._width[band], self._seen[band] + 1
        rate = max(LEARN, 0.5 / self._seen[band])
        self._width[band] = width if not usual else usual * (1 + rate * float(np.clip(width / usual - 1, -1, 1)))

    def usual(self, bottom: float) -> float | None:
        """The usual width in this row, in pixels; None while it is not known."""
        if self._usual is None:
            known = np.flatnonzero(self._seen >= KNOWN_AFTER)
            self._usual = np.interp(range(BANDS), known, self._width[known]).tolist() if len(known) else []
        return self._usual[self._band(bottom)] if self._usual else None

    def _band(self, bottom: float) -> int:
        return min(BANDS - 1, max(0, int(bottom * BANDS / self._height)))


def things(moving: Image, sizes: Sizes, least: int) -> list[Pixels]:
    """The things in a mask; `least` is the number of pixels one must have."""
    _count, labels, stats, _centres = cv2.connectedComponentsWithStats(moving, connectivity=8, ltype=cv2.CV_16U)
    found: list[Pixels] = []
    for label, (x, y, w, h, area) in enumerate(stats[1:].tolist(), 1):
        if area < 4:
            continue
        blob = Pixels(x, y, w, h, area)
        usual = sizes.usual(blob.bottom)
        if area >= least and (h > TALL * w or h > TALL * (usual or w) or w > 1.6 * (usual or w)):
            found += cut((labels[y : y + h, x : x + w] == label), x, y, usual)
        else:
            found.append(blob)
    return [one for one in put_together(found, sizes) if one.area >= least]


def cut(mask: NDArray[np.bool_], x: int, y: int, usual: float | None, depth: int = 0) -> list[Pixels]:
    """The parts of one blob, cut at its waists."""
    h, w = mask.shape
    whole = Pixels(x, y, w, h, int(np.count_nonzero(mask)))
    if depth > 4:
        return [whole]
    size = usual or min(w, h)
    if h > TALL * min(w, size) and (row := _waist(mask.sum(1), size * LEAST_PART * 2)) is not None:
        return _both(mask[:row], x, y, usual, depth) + _both(mask[row:], x, y + row, usual, depth)
    if w > 1.6 * size and (column := _waist(mask.sum(0), size * LEAST_PART * 2)) is not None:
        return _both(mask[:, :column], x, y, usual, depth) + _both(mask[:, column:], x + column, y, usual, depth)
    return [whole]


def _both(mask: NDArray[np.bool_], x: int, y: int, usual: float | None, depth: int) -> list[Pixels]:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return []
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    return cut(mask[top:bottom, left:right], x + int(left), y + int(top), usual, depth + 1)


def _waist(profile: NDArray[np.int_], least: float) -> int | None:
    """Where a profile is thinnest between two thicker parts that are each at least so long; None where nowhere."""
    n, margin = len(profile), max(2, int(least))
    if n < 2 * margin + 1:
        return None
    smooth = np.convolve(profile, np.ones(3) / 3, "same")
    before, after = np.maximum.accumulate(smooth), np.maximum.accumulate(smooth[::-1])[::-1]
    ratio = smooth / np.maximum(1, np.minimum(before, after))
    inner = ratio[margin : n - margin]
    best = int(np.argmin(inner))
    return best + margin if inner[best] < WAIST else None


def put_together(found: Iterable[Pixels], sizes: Sizes) -> list[Pixels]:
    """Pieces that lie one above the other and together are no larger than one thing."""
    left = sorted(found, key=lambda one: -one.bottom)
    made: list[Pixels] = []
    while left:
        base = left.pop(0)
        usual = sizes.usual(base.bottom)
        grown = usual is not None
        while grown:
            grown = False
            for other in left:
                if _piece_of(base, other, usual or 0):
                    base, grown = _joined(base, other), True
                    left.remove(other)
                    break
        made.append(base)
    return made


def _piece_of(base: Pixels, other: Pixels, usual: float) -> bool:
    overlap = min(base.x + base.w, other.x + other.w) - max(base.x, other.x)
    if overlap < 0.5 * min(base.w, other.w):
        return False
    gap = max(base.y, other.y) - min(base.bottom, other.bottom)
    together = _joined(base, other)
    return gap <= 0.35 * usual and together.w <= 1.25 * usual and together.h <= TALL * usual


def _joined(one: Pixels, other: Pixels) -> Pixels:
    x, y = min(one.x, other.x), min(one.y, other.y)
    right, bottom = max(one.x + one.w, other.x + other.w), max(one.bottom, other.bottom)
    return Pixels(x, y, right - x, bottom - y, one.area + other.area)
