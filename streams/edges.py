"""What the edges of a picture tell: how strong they are, where they lie, how fine they are, and what is usual of that.

Light that changes makes edges weaker, but leaves them where they are and as fine as they were.

The relief is the same without a direction: by how many lumas a pixel is lighter than what lies around it, with most
noise taken off. It is told place by place, as words that a camera writes at the rim stay when the lens is covered, and
also of a night that is too dark for edges.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from cv2.typing import MatLike as Image

WIDTH = 160
NOISE = 4.0  # gradient that is none
COARSE = 2.0  # pixels of blur that leave the coarse edges
SLOWLY = 0.02  # of a picture that goes into what is usual
LEAST = 0.5  # mean gradient of a picture in which edges can be lost
FINE, AROUND = 7, 15  # pixels a side: what is compared, with what lies around it
PLACES = (8, 6)  # across and down
SHOWN = 0.4  # luma; a place of less relief shows nothing that could be lost
FEWEST = 10  # places that show something, of the 48
FAINT = 0.25  # of its usual relief, in the light there is: what has less is lost
_WAYS = ((1, 0), (0, 1))


class Look(NamedTuple):
    """One picture: its edges with noise taken off, their mean strength, the mean luma (0-255), the energy of fine
    edges by that of coarse ones, and its relief (luma)."""

    edges: Image
    strength: float
    luma: float
    fineness: float
    relief: Image


def look_at(grey: Image) -> Look:
    """The figures of a grey picture."""
    small = cv2.resize(grey, (WIDTH, max(8, grey.shape[0] * WIDTH // grey.shape[1])), interpolation=cv2.INTER_AREA)
    edges = _edges(small)
    return Look(edges, float(cv2.mean(edges)[0]), float(cv2.mean(small)[0]), _fineness(small), _relief(small))


class Usual:
    """What a camera usually shows, learned slowly, so that passing things leave no trace. `strength` may be known from
    an earlier life; the rest is learned anew."""

    def __init__(self, strength: float | None = None) -> None:
        self.strength = strength
        self.luma = self.fineness = 0.0
        self._edges: Image | None = None
        self._relief: Image | None = None
        self._looks = 0
        self._began = 0.0

    def learnt_s(self, at: float) -> float:
        """For how long it has been learned; 0 where nothing has been learned yet."""
        return max(1e-9, at - self._began) if self._edges is not None else 0.0

    def fits(self, look: Look) -> bool:
        """Whether it is of pictures of the same shape."""
        return self._edges is None or self._edges.shape == look.edges.shape

    def learn(self, look: Look, at: float) -> None:
        """A good picture at second `at`."""
        if self._edges is None or self._relief is None:
            self._edges, self._relief, self._looks, self._began = look.edges.copy(), look.relief.copy(), 0, at
        self._looks += 1
        rate = max(SLOWLY, 1 / self._looks)
        self.luma += rate * (look.luma - self.luma)
        self.fineness += rate * (look.fineness - self.fineness)
        cv2.accumulateWeighted(look.edges, self._edges, rate)
        cv2.accumulateWeighted(look.relief, self._relief, rate)
        self.strength = float(cv2.mean(self._edges)[0])

    def left(self, look: Look) -> float | None:
        """How much of the usual strength its edges have; None where there never were any."""
        return look.strength / self.strength if self.strength is not None and self.strength >= LEAST else None

    def likeness(self, look: Look) -> float:
        """How much its edges lie where they usually do: the correlation of both, spread by a pixel; 0 where that is
        not known."""
        usual = self._edges
        if usual is None:
            return 0.0
        one, other = cv2.GaussianBlur(usual, (5, 5), 0), cv2.GaussianBlur(look.edges, (5, 5), 0)
        one, other = one - cv2.mean(one)[0], other - cv2.mean(other)[0]
        size = float(cv2.norm(one)) * float(cv2.norm(other))
        return float((one * other).sum()) / size if size > 0 else 0.0

    def lost(self, look: Look) -> float | None:
        """The share of the places that usually show something, and now do not; None where too few ever did."""
        if self._relief is None:
            return None
        usual = _by_place(cv2.multiply(self._relief, self._relief))
        shows = usual >= SHOWN**2
        if np.count_nonzero(shows) < FEWEST:
            return None
        faint = FAINT * min(1.0, look.luma / max(self.luma, 1.0))
        return float(np.mean((_by_place(cv2.multiply(look.relief, self._relief)) <= faint * usual)[shows]))


def _edges(grey: Image) -> Image:
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return np.maximum(cv2.magnitude(across, down) / 4 - NOISE, 0)


def _relief(grey: Image) -> Image:
    exact = grey.astype(np.float32)
    return cv2.subtract(cv2.GaussianBlur(exact, (FINE, FINE), 0), cv2.blur(exact, (AROUND, AROUND)))


def _by_place(picture: Image) -> Image:
    return cv2.resize(picture, PLACES, interpolation=cv2.INTER_AREA)


def _fineness(grey: Image) -> float:
    """Neither light nor what stands in the picture changes it much."""
    coarse = cv2.GaussianBlur(grey, (0, 0), COARSE)
    energy = [
        cv2.norm(cv2.Sobel(one, cv2.CV_32F, *way), cv2.NORM_L2SQR) / grey.size
        for one in (grey, coarse)
        for way in _WAYS
    ]
    return (energy[0] + energy[1]) / max(energy[2] + energy[3], 1e-6)
