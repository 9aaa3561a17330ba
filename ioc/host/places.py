"""The contract's Gis made of the city's wards and names."""

from __future__ import annotations

from datetime import UTC, datetime

from gis.city_places import CityGis
from ioc.core.place import Place, WardRef


class CityPlaces:
    """Places of one city in the platform's own words."""

    def __init__(self, places: CityGis) -> None:
        self._places = places

    def place(self, lon: float, lat: float, at: datetime | None = None) -> Place:
        """The point with its ward on that day and the nearest known name."""
        day = (at or datetime.now(UTC)).date()
        ward = self._places.ward_of(lon, lat, day)
        reference = WardRef(ward.code, ward.name, ward.valid_from, ward.approximate) if ward else None
        return Place(lon, lat, reference, self._places.name_near(lon, lat))

    def inside(self, lon: float, lat: float) -> bool:
        """Whether the point lies in the service area."""
        return self._places.inside(lon, lat)
