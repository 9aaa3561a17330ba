"""Things that were not there, came, and lie still: bags left behind."""

from __future__ import annotations

import cv2
import numpy as np
from cv2.typing import MatLike as Image
from numpy.typing import NDArray

from streams.incidents import Event
from streams.settings import DEFAULT, Settings

WIDTH = 160
EVERY_S = 0.5
FORGETS = 0.02  # how much of a picture goes into the ground at each look where nothing lies
FADES = 2.0  # how much quicker a place that is covered for a moment is forgotten than it was noticed
SAME_PLACE = 0.06  # of the picture's width
SHARPER = 1.15  # an edge is the thing's own when it is so much stronger than the ground's


class Left:
    """Looks at small grey pictures twice a second; `at` are seconds that only go forward."""

    def __init__(self, settings: Settings = DEFAULT) -> None:
        self._settings = settings
        self._first: list[Image] = []
        self._ground: Image | None = None
        self._last: Image | None = None
        self._still_s: Image | None = None
        self._looked_at = float("-inf")
        self._told: list[tuple[float, float]] = []

    def look(self, grey: Image, at: float) -> list[Event]:
        """Things that have now lain for long enough, each once."""
        if at - self._looked_at < EVERY_S - 1e-6:
            return []
        self._looked_at = at
        height = max(8, grey.shape[0] * WIDTH // grey.shape[1])
        now = cv2.GaussianBlur(cv2.resize(grey, (WIDTH, height), interpolation=cv2.INTER_AREA), (3, 3), 0)
        if self._ground is None or self._ground.shape != now.shape:
            self._begin(now)
            return []
        light = float(np.median(self._ground - now.astype(np.float32)))  # of all of it
        now = now.astype(np.float32) + np.float32(light)
        still_s = self._notice(now)
        self._heal(still_s, now)
        return [Event("abandoned", at) for place in self._things(still_s, now) if self._new(place)]

    def forget(self) -> None:
        """The camera looks elsewhere or saw nothing."""
        self.__init__(self._settings)  # type: ignore[misc]

    def _begin(self, now: Image) -> None:
        if self._first and self._first[0].shape != now.shape:
            self._first.clear()
        self._first.append(now)
        if len(self._first) * EVERY_S >= self._settings.left_learn_s:
            self._ground = np.median(np.stack(self._first), axis=0).astype(np.float32)
            self._last, self._still_s = self._ground.copy(), np.zeros_like(self._ground)
            self._first.clear()

    def _notice(self, now: Image) -> Image:
        settings, ground, last, still_s = self._settings, self._ground, self._last, self._still_s
        assert ground is not None and last is not None and still_s is not None  # noqa: S101 - for the type checker
        other = np.abs(now - ground) > settings.left_luma
        quiet = np.abs(now - last) < settings.left_still_luma
        still_s += np.where(other & quiet, EVERY_S, -FADES * EVERY_S)
        np.maximum(still_s, 0, out=still_s)
        np.copyto(last, now)
        ground += np.where(other, 0.0, FORGETS) * (now - ground)
        return still_s

    def _heal(self, still_s: Image, now: Image) -> None:
        """Where something was taken away, what is there now is the ground."""
        if self._ground is None or not (still_s >= self._settings.left_doubt_s).any():
            return
        labels, stats, _centres = _pieces(still_s >= self._settings.left_doubt_s)
        for label in range(1, len(stats)):
            piece = labels == label
            if not self._is_there(piece, now):
                self._ground[piece], still_s[piece] = now[piece], 0.0

    def _things(self, still_s: Image, now: Image) -> list[tuple[float, float]]:
        settings = self._settings
        still = still_s >= settings.left_s
        if not still.any():
            return []
        labels, stats, centres = _pieces(still)
        found = []
        for label, (_x, _y, w, h, area) in enumerate(stats[1:].tolist(), 1):
            fits = settings.left_least_share <= area / still.size <= settings.left_most_share
            solid = area >= 0.4 * w * h and max(w, h) <= 4 * min(w, h)
            if fits and solid and self._is_there(labels == label, now):
                found.append((float(centres[label][0]) / WIDTH, float(centres[label][1]) / WIDTH))
        return found

    def _is_there(self, mask: Image, now: Image) -> bool:
        """Whether the outline is in the picture; if it was in the ground, something was taken away."""
        assert self._ground is not None  # noqa: S101 - for the type checker
        shape = mask.astype(np.uint8)
        rim = (cv2.dilate(shape, np.ones((3, 3), np.uint8)) - cv2.erode(shape, np.ones((3, 3), np.uint8))) > 0
        return float(_gradient(now)[rim].mean()) > SHARPER * float(_gradient(self._ground)[rim].mean())

    def _new(self, place: tuple[float, float]) -> bool:
        if any(abs(x - place[0]) + abs(y - place[1]) < SAME_PLACE for x, y in self._told):
            return False
        self._told.append(place)
        del self._told[:-32]
        return True


def _pieces(mask: NDArray[np.bool_]) -> tuple[Image, Image, Image]:
    """Labels, statistics and centres of what hangs together, as OpenCV gives them."""
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _count, labels, stats, centres = cv2.connectedComponentsWithStats(closed, connectivity=8, ltype=cv2.CV_16U)
    return labels, stats, centres


def _gradient(picture: Image) -> Image:
    return cv2.magnitude(cv2.Sobel(picture, cv2.CV_32F, 1, 0), cv2.Sobel(picture, cv2.CV_32F, 0, 1))
