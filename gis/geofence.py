"""An area with a tolerance: is a point in it, how far outside, and did a mover enter or leave."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from gis.nearest import METRES_PER_DEGREE, haversine_m

Crossing = Literal["enter", "leave"]


class Geofence:
    """An area (degrees WGS 84, lon/lat) widened by `tolerance_m` metres; its border belongs to it."""

    def __init__(self, area: BaseGeometry, *, tolerance_m: float = 0.0) -> None:
        self.area = area
        self.tolerance_m = tolerance_m
        west, south, east, north = area.bounds
        self._squeeze = math.cos(math.radians((south + north) / 2))
        self._flat = shapely.transform(area, lambda points: points * [self._squeeze, 1.0])
        room = tolerance_m / METRES_PER_DEGREE * 1.05
        self._frame = (west - room / self._squeeze, south - room, east + room / self._squeeze, north + room)
        shapely.prepare([self.area, self._flat])

    def inside(self, lon: float, lat: float) -> bool:
        """Whether the point lies in the area or within the tolerance of it; NaN lies nowhere."""
        west, south, east, north = self._frame
        if not (west <= lon <= east and south <= lat <= north):
            return False
        if shapely.intersects_xy(self.area, lon, lat):
            return True
        return self.tolerance_m > 0 and self.distance_m(lon, lat) <= self.tolerance_m

    def inside_many(self, lons: ArrayLike, lats: ArrayLike) -> NDArray[np.bool_]:
        """`inside` for many points at once."""
        x, y = np.asarray(lons, dtype=float), np.asarray(lats, dtype=float)
        held: NDArray[np.bool_] = shapely.intersects_xy(self.area, x, y)
        if self.tolerance_m > 0:
            for i in np.flatnonzero(~held):
                held[i] = self.inside(float(x[i]), float(y[i]))
        return held

    def distance_m(self, lon: float, lat: float) -> float:
        """Metres from the point to the area, 0 inside."""
        line = shapely.shortest_line(self._flat, shapely.points(lon * self._squeeze, lat))
        x, y = shapely.get_coordinates(line)[0]
        return haversine_m(float(x) / self._squeeze, float(y), lon, lat)

    def crossing(self, before: tuple[float, float] | None, after: tuple[float, float]) -> Crossing | None:
        """Whether a mover entered or left between two fixes (lon, lat); a first fix inside counts as entering."""
        was = before is not None and self.inside(*before)
        now = self.inside(*after)
        if was == now:
            return None
        return "enter" if now else "leave"
