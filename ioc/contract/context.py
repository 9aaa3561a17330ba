"""What a handler, source or timer is given: protocols only, no driver."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec

from ioc.city.profile import City
from ioc.contract.errors import BadReading
from ioc.core.clock import Clock
from ioc.core.place import Place, WardRef


class Log(Protocol):
    """The structured log; never pass personal data to it."""

    def info(self, event: str, **values: Any) -> Any:
        """Something normal."""
        ...

    def warning(self, event: str, **values: Any) -> Any:
        """Something a person should look at some day."""
        ...

    def error(self, event: str, **values: Any) -> Any:
        """Something a person should look at now."""
        ...


class Gis(Protocol):
    """Places of the city."""

    def place(self, lon: float, lat: float, at: datetime | None = None) -> Place:
        """The point with its ward (None outside the city or unknown) and the nearest known name."""
        ...

    def ward(self, code: str, at: datetime | None = None) -> WardRef | None:
        """The ward that carried this code on that day (None: today), as the map in use has it."""
        ...

    def inside(self, lon: float, lat: float) -> bool:
        """Whether the point lies in the city's service area, coast tolerance included."""
        ...


class NearbyUnit(msgspec.Struct, frozen=True):
    """A unit as last heard of; `distance_m` is great-circle metres from the point asked for."""

    id: str
    name: str
    kind: str
    state: str
    capabilities: frozenset[str]
    lon: float
    lat: float
    fix_at: datetime
    distance_m: float
    simulated: bool = False


class Units(Protocol):
    """Units of the city by their last-known position."""

    async def near(self, lon: float, lat: float, *, kinds: frozenset[str], limit: int) -> list[NearbyUnit]:
        """Units of these kinds, nearest first by great circle; those with an old fix come last."""
        ...


class MqttMessage(msgspec.Struct, frozen=True):
    """One message of a topic; `station` is what the first `+` of the filter matched (empty where there is none)."""

    topic: str
    station: str
    payload: bytes
    retained: bool
    simulated: bool = False

    @property
    def json(self) -> Any:
        """The payload as JSON.

        Raises:
            BadReading: it is none, or it holds NaN or infinities.
        """
        try:
            return json.loads(self.payload, parse_constant=_refuse_constant)
        except ValueError as error:
            raise BadReading(f"{self.topic}: the payload is no JSON") from error


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


class NearbyCamera(msgspec.Struct, frozen=True):
    """A camera of the city; `distance_m` is great-circle metres from the point asked for, `state` as last seen."""

    id: str
    name: str
    lon: float
    lat: float
    distance_m: float
    state: str


class Cameras(Protocol):
    """Cameras of the city."""

    async def near(self, lon: float, lat: float, *, limit: int = 3) -> list[NearbyCamera]:
        """Those that see (state `ok`) first, nearest first; then the others, nearest first."""
        ...


class Fetched(msgspec.Struct, frozen=True):
    """What an address answered. `unchanged` means that it has nothing newer than the `etag` or `modified` given."""

    url: str
    body: bytes
    content_type: str
    etag: str | None
    modified: str | None
    unchanged: bool = False


class Point(msgspec.Struct, frozen=True):
    """Readings of one series within one step of time: their mean, how many, and the least and most of them. A single
    reading that is suspect is `doubted`; of a step it is not known how many are."""

    at: datetime
    value: float
    n: int
    least: float
    most: float
    doubted: bool = False


class ModuleContext(Protocol):
    """All a module may use."""

    city: City
    clock: Clock
    log: Log
    gis: Gis
    units: Units
    cameras: Cameras

    def threshold(self, name: str, at: datetime) -> float:
        """The city's value of a threshold on that day; raises NotConfigured where there is none."""
        ...

    def read(self) -> AbstractAsyncContextManager[Any]:
        """A read-only SQLAlchemy AsyncConnection on the city's store."""
        ...

    def mqtt(self, topic: str) -> AsyncIterator[MqttMessage]:
        """Messages of an MQTT topic filter; raises SourceUnavailable while the broker is away."""
        ...

    async def fetch(self, url: str, *, etag: str | None = None, modified: str | None = None) -> Fetched:
        """The one safe way to an address outside: limits of size and time, no private addresses unless the city
        allows them. Raises SourceUnavailable with the reason."""
        ...

    async def series(
        self, kind: str, key: str, since: datetime, until: datetime, *, every: timedelta | None = None
    ) -> list[Point]:
        """Good and suspect readings of one series in [since, until), oldest first: each one, or one point a step of
        `every` (steps are whole in UTC and empty ones are left out)."""
        ...
