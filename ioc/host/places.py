"""The contract's Gis made of the city's wards and names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gis.city_places import CityGis, PlacedWard
from gis.old_units import Conversion, OldUnits
from gis.wards import Ward
from ioc.core.place import Place, WardRef


class CityPlaces:
    """Places of one city in the platform's own words."""

    def __init__(self, places: CityGis, old_units: OldUnits, *, official: bool) -> None:
        self._places = places
        self._old_units = old_units
        self.official = official

    @property
    def wards(self) -> Sequence[Ward]:
        """Every ward known, with its validity."""
        return self._places.wards.wards

    def place(self, lon: float, lat: float, at: datetime | None = None) -> Place:
        """The point with its ward on that day and the nearest known name."""
        placed = self._places.place(lon, lat, at)
        return Place(lon, lat, _reference(placed.ward), placed.name)

    def ward(self, code: str, at: datetime | None = None) -> WardRef | None:
        """The ward that carried this code on that day (None: today)."""
        return _reference(self._places.wards.by_code(code, at))

    def inside(self, lon: float, lat: float) -> bool:
        """Whether the point lies in the service area."""
        return self._places.inside(lon, lat)

    def outside_m(self, lon: float, lat: float) -> float:
        """Metres from the point to the service area, 0 inside."""
        return self._places.area.distance_m(lon, lat)

    def find(self, text: str, limit: int = 10) -> list[Place]:
        """Places whose name holds every word of the text, with or without diacritics."""
        found = self._places.gazetteer.find(text, limit)
        return [self._named(place.lon, place.lat, place.name) for place in found]

    def old_unit(self, address: str) -> Conversion:
        """The units of today that an old unit's name may mean."""
        return self._old_units.of_name(address)

    def _named(self, lon: float, lat: float, name: str) -> Place:
        return Place(lon, lat, self.place(lon, lat).ward, name)


def _reference(ward: Ward | PlacedWard | None) -> WardRef | None:
    return WardRef(ward.code, ward.name, ward.valid_from, ward.approximate) if ward else None
