"""The module of docs/how-to/write-a-module.md, made by following the page and run in its real host."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiomqtt
import msgspec
import pytest
import structlog
from typer.testing import CliRunner

import modules
from ioc.bus import MemoryBus, MemoryFrames, Relay, Tail
from ioc.city.profile import load_city
from ioc.cli.commands import app
from ioc.core.clock import SystemClock, iso
from ioc.core.envelope import Recorded
from ioc.demo.settings import demo_settings
from ioc.host.city_map import open_places
from ioc.host.discovery import OWN_FOLDER, find_modules
from ioc.host.module_worker import RunningModule
from ioc.host.parts import Parts, store_settings
from ioc.settings import Settings
from ioc.store import Store, StoreSettings
from tests.host.conftest import ROOT, files_of_page
from tests.running import IOC, City, running_city

PAGE = ROOT / "docs" / "how-to" / "write-a-module.md"
CITY_DIR = ROOT / "cities" / "thanh-hoa"
TYPE = "noise.limit.exceeded"
TITLE = "Tiếng ồn 79.0 dB tại K1, ngưỡng 70.0 dB"
LIMIT_S = 40.0


@pytest.fixture
def own_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Steps 1 to 3 of the page: scaffold, name the folder, put the page's files in the scaffold's place."""
    home = tmp_path / "my-modules"
    home.mkdir()
    made = CliRunner().invoke(app, ["module", "new", "noise", "--into", str(home)])
    assert made.exit_code == 0, made.output
    monkeypatch.setenv(OWN_FOLDER, str(home))
    pages = files_of_page(PAGE)
    assert {"manifest.toml", "module.py"} <= pages.keys()
    for name, body in pages.items():
        assert (home / "noise" / name).exists(), f"the scaffold has no {name} to replace"
        (home / "noise" / name).write_text(body, encoding="utf-8")
    yield home
    if str(home) in modules.__path__:
        modules.__path__.remove(str(home))
    for name in [name for name in sys.modules if name.startswith("modules.noise")]:
        del sys.modules[name]


def test_the_new_module_is_listed(own_modules: Path) -> None:
    told = subprocess.run([IOC, "module", "list"], check=True, capture_output=True, text=True, env=os.environ).stdout
    assert "Tiếng ồn / Noise" in told


@pytest.fixture
async def parts(own_modules: Path, broker: int, sqlite_url: str, tmp_path: Path) -> AsyncIterator[Parts]:
    """One process's share of the platform, with the bus in memory."""
    city = load_city(CITY_DIR)
    values = {"mode": "demo", "city_dir": CITY_DIR, "state_dir": tmp_path, "mqtt_url": f"mqtt://127.0.0.1:{broker}"}
    store = await Store.open(StoreSettings(sqlite_url, city.id, tmp_path / "state", bytes(range(32))))
    bus = MemoryBus()
    yield Parts(
        settings=Settings.model_validate(values),
        city=city,
        store=store,
        bus=bus,
        tail=Tail(store, bus),
        frames=MemoryFrames(),
        gis=await open_places(city, store, None),
        clock=SystemClock(),
        log=structlog.get_logger(),
        owner="test",
    )
    await store.close()


@asynccontextmanager
async def running(parts: Parts, owner: str) -> AsyncIterator[None]:
    """The module in its host, as its process runs it, with the relay beside it."""
    stopping = asyncio.Event()
    here = msgspec.structs.replace(parts, owner=owner)
    host = asyncio.create_task(RunningModule(here, find_modules()["noise"]).run(stopping))
    relay = asyncio.create_task(Relay(parts.store, parts.bus).run())
    try:
        yield
    finally:
        stopping.set()
        relay.cancel()
        await asyncio.gather(host, relay, return_exceptions=True)


async def test_five_loud_readings_are_one_event_though_the_worker_starts_anew(parts: Parts, broker: int) -> None:
    store = parts.store
    async with running(parts, "first"):
        await listening(store, broker, known=0)
        await say(broker, "K1", 75, 76, 77)
        await until(lambda: kept(store, "K1"), 3, "three readings are kept")
    assert await events(store) == []
    async with running(parts, "second"):
        await listening(store, broker, known=len(await kept(store, "probe")))
        await say(broker, "K1", 78, 79, 80)
        await until(lambda: kept(store, "K1"), 6, "all readings are kept")
        await all_judged(store)
    (event,) = await events(store)
    assert event.envelope.data["title"] == {"vi": TITLE, "en": "Noise of 79.0 dB at K1, limit 70.0 dB"}
    assert event.envelope.partitionkey == "K1"


@pytest.mark.timeout(600)
async def test_a_killed_worker_in_a_running_city_neither_loses_nor_repeats(
    own_modules: Path, broker: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOC_MQTT_URL", f"mqtt://127.0.0.1:{broker}")
    with running_city("--quiet") as city:
        settings = demo_settings(CITY_DIR, city.state)
        store = await Store.open(store_settings(settings, load_city(CITY_DIR).id))
        try:
            await _kill_between_readings(city, store, broker)
        finally:
            await store.close()


async def _kill_between_readings(city: City, store: Store, broker: int) -> None:
    await listening(store, broker, known=0)
    await say(broker, "K1", 75, 76, 77)
    await until(lambda: kept(store, "K1"), 3, "three readings are kept")
    os.kill(city.pid_of("module noise"), signal.SIGKILL)
    await listening(store, broker, known=len(await kept(store, "probe")))
    await say(broker, "K1", 78, 79)
    await until(lambda: events(store), 1, "the event is in the log")
    await say(broker, "K1", 80, 81)
    await until(lambda: kept(store, "K1"), 7, "later readings are kept too")
    await all_judged(store)
    (event,) = await events(store)
    assert event.envelope.data["title"]["vi"] == TITLE
    assert event.envelope.dataclass == "internal"


async def say(broker: int, station: str, *levels_db: float) -> None:
    """Publishes readings as the page's shell loop does."""
    async with aiomqtt.Client("127.0.0.1", broker) as client:
        for level in levels_db:
            body = json.dumps({"db": level, "at": iso(datetime.now(UTC))})
            await client.publish(f"noise/{station}/level", body, qos=1)


async def kept(store: Store, station: str) -> list[float]:
    """The levels of one station in the observation log, in order."""
    batches = await store.observations.after(0, 1000)
    return [one.value for batch in batches for one in batch.observations if one.key == station]


async def events(store: Store) -> list[Recorded]:
    return await store.log.query(types=[TYPE])


async def until(found: Callable[[], Awaitable[Sequence[object]]], count: int, what: str) -> None:
    """Waits until at least `count` are found; fails by name when they are not in time."""
    async with asyncio.timeout(LIMIT_S):
        while len(last := await found()) < count:
            await asyncio.sleep(0.02)
    assert len(last) == count, what


async def listening(store: Store, broker: int, known: int) -> None:
    """A quiet meter speaks until more than `known` of its readings are kept: then the module hears the broker."""
    async with asyncio.timeout(LIMIT_S):
        while len(await kept(store, "probe")) <= known:
            await say(broker, "probe", 40)
            await asyncio.sleep(0.05)


async def all_judged(store: Store) -> None:
    """The module's cursor has reached the end of the observation log."""
    async with asyncio.timeout(LIMIT_S):
        while await _cursor(store) < await store.observations.head():
            await asyncio.sleep(0.02)


async def _cursor(store: Store) -> int:
    return next((one.position for one in await store.cursors.all() if one.consumer == "module:noise:readings"), 0)
