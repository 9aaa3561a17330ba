"""Great-circle distance and the nearest N of many points. Longitude first, degrees in, metres out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

EARTH_RADIUS_M = 6_371_000.0
METRES_PER_DEGREE = math.radians(EARTH_RADIUS_M)  # of latitude, anywhere


class Near(NamedTuple):
    """Which point of the sequence (from 0), and how far it is in metres."""

    number: int
    distance_m: float


def haversine_m(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Great-circle distance in metres on a sphere of radius 6,371,000 m."""
    rise = math.radians(lat2 - lat1) / 2
    turn = math.radians(lon2 - lon1) / 2
    h = math.sin(rise) ** 2 + math.cos(math.radians(lat1)) * math.cos(math.radians(lat2)) * math.sin(turn) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(h)))


class Points:
    """Many points, asked again and again for those nearest to another.

    Raises:
        ValueError: the two sequences differ in length or hold something that is no finite number.
    """

    def __init__(self, lons: ArrayLike, lats: ArrayLike) -> None:
        self._lon = np.radians(np.asarray(lons, dtype=float))
        self._lat = np.radians(np.asarray(lats, dtype=float))
        if self._lon.shape != self._lat.shape or self._lon.ndim != 1:
            raise ValueError("longitudes and latitudes must be two flat sequences of one length")
        if not (np.isfinite(self._lon).all() and np.isfinite(self._lat).all()):
            raise ValueError("a coordinate is not a finite number")
        self._cos_lat = np.cos(self._lat)

    def __len__(self) -> int:
        return len(self._lon)

    def distances_m(self, lon: float, lat: float) -> NDArray[np.float64]:
        """Great-circle metres from one point to each of these."""
        x, y = math.radians(lon), math.radians(lat)
        h = np.sin((self._lat - y) / 2) ** 2 + math.cos(y) * self._cos_lat * np.sin((self._lon - x) / 2) ** 2
        metres: NDArray[np.float64] = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(1.0, h)))
        return metres

    def nearest(self, lon: float, lat: float, limit: int = 1, *, within_m: float = math.inf) -> list[Near]:
        """The `limit` nearest, nearest first; equal distances keep the order of the sequence."""
        if limit < 1 or not len(self):
            return []
        metres = self.distances_m(lon, lat)
        order = np.argsort(metres, kind="stable")[:limit]
        return [Near(int(i), float(metres[i])) for i in order if metres[i] <= within_m]


def nearest(lon: float, lat: float, points: Sequence[tuple[float, float]], limit: int = 1) -> list[Near]:
    """The `limit` of `points` (lon, lat) nearest to a point, nearest first."""
    if not points:
        return []
    lons, lats = zip(*points, strict=True)
    return Points(lons, lats).nearest(lon, lat, limit)
