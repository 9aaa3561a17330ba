"""Units by their last-known position."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from gis.nearest import haversine_m
from ioc.city.profile import City
from ioc.contract import NearbyUnit
from ioc.core.clock import Clock, parse_time
from ioc.store import Store

OLD_FIX = timedelta(seconds=120)  # wall.md: a unit's position is dead after 120 s


class LatestUnits:
    """Reads the last-known values of topic `unit`; names and capabilities come from the city profile."""

    def __init__(self, store: Store, city: City, clock: Clock) -> None:
        self._store = store
        self._city = city
        self._clock = clock

    async def near(self, lon: float, lat: float, *, kinds: frozenset[str], limit: int) -> list[NearbyUnit]:
        """Units of these kinds, nearest first; units whose fix is older than two minutes come last."""
        rows = await self._store.latest.all(("unit",))
        found = [
            unit
            for row in rows
            if (unit := self._unit(row.key, msgspec.json.decode(row.body), lon, lat)) and unit.kind in kinds
        ]
        now = self._clock.now()
        found.sort(key=lambda unit: (now - unit.fix_at > OLD_FIX, unit.distance_m))
        return found[:limit]

    def _unit(self, key: str, body: dict[str, Any], lon: float, lat: float) -> NearbyUnit | None:
        place = body.get("lonlat")
        profile = next((unit for unit in self._city.units if unit.id == key), None)
        if profile is None or not place:
            return None
        return NearbyUnit(
            id=key,
            name=profile.name,
            kind=profile.kind,
            state=str(body.get("state", "unknown")),
            capabilities=frozenset(profile.capabilities),
            lon=place[0],
            lat=place[1],
            fix_at=parse_time(body["fix_ts"]),
            distance_m=haversine_m(lon, lat, place[0], place[1]),
            simulated=bool(body.get("simulated")),
        )
