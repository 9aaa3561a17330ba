"""Whether a picture is worth looking at: black, covered, turned away, or standing still."""

from __future__ import annotations

import cv2
import msgspec
import numpy as np
from cv2.typing import MatLike as Image

from streams.messages import Limits, PictureState

EVERY_S = 0.9  # how often the dearer looks are taken
EDGES_EVERY = 4  # looks; the usual edges change slowly and are the dearest to find
LEARNT_AFTER = 5  # of those looks, before which nothing is compared
RECOVERED_S = 1.5  # how long a picture must be good again
EDGE = (60, 120)  # thresholds of Canny
NEAR = np.ones((5, 5), np.uint8)  # an edge that is 2 pixels away has not moved
LEAST_EDGES = 0.005  # of the picture; with fewer nothing can be said to have moved
SLOWLY, EDGES_SLOWLY = 0.02, 0.05


class Suspicion(msgspec.Struct):
    """One thing that may be wrong, and since when."""

    since: float | None = None

    def held_s(self, wrong: bool, at: float) -> float:
        """For how long it has been wrong without a break."""
        if not wrong:
            self.since = None
            return 0.0
        self.since = at if self.since is None else self.since
        return at - self.since


class PictureWatch:
    """Judges small grey pictures of one camera, one after the other; `at` are seconds that only go forward.

    What the camera usually shows is learned while the picture is good: its sharpness (Laplacian variance) and the
    edges of a slowly running mean, in which passing things leave no trace.
    """

    def __init__(self, limits: Limits, sharpness: float | None = None) -> None:
        self.state = PictureState.OK
        self.sharpness = sharpness
        self._limits = limits
        self._black, self._covered, self._moved = Suspicion(), Suspicion(), Suspicion()
        self._good = Suspicion()
        self._still: Image | None = None
        self._changed_at = 0.0
        self._mean: np.ndarray[tuple[int, ...], np.dtype[np.float32]] | None = None
        self._usual: np.ndarray[tuple[int, ...], np.dtype[np.float32]] | None = None
        self._looks = 0
        self._looked_at = float("-inf")
        self._faults: tuple[bool, bool] = (False, False)

    def look(self, grey: Image, at: float) -> PictureState:
        """The state with this picture."""
        luma = float(cv2.mean(grey)[0])
        dark = luma < self._limits.black_luma
        if at - self._looked_at >= EVERY_S:
            self._looked_at = at
            self._faults = (False, False) if dark else self._compare(grey)
        covered, moved = self._faults
        found = self._held(dark, covered, moved, self._frozen_s(grey, at), at)
        if found is not PictureState.OK:
            self.state = found
            self._good.since = None
        elif self.state is not PictureState.OK and not dark and not covered and not moved:
            back = self.state is PictureState.FROZEN or self._good.held_s(True, at) >= RECOVERED_S
            self.state = PictureState.OK if back else self.state
        return self.state

    def _held(self, dark: bool, covered: bool, moved: bool, frozen_s: float, at: float) -> PictureState:
        limits = self._limits
        held = {
            PictureState.BLACK: self._black.held_s(dark, at),
            PictureState.COVERED: self._covered.held_s(covered, at),
            PictureState.MOVED: self._moved.held_s(moved, at),
        }
        if held[PictureState.MOVED] >= limits.relearn_s:
            self._learn_anew()
            return PictureState.OK
        for state, seconds in held.items():
            if seconds >= limits.tamper_s:
                return state
        return PictureState.FROZEN if frozen_s >= limits.frozen_s else PictureState.OK

    def _frozen_s(self, grey: Image, at: float) -> float:
        """For how long no pixel has changed by more than the limit: no sensor is that quiet."""
        still = self._still
        same = still is not None and still.shape == grey.shape
        if still is None or not same or cv2.norm(grey, still, cv2.NORM_INF) > self._limits.frozen_luma:
            self._still, self._changed_at = grey.copy(), at
        return at - self._changed_at

    def _compare(self, grey: Image) -> tuple[bool, bool]:
        """Whether the picture has lost its sharpness, and whether its edges lie elsewhere."""
        if self._mean is None or self._mean.shape != grey.shape:
            self._mean, self._usual, self._looks = grey.astype(np.float32), None, 0
        sharpness = _sharpness(grey)
        covered = self.sharpness is not None and sharpness < self._limits.covered_share * self.sharpness
        edges = cv2.Canny(grey, *EDGE)
        moved = not covered and self._moved_share(edges) > self._limits.moved_share
        if not covered and not moved:
            self._learn(grey, sharpness)
        return covered, moved

    def _moved_share(self, edges: Image) -> float:
        """How much of the usual edges has no edge near it now."""
        if self._usual is None or self._looks < LEARNT_AFTER:
            return 0.0
        usual = self._usual > 0.5
        count = int(np.count_nonzero(usual))
        if count < LEAST_EDGES * edges.size:
            return 0.0
        here = cv2.dilate(edges, NEAR) > 0
        return 1 - int(np.count_nonzero(usual & here)) / count

    def _learn(self, grey: Image, sharpness: float) -> None:
        assert self._mean is not None  # noqa: S101 - told to the type checker
        rate = max(SLOWLY, 1 / (self._looks + 1))
        self.sharpness = sharpness if self.sharpness is None else self.sharpness + rate * (sharpness - self.sharpness)
        cv2.accumulateWeighted(grey, self._mean, max(EDGES_SLOWLY, 1 / (self._looks + 1)))
        self._looks += 1
        if self._looks > LEARNT_AFTER and self._looks % EDGES_EVERY:
            return
        edges = (cv2.Canny(self._mean.astype(np.uint8), *EDGE) > 0).astype(np.float32)
        if self._usual is None:
            self._usual = edges
        cv2.accumulateWeighted(edges, self._usual, max(EDGES_SLOWLY * EDGES_EVERY, 1 / self._looks))

    def _learn_anew(self) -> None:
        """The camera looks elsewhere and will go on doing so: this is the usual picture now."""
        self._mean = self._usual = self.sharpness = None
        self._looks = 0
        self._moved.since = None
        self._faults = (False, False)


def _sharpness(grey: Image) -> float:
    """The variance of the Laplacian."""
    deviation = float(cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))[1][0][0])
    return deviation * deviation
