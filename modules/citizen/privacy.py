"""What keeps a person out of what is published."""

from __future__ import annotations

import math

from gis.nearest import METRES_PER_DEGREE

_DECIMALS = 6


def rounded(lon: float, lat: float, grid_m: float) -> tuple[float, float]:
    """The point moved onto a grid of `grid_m` metres: at most 0.71 of that away, and always to the same place.

    A grid, not noise: many reports from one door cannot be averaged back to the door.
    """
    step = grid_m / METRES_PER_DEGREE
    row = round(lat / step)
    snapped_lat = max(-90.0, min(90.0, row * step))
    across = step / max(math.cos(math.radians(snapped_lat)), 1e-6)
    snapped_lon = max(-180.0, min(180.0, round(lon / across) * across))
    return round(snapped_lon, _DECIMALS), round(snapped_lat, _DECIMALS)
