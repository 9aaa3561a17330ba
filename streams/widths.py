"""How wide things are by the row in which they stand: a straight line, since a camera looks down on a plane.

At night things stick together more often than they are torn, so that the line lies rather low among what was seen;
and it is known from a few things already, where `blobs.Sizes` waits until it has seen several in one row.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.floating[Any]]

KEPT = 80  # things the line is drawn through
ENOUGH = 3  # things from which it is known
ANEW_AFTER = 8  # more things it is drawn anew, once so many are known
BELOW = 0.35  # of the things that lie below the line
HORIZON, HORIZON_COUNTS = 0.25, 0.3  # share of the height where things have no width; by how much of a thing it counts
CLOSE = 0.01  # of the height; nearer to the line every thing counts alike
ROUNDS = 8  # in which the line finds its place
LEAST = 6.0  # pixels; narrower nothing is told from anything


class Widths:
    """Learns that line for pictures of one height, in pixels."""

    def __init__(self, height: int) -> None:
        self._height = height
        self._seen: deque[tuple[float, float]] = deque(maxlen=KEPT)
        self._new = 0
        self._rows: Numbers | None = None

    def learn(self, bottom: float, width: float) -> None:
        """A thing that is one stands here; both in pixels."""
        self._seen.append((bottom / self._height, width / self._height))
        self._new += 1

    def rows(self) -> Numbers | None:
        """The width of a thing by the row in which it stands, in pixels; None while it is not known."""
        if len(self._seen) >= ENOUGH and (self._new >= ANEW_AFTER or (self._new and len(self._seen) <= ANEW_AFTER)):
            self._new = 0
            at_top, slope = line_through(self._seen)
            rows = np.arange(self._height, dtype=float)
            self._rows = np.maximum(LEAST, at_top * self._height + slope * rows)
        return self._rows


def line_through(points: ArrayLike) -> tuple[float, float]:
    """The straight line below which a share of `BELOW` of the points lies: its height at 0, and its slope.

    A line of least absolute distances, weighted by side, by squares that are weighted anew each round.
    """
    across, up = np.asarray(points, float).T
    known = np.stack([np.ones_like(across), across], axis=1)
    horizon = np.array([1.0, HORIZON])
    guessed = HORIZON_COUNTS * np.outer(horizon, horizon) + np.eye(2) * 1e-6
    weights, line = np.ones_like(across), np.zeros(2)
    for _ in range(ROUNDS):
        weighted = (known * weights[:, None]).T
        line = np.linalg.solve(weighted @ known + guessed, weighted @ up)
        above = up - known @ line
        weights = np.where(above > 0, BELOW, 1 - BELOW) * 2 * CLOSE / np.maximum(np.abs(above), CLOSE)
    return float(line[0]), float(line[1])
