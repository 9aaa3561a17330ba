"""Whether somebody meddles with the lens: covered, out of focus, turned away, blacked out, told within a second.

Three figures tell them apart: how strong edges are against what is usual, how far they lie where they usually do, and
how fine they are. Light that changes makes edges weaker, but leaves them where they are and as fine as they were.
"""

from __future__ import annotations

import cv2
import numpy as np
from cv2.typing import MatLike as Image

from streams.incidents import Event, Lasting
from streams.settings import DEFAULT, Settings

WIDTH = 160
EVERY_S = 0.15  # a cover is to be told within a second, and each look costs
NOISE = 4.0  # gradient that is none
SLOWLY = 0.02
COARSE = 2.0  # pixels of blur that leave the coarse edges
_WAYS = ((1, 0), (0, 1))
LEAST_EDGES = 0.5  # mean gradient of a picture in which edges can be lost


class Tamper:
    """Looks at small grey pictures of one camera; `at` are seconds that only go forward. While it is `meddled` with,
    nothing in the picture is what it seems."""

    def __init__(self, settings: Settings = DEFAULT) -> None:
        self._settings = settings
        self._usual: Image | None = None
        self._luma = self._fineness = 0.0
        self._looks = 0
        self._began: float | None = None
        self._since: float | None = None
        self._looked_at = float("-inf")
        self.meddled = False
        self._lasting = {
            kind: Lasting(kind, "", lasts_s, settings.over_s)
            for kind, lasts_s in {
                "black": settings.tamper_s,
                "covered": settings.tamper_s,
                "defocused": settings.blurred_s,
                "moved": settings.moved_s,
            }.items()
        }

    def look(self, grey: Image, at: float) -> list[Event]:
        """What has just been done to the lens."""
        if at - self._looked_at < EVERY_S:
            return []
        self._looked_at = at
        self._began = at if self._began is None else self._began
        small = cv2.resize(grey, (WIDTH, max(8, grey.shape[0] * WIDTH // grey.shape[1])), interpolation=cv2.INTER_AREA)
        edges, luma, fineness = _edges(small), float(cv2.mean(small)[0]), _fineness(small)
        if self._usual is not None and self._usual.shape != edges.shape:
            self._usual, self._looks, self._began = None, 0, at
        learned = at - self._began >= self._settings.tamper_learn_s
        kind = self._kind(edges, luma, fineness) if learned else None
        self.meddled = kind is not None
        self._since = self._since if kind is not None and self._since is not None else at
        if at - self._since >= self._settings.relearn_s:
            self._usual, self._looks, self._began, self._since = None, 0, at, at
        if kind is None:
            self._learn(edges, luma, fineness)
        return [event for name, lasting in self._lasting.items() for event in lasting.see(name == kind, at)]

    def _kind(self, edges: Image, luma: float, fineness: float) -> str | None:
        settings, usual = self._settings, self._usual
        if usual is None:
            return None
        strength = float(cv2.mean(usual)[0])
        if luma < settings.dark_luma <= self._luma:
            return "black"
        if strength < LEAST_EDGES:
            return None
        left, alike = float(cv2.mean(edges)[0]) / strength, _likeness(usual, edges)
        if left < settings.covered_edges and alike < settings.covered_likeness:
            return "covered"
        if fineness < settings.blurred_share * self._fineness:
            return "defocused"
        elsewhere = alike < settings.moved_likeness and abs(left - 1) <= settings.moved_edges
        return "moved" if elsewhere else None

    def _learn(self, edges: Image, luma: float, fineness: float) -> None:
        self._looks += 1
        rate = max(SLOWLY, 1 / self._looks)
        self._luma += rate * (luma - self._luma)
        self._fineness += rate * (fineness - self._fineness)
        if self._usual is None:
            self._usual = edges.copy()
        cv2.accumulateWeighted(edges, self._usual, rate)


def _edges(grey: Image) -> Image:
    """The strength of edges, noise taken off."""
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return np.maximum(cv2.magnitude(across, down) / 4 - NOISE, 0)


def _fineness(grey: Image) -> float:
    """The energy of fine edges by that of coarse ones; neither light nor what stands in the picture changes it much."""
    coarse = cv2.GaussianBlur(grey, (0, 0), COARSE)
    energy = [float(np.square(cv2.Sobel(one, cv2.CV_32F, *way)).mean()) for one in (grey, coarse) for way in _WAYS]
    return (energy[0] + energy[1]) / max(energy[2] + energy[3], 1e-6)


def _likeness(usual: Image, now: Image) -> float:
    """The correlation of two pictures of edges, shifted and spread by a pixel."""
    one, other = cv2.GaussianBlur(usual, (5, 5), 0), cv2.GaussianBlur(now, (5, 5), 0)
    one, other = one - cv2.mean(one)[0], other - cv2.mean(other)[0]
    size = float(cv2.norm(one)) * float(cv2.norm(other))
    return float((one * other).sum()) / size if size > 0 else 0.0
