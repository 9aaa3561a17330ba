"""What the host gives a module: the contract's ModuleContext made of real parts."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any

from ioc.city.profile import City
from ioc.contract import Fetched, Gis, Log, MqttMessage, NotConfigured, Point
from ioc.core.clock import Clock
from ioc.core.text import Text
from ioc.fetch import Fetcher
from ioc.host.cameras_near import CityCameras
from ioc.host.discovery import ModuleSpec
from ioc.host.mqtt import MqttSession
from ioc.host.mqtt_address import BrokerAddress
from ioc.host.units import LatestUnits
from ioc.store import Seated, Store, Transaction

_NO_BROKER = Text("chưa có máy chủ MQTT: đặt IOC_MQTT_URL", "no MQTT broker: set IOC_MQTT_URL")


class _CityNow:
    def __init__(self, city: City) -> None:
        self.city = city


class HostContext:
    """One module's context; it lives as long as the module's process. Each source has one of its own (`of_source`).

    `after_commit` is called, once each, when all a source has yielded so far is committed: there go the
    acknowledgements of messages. `broker` is asked for the city's MQTT broker when a source first listens to it; with
    `simulator` what the simulator publishes is heard too. What timers and sources write is refused once `seated` is
    another's; without it nobody else can run the module.
    """

    def __init__(
        self,
        *,
        spec: ModuleSpec,
        city: City,
        store: Store,
        gis: Gis,
        clock: Clock,
        log: Log,
        broker: Callable[[], BrokerAddress | None] = lambda: None,
        simulator: bool = False,
        seated: Seated | None = None,
    ) -> None:
        self.spec = spec
        self._now = _CityNow(city)
        self.store = store
        self.gis = gis
        self.clock = clock
        self.log = log
        self.units = LatestUnits(store, city, clock)
        self.cameras = CityCameras(store, city, clock)
        self.source = ""
        self.after_commit: list[Callable[[], None]] = []
        self.refuse: Callable[[Exception], None] = lambda error: None
        self._fetcher = Fetcher(city.private_hosts)
        self._broker = broker
        self._simulator = simulator
        self.seated = seated
        self._sessions: dict[str, MqttSession] = {}

    def of_source(self, name: str, refuse: Callable[[Exception], None]) -> HostContext:
        """The same context for one source, with sessions and acknowledgements of its own.

        `refuse` is told why something that was sent is left out.
        """
        own = copy.copy(self)  # the city stays shared: it may change for all of them
        own.source, own.after_commit, own.refuse, own._sessions = name, [], refuse, {}
        return own

    @property
    def city(self) -> City:
        """The city as it is now; another object once a person has changed its cameras."""
        return self._now.city

    def take_city(self, city: City) -> None:
        """The same city with other cameras, for this context and those of its sources."""
        self._now.city = city
        self.cameras.take_city(city)

    def threshold(self, name: str, at: datetime) -> float:
        """The city's value on that day.

        Raises:
            NotConfigured: no value is valid that day.
        """
        return threshold(self.city, name, at)

    def read(self) -> AbstractAsyncContextManager[Any]:
        """A read-only connection."""
        return self.store.read()

    async def commit(self, job: Callable[[Transaction], None]) -> None:
        """Writes what a timer or source gave.

        Raises:
            Fenced: another process does the module's work now.
            StoreUnavailable: the store is away.
        """
        seated = self.seated

        def as_owner(tx: Transaction) -> None:
            if seated is not None:
                tx.check(seated)
            job(tx)

        await self.store.write(as_owner)

    async def fetch(self, url: str, *, etag: str | None = None, modified: str | None = None) -> Fetched:
        """The content of an address outside, by the one safe fetcher.

        Raises:
            SourceUnavailable: nothing usable came; its `text` says why.
        """
        return await self._fetcher.fetch(url, etag=etag, modified=modified)

    async def series(
        self, kind: str, key: str, since: datetime, until: datetime, *, every: timedelta | None = None
    ) -> list[Point]:
        """Usable readings of one series in [since, until), oldest first, each or one point a step of `every`.

        Raises:
            ValueError: more points than anyone should hold, or a time without a zone.
        """
        return await self.store.points.points(kind, key, since, until, every)

    def mqtt(self, topic: str) -> AsyncIterator[MqttMessage]:
        """Messages of a topic filter.

        Raises:
            NotConfigured: the installation names no broker.
            SourceUnavailable: while it is away.
        """
        if topic not in self._sessions:
            self._sessions[topic] = self._session(topic)
        return self._sessions[topic]

    def _session(self, topic: str) -> MqttSession:
        address = self._broker()
        if address is None:
            raise NotConfigured(_NO_BROKER)
        return MqttSession(
            address,
            topic,
            names=(self.city.id, self.spec.name, self.source),
            simulator=self._simulator,
            after_commit=self.after_commit.append,
            refuse=self.refuse,
        )

    @property
    def in_hand(self) -> MqttMessage | None:
        """The MQTT message the source works on."""
        return next((session.in_hand for session in self._sessions.values() if session.in_hand), None)

    @property
    def connected(self) -> bool:
        """Whether the source hears a broker at the moment."""
        return any(session.connected for session in self._sessions.values())

    def hang_up(self) -> None:
        """Ends the source's MQTT connections; what was not acknowledged comes again with the next ones."""
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()


def threshold(city: City, name: str, at: datetime) -> float:
    """A city's threshold as the contract promises it.

    Raises:
        NotConfigured: no value is valid that day.
    """
    try:
        return city.threshold(name, at)
    except LookupError as error:
        text = Text(
            f"ngưỡng {name!r} không có giá trị cho ngày {at.date()}: thêm vào thresholds.toml",
            f"threshold {name!r} has no value on {at.date()}: add it to thresholds.toml",
        )
        raise NotConfigured(text) from error
