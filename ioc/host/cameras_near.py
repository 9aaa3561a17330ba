"""Which cameras look at a place: the city's cameras by distance, with what was last said of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from gis.nearest import haversine_m
from ioc.city.profile import City
from ioc.contract import NearbyCamera
from ioc.core.clock import Clock
from ioc.store import Store

TOPIC = "cam"
OLD = timedelta(seconds=30)  # the cameras' process says every five seconds how each of them is
UNKNOWN = "unknown"


class CityCameras:
    """Reads the last-known values of topic `cam`; places and names come from the city profile."""

    def __init__(self, store: Store, city: City, clock: Clock) -> None:
        self._store = store
        self._city = city
        self._clock = clock

    def take_city(self, city: City) -> None:
        """Its cameras from now on."""
        self._city = city

    async def near(self, lon: float, lat: float, *, limit: int = 3) -> list[NearbyCamera]:
        """Those that see (state `ok`) first, nearest first by great circle; then the others, nearest first."""
        now = self._clock.now()
        rows = await self._store.latest.all((TOPIC,))
        states = {row.key: _state(row.body) for row in rows if now - row.rt < OLD}
        found = [
            NearbyCamera(
                id=camera.id,
                name=camera.name,
                lon=camera.lon,
                lat=camera.lat,
                distance_m=haversine_m(lon, lat, camera.lon, camera.lat),
                state=states.get(camera.id, UNKNOWN),
            )
            for camera in self._city.cameras
        ]
        found.sort(key=lambda camera: (camera.state != "ok", camera.distance_m))
        return found[:limit]


def _state(body: bytes) -> str:
    plain: dict[str, Any] = msgspec.json.decode(body)
    return str(plain.get("state", UNKNOWN))
