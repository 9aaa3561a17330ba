"""A module for tests, as a stranger would write it: meters that publish JSON over MQTT."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import structlog

import modules
from ioc.bus import MemoryBus, MemoryFrames, Tail
from ioc.city.profile import load_city
from ioc.contract import Log
from ioc.core.clock import SystemClock
from ioc.core.ids import new_id
from ioc.host.city_map import open_places
from ioc.host.parts import Parts
from ioc.settings import Settings
from ioc.store import Store, StoreSettings
from tests.host.conftest import ROOT

CITY_DIR = ROOT / "cities" / "thanh-hoa"
MASTER_KEY = bytes(range(32))

MANIFEST = """name = "{name}"
title_vi = "Đồng hồ"
title_en = "Meters"
version = "1"
owner = "test"

[events."{name}.value.high"]
vi = "{{meter}} cao"
en = "{{meter}} is high"
"""
CODE = """from ioc.contract import Event, Module, Observation, on, source


class High(Event, type="{name}.value.high", severity=2, key="meter"):
    meter: str


class Meters(Module):
    @source(silent_after="3min")
    async def meters(self, ctx):
        async for m in ctx.mqtt("{name}/+/value"):
            yield Observation("{name}.value", m.station, m.json["value"], "u", m.json["at"], id=m.json.get("id"))

    @on("{name}.value")
    def judge(self, reading, ctx):
        if reading.value > 100:
            yield High(meter=reading.key)
"""


@contextmanager
def meter_modules(home: Path, *names: str) -> Iterator[Path]:
    """The module, once under each name, in a folder that the host finds."""
    for name in names:
        (home / name).mkdir(parents=True)
        (home / name / "manifest.toml").write_text(MANIFEST.format(name=name), encoding="utf-8")
        (home / name / "module.py").write_text(CODE.format(name=name), encoding="utf-8")
    modules.__path__.append(str(home))
    try:
        yield home
    finally:
        modules.__path__.remove(str(home))
        for name in [one for one in sys.modules if one.startswith(tuple(f"modules.{name}" for name in names))]:
            del sys.modules[name]


@asynccontextmanager
async def open_test_parts(
    sqlite_url: str, folder: Path, mqtt_url: str, *, mode: str = "demo", log: Log | None = None, **settings: object
) -> AsyncIterator[Parts]:
    """One process's share of the platform, with the bus in memory."""
    city = load_city(CITY_DIR)
    values = {"mode": mode, "city_dir": CITY_DIR, "state_dir": folder, "mqtt_url": mqtt_url, **settings}
    store = await Store.open(StoreSettings(sqlite_url, city.id, folder / "state", MASTER_KEY))
    bus = MemoryBus()
    try:
        yield Parts(
            settings=Settings.model_validate(values),
            city=city,
            store=store,
            bus=bus,
            tail=Tail(store, bus),
            frames=MemoryFrames(),
            gis=await open_places(city, store, None),
            clock=SystemClock(),
            log=log or structlog.get_logger(),
            owner=f"test:{new_id()}",  # each life its own, as the processes have it
        )
    finally:
        await store.close()
