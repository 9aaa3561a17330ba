"""Places of one city: a point to its ward and the name people use, and whether it lies in the service area."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

import shapely
from shapely.geometry.base import BaseGeometry

from gis.bbox import BBox
from gis.gazetteer import Gazetteer
from gis.geofence import Geofence
from gis.wards import Ward, WardIndex


class PlacedWard(NamedTuple):
    """The ward a point belongs to; `outside_m` is 0 inside, else how far it was snapped."""

    code: str
    name: str
    valid_from: date
    approximate: bool
    outside_m: float


class Placed(NamedTuple):
    """A point in degrees WGS 84 with what is known of it; `name_m` is how far away the named place lies."""

    lon: float
    lat: float
    ward: PlacedWard | None
    name: str | None
    name_m: float | None


class CityGis:
    """All places of a city, in memory; safe to share among tasks and threads (nothing changes after it is made).

    `service_area` is a polygon, a box (west, south, east, north), or None for the union of the wards valid today
    and later. `tolerance_m` widens the area at its edge (the coast moves).
    """

    def __init__(
        self,
        wards: WardIndex,
        gazetteer: Gazetteer,
        service_area: BaseGeometry | tuple[float, float, float, float] | None = None,
        tolerance_m: float = 0.0,
        *,
        name_within_m: float = 1_000.0,
    ) -> None:
        self.wards = wards
        self.gazetteer = gazetteer
        self.area = Geofence(_area(service_area, wards.wards), tolerance_m=tolerance_m)
        self._name_within_m = name_within_m

    @property
    def bbox(self) -> BBox:
        """The frame of the service area, without the tolerance."""
        return BBox(*self.area.area.bounds)

    def place(self, lon: float, lat: float, at: datetime | date | None = None) -> Placed:
        """The point with its ward on that day (None: today) and the nearest known name."""
        found = self.wards.ward_of(lon, lat, at)
        ward = found and PlacedWard(
            found.ward.code, found.ward.name, found.ward.valid_from, found.ward.approximate, found.distance_m
        )
        near = self.gazetteer.nearest(lon, lat, within_m=self._name_within_m)
        name, name_m = (near[0].place.name, near[0].distance_m) if near else (None, None)
        return Placed(lon, lat, ward, name, name_m)

    def inside(self, lon: float, lat: float) -> bool:
        """Whether the point lies in the service area, tolerance included."""
        return self.area.inside(lon, lat)


def _area(area: BaseGeometry | tuple[float, float, float, float] | None, wards: Iterable[Ward]) -> BaseGeometry:
    if isinstance(area, tuple):
        return shapely.box(*area)
    if area is not None:
        return area
    return shapely.union_all([ward.geometry for ward in wards if ward.valid_to is None])
