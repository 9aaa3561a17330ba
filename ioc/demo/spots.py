"""Places in the city for made-up stories: mostly inside wards, sometimes unknown or far away, as in life."""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec
import shapely
from shapely.geometry.base import BaseGeometry


class Spot(msgspec.Struct, frozen=True):
    """A point in degrees WGS 84."""

    lon: float
    lat: float


class Spots:
    """Draws points within the city's wards, each ward as likely as the next."""

    def __init__(self, wards: Sequence[BaseGeometry], chance: random.Random) -> None:
        self._wards = list(wards)
        self._chance = chance

    def inside(self) -> Spot:
        """A point inside some ward."""
        return Spot(*point_inside(self._chance.choice(self._wards), self._chance))

    def maybe(self) -> Spot | None:
        """A point, or none: one caller in eight does not know where they are."""
        return None if self._chance.random() < 0.125 else self.inside()


def point_inside(area: BaseGeometry, chance: random.Random) -> tuple[float, float]:
    """A point (lon, lat) inside an area, anywhere in it alike."""
    west, south, east, north = area.bounds
    while True:
        lon, lat = chance.uniform(west, east), chance.uniform(south, north)
        if shapely.contains_xy(area, lon, lat):
            return round(lon, 6), round(lat, 6)
