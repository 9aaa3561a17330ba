from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from ioc.bus import Bus, MemoryBus, RedisBus
from ioc.core.ids import new_id
from tests import servers


@dataclass
class BusCase:
    """A bus, and how to lose what is in it."""

    bus: Bus
    empty: Callable[[], Awaitable[None]]


@pytest.fixture(params=["memory", "redis"])
async def case(request: pytest.FixtureRequest) -> AsyncIterator[BusCase]:
    """The same suite runs on the double and on the real thing."""
    made = _memory() if request.param == "memory" else _redis(request.getfixturevalue("valkey"))
    yield made
    await made.bus.close()


def _memory() -> BusCase:
    bus = MemoryBus(maxlen=200)

    async def empty() -> None:
        bus.empty()

    return BusCase(bus, empty)


def _redis(valkey: servers.Valkey) -> BusCase:
    async def empty() -> None:
        with valkey.client() as client:
            client.flushall()

    return BusCase(RedisBus(valkey.url, city="kyanh", epoch=new_id(), maxlen=200), empty)
