"""Places of one city: a point to its ward and the name people use, and whether it lies in the service area."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import shapely
from shapely.geometry.base import BaseGeometry

from gis.bbox import BBox
from gis.gazetteer import Gazetteer, NamedPlace, NearPlace
from gis.geofence import Geofence
from gis.layers import read_wards
from gis.reason import Refused
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

    @classmethod
    def from_city_files(
        cls,
        wards_file: Path,
        *,
        places: Iterable[NamedPlace] = (),
        service_area: BaseGeometry | tuple[float, float, float, float] | None = None,
        tolerance_m: float = 0.0,
    ) -> CityGis:
        """Places of a city from its ward file (see `gis.layers.read_wards`) and its named points.

        Raises:
            Refused: the file cannot be read, or one of its units cannot be used.
        """
        report = read_wards(wards_file)
        if report.faults:
            raise Refused(*(reason for fault in report.faults for reason in fault.reasons))
        wards = WardIndex(report.wards, tolerance_m=tolerance_m)
        return cls(wards, Gazetteer(places), service_area, tolerance_m)

    @property
    def bbox(self) -> BBox:
        """The frame of the service area, without the tolerance."""
        return BBox(*self.area.area.bounds)

    def place(self, lon: float, lat: float, at: datetime | date | None = None) -> Placed:
        """The point with its ward on that day (None: today) and the nearest known name."""
        near = self._nearest(lon, lat)
        name, name_m = (near.place.name, near.distance_m) if near else (None, None)
        return Placed(lon, lat, self.ward_of(lon, lat, at), name, name_m)

    def ward_of(self, lon: float, lat: float, at: datetime | date | None = None) -> PlacedWard | None:
        """The ward of a point on that day (None: today), snapped within the index's tolerance."""
        found = self.wards.ward_of(lon, lat, at)
        if found is None:
            return None
        ward = found.ward
        return PlacedWard(ward.code, ward.name, ward.valid_from, ward.approximate, found.distance_m)

    def name_near(self, lon: float, lat: float) -> str | None:
        """The nearest known name, or None where nothing named is near."""
        near = self._nearest(lon, lat)
        return near.place.name if near else None

    def inside(self, lon: float, lat: float) -> bool:
        """Whether the point lies in the service area, tolerance included."""
        return self.area.inside(lon, lat)

    def _nearest(self, lon: float, lat: float) -> NearPlace | None:
        return next(iter(self.gazetteer.nearest(lon, lat, within_m=self._name_within_m)), None)


def _area(area: BaseGeometry | tuple[float, float, float, float] | None, wards: Iterable[Ward]) -> BaseGeometry:
    if isinstance(area, tuple):
        return shapely.box(*area)
    if area is not None:
        return area
    return shapely.union_all([ward.geometry for ward in wards if ward.valid_to is None])
