"""The zones of the city's cameras, and whether what a camera counts in one is an intrusion or a crowd. Pure."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ioc.city.hours import closed
from ioc.city.parts import Camera, Zone
from ioc.city.profile import City
from ioc.core.dataclass import WALL, DataClass
from ioc.core.lasting import Condition, Step, follow
from ioc.core.place import Place
from modules.public_security.numbers import ZoneLimits


class Spot(msgspec.Struct, frozen=True):
    """A camera and, where one is meant, a zone of its picture."""

    camera: Camera
    zone: Zone | None = None

    @property
    def where(self) -> str:
        """How people call it."""
        return f"{self.camera.name} · {self.zone.name}" if self.zone else self.camera.name

    @property
    def data_class(self) -> DataClass | None:
        """Of what is told of it: the camera's own where that is stricter than what is told of others."""
        return self.camera.data_class if self.camera.data_class not in WALL else None

    @property
    def place(self) -> Place:
        """Where the camera stands."""
        return Place(self.camera.lon, self.camera.lat, name=self.camera.name)


class Zones:
    """Finds a camera or a zone by the key of a reading: `<camera>/<zone>`."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.cameras = {camera.id: camera for camera in city.cameras}
        self._zones = {
            f"{camera.id}/{zone.id}": (Spot(camera, zone), zone) for camera in city.cameras for zone in camera.zones
        }

    def zone(self, key: str) -> tuple[Spot, Zone] | None:
        """The zone and where it is, None where the city has none of that name."""
        return self._zones.get(key)

    def camera(self, id: str) -> Spot | None:
        """The camera, None where the city has none of that name."""
        known = self.cameras.get(id)
        return Spot(known) if known else None


def judge(zone: Zone, condition: Condition, count: float, at: datetime, limits: ZoneLimits) -> list[Step]:
    """What a count of objects in the zone changes."""
    if zone.purpose == "restricted":
        there = count >= limits.objects and closed(zone.closed, at)
        return follow(condition, at, count, present=there, absent=not there, hold=limits.intrusion)
    crowded = density(zone, count) if zone.purpose == "crowd" else None
    if crowded is None:
        return []
    dense, thin = crowded > limits.density, crowded < limits.clear_density
    return follow(condition, at, count, present=dense, absent=thin, hold=limits.crowd)


def density(zone: Zone, count: float) -> float | None:
    """Objects a square metre; None for a zone whose ground nobody measured."""
    return count / zone.area_m2 if zone.area_m2 else None
