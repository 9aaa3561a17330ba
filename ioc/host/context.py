"""What the host gives a module: the contract's ModuleContext made of real parts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

from ioc.city.profile import City
from ioc.contract import Gis, Log, MqttMessage, NotConfigured
from ioc.core.clock import Clock
from ioc.host.discovery import ModuleSpec
from ioc.host.mqtt import messages
from ioc.host.units import LatestUnits
from ioc.store import Store


class HostContext:
    """One module's context; it lives as long as the module's process."""

    def __init__(self, *, spec: ModuleSpec, city: City, store: Store, gis: Gis, clock: Clock, log: Log, mqtt_url: str):
        self.spec = spec
        self.city = city
        self.store = store
        self.gis = gis
        self.clock = clock
        self.log = log
        self.units = LatestUnits(store, city, clock)
        self._mqtt_url = mqtt_url

    def threshold(self, name: str, at: datetime) -> float:
        """The city's value on that day.

        Raises:
            NotConfigured: no value is valid that day.
        """
        return threshold(self.city, name, at)

    def read(self) -> AbstractAsyncContextManager[Any]:
        """A read-only connection."""
        return self.store.read()

    def mqtt(self, topic: str) -> AsyncIterator[MqttMessage]:
        """Messages of a topic filter.

        Raises:
            NotConfigured: the installation names no broker.
            SourceUnavailable: while it is away.
        """
        if not self._mqtt_url:
            raise NotConfigured("no MQTT broker: set IOC_MQTT_URL")
        return messages(self._mqtt_url, topic)


def threshold(city: City, name: str, at: datetime) -> float:
    """A city's threshold as the contract promises it.

    Raises:
        NotConfigured: no value is valid that day.
    """
    try:
        return city.threshold(name, at)
    except LookupError as error:
        raise NotConfigured(f"threshold {name!r} has no value on {at.date()}: add it to thresholds.toml") from error
