"""Opens what every process needs: city, store, bus, places, log."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import structlog

from ioc.bus import Bus, Frames, RedisBus, RedisFrames, Tail
from ioc.city.profile import City, load_city
from ioc.contract import Log
from ioc.core.clock import Clock, SystemClock
from ioc.core.ids import new_id
from ioc.host.city_map import open_places
from ioc.host.places import CityPlaces
from ioc.settings import Settings
from ioc.store import Store, StoreSettings


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """One process's share of the platform."""

    settings: Settings
    city: City
    store: Store
    bus: Bus
    tail: Tail
    frames: Frames
    gis: CityPlaces
    clock: Clock
    log: Log
    owner: str


@asynccontextmanager
async def open_parts(settings: Settings, name: str) -> AsyncIterator[Parts]:
    """Everything opened for the process `name`, and closed at the end."""
    city = load_city(settings.city_dir, settings.city_overlay)
    store = await Store.open(store_settings(settings, city.id))
    beginning_anew = asyncio.create_task(_begin_anew(store, structlog.get_logger().bind(process=name)))
    bus = RedisBus(settings.bus_url, city=city.id, epoch=store.epoch)
    frames = RedisFrames(settings.bus_url, city=city.id)
    try:
        yield Parts(
            settings=settings,
            city=city,
            store=store,
            bus=bus,
            tail=Tail(store, bus),
            frames=frames,
            gis=await open_places(city, store, settings.data_dir),
            clock=SystemClock(),
            log=structlog.get_logger().bind(process=name),
            owner=f"{name}:{os.getpid()}:{new_id()[-6:]}",
        )
    finally:
        beginning_anew.cancel()
        await frames.close()
        await bus.close()
        await store.close()


async def _begin_anew(store: Store, log: Log) -> None:
    """Ends this process in order when its store is replaced by a backup: what it knows is of another log. Its
    supervisor starts it again, which goes well once the restore is through."""
    await store.superseded.wait()
    log.error("a backup takes, or took, the place of the store: this process begins anew")
    signal.raise_signal(signal.SIGTERM)


def store_settings(settings: Settings, city: str) -> StoreSettings:
    """The store's part of the settings."""
    return StoreSettings(
        url=settings.store_url, city=city, state_dir=settings.state_dir, key=settings.personal_key_bytes()
    )
