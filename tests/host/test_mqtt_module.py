"""Readings over MQTT in a module's real host: none lost when it is killed, rubbish counted, its neighbours heard."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from structlog.testing import CapturingLogger

from ioc.contract import Observation
from ioc.core.clock import iso
from ioc.host.discovery import find_modules
from ioc.host.module_worker import RunningModule
from ioc.host.mqtt_door import topic_of
from ioc.host.parts import Parts
from ioc.store import Store, StoreSettings
from tests.brokers import Mosquitto, mosquitto
from tests.host.conftest import ROOT
from tests.host.meters import MASTER_KEY, meter_modules, open_test_parts
from tests.servers import end

LIMIT_S = 40.0
BEGUN = datetime(2026, 11, 21, 6, tzinfo=UTC)


@pytest.fixture
def broker() -> Iterator[Mosquitto]:
    with mosquitto() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    with meter_modules(tmp_path / "modules", "meter", "gauge") as found:
        yield found


@pytest.fixture
async def parts(home: Path, broker: Mosquitto, sqlite_url: str, tmp_path: Path) -> AsyncIterator[Parts]:
    async with open_test_parts(sqlite_url, tmp_path, broker.url) as opened:
        yield opened


@asynccontextmanager
async def running(parts: Parts, name: str) -> AsyncIterator[RunningModule]:
    """The module in its host; every source of it has heard from the broker before this goes on."""
    stopping = asyncio.Event()
    module = RunningModule(parts, find_modules()[name])
    task = asyncio.create_task(module.run(stopping))
    try:
        yield module
    finally:
        stopping.set()
        await asyncio.gather(task, return_exceptions=True)


def body(number: int, value: float = 1.0, **more: object) -> bytes:
    at = iso(BEGUN + timedelta(seconds=number))
    return json.dumps({"id": f"r{number}", "value": value, "at": at, **more}).encode()


def sent(number: int, kind: str = "meter.value", **more: object) -> dict[str, object]:
    at = iso(BEGUN + timedelta(seconds=number))
    return {"id": f"s{number}", "kind": kind, "key": "K1", "value": number, "unit": "u", "at": at, **more}


async def publish(broker: Mosquitto, topic: str, *payloads: bytes, qos: int = 1) -> None:
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        for payload in payloads:
            await client.publish(topic, payload, qos=qos)


async def kept(store: Store, kind: str = "meter.value") -> list[Observation]:
    """All readings of a kind in the observation log, in order."""
    found: list[Observation] = []
    position = 0
    while batches := await store.observations.after(position, 1000):
        found += [one for batch in batches for one in batch.observations if one.kind == kind]
        position = batches[-1].position
    return found


async def until(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    try:
        async with asyncio.timeout(LIMIT_S):
            while not await condition():
                await asyncio.sleep(0.02)
    except TimeoutError:
        pytest.fail(f"not in {LIMIT_S:g} s: {what}")


async def listens(store: Store, broker: Mosquitto, topic: str, payload: Callable[[int], bytes], kind: str) -> None:
    """A probe speaks until one of its readings is kept: from then on the module hears the topic."""
    known = len(await kept(store, kind))

    async def heard() -> bool:
        await publish(broker, topic, payload(heard.count), qos=0)  # type: ignore[attr-defined]
        heard.count += 1  # type: ignore[attr-defined]
        return len(await kept(store, kind)) > known

    heard.count = -1_000_000  # type: ignore[attr-defined]
    await until(heard, f"{topic} is heard")


async def hears_meters(store: Store, broker: Mosquitto, name: str = "meter") -> None:
    await listens(store, broker, f"{name}/probe/value", body, f"{name}.value")


def health_of(module: RunningModule, source: str) -> dict[str, Any]:
    sources: Any = module.health()["sources"]
    return next(one for one in sources if one["name"] == source)


@pytest.mark.timeout(600)
async def test_a_killed_module_loses_nothing_that_was_published(
    home: Path, broker: Mosquitto, sqlite_url: str, tmp_path: Path
) -> None:
    def start() -> subprocess.Popen[bytes]:
        words = ["-m", "tests.host.lone_module", sqlite_url, str(tmp_path), str(home), broker.url, "meter"]
        return subprocess.Popen([sys.executable, *words], cwd=ROOT)

    store = await Store.open(StoreSettings(sqlite_url, "thanh-hoa", tmp_path / "reader", MASTER_KEY))
    process = start()
    try:
        await hears_meters(store, broker)
        publishing = asyncio.create_task(publish(broker, "meter/K1/value", *(body(n) for n in range(2000))))
        await until(lambda: at_least(store, 300), "some are kept")
        end(process, signal.SIGKILL)
        await publishing
        await publish(broker, "meter/K1/value", *(body(n) for n in range(2000, 2500)))
        process = start()
        wanted = {f"r{n}" for n in range(2500)}

        async def all_there() -> bool:
            return wanted <= {str(one.id) for one in await kept(store)}

        await until(all_there, "all 2,500 are kept")
    finally:
        end(process, signal.SIGTERM)
        await store.close()


async def at_least(store: Store, count: int) -> bool:
    return len([one for one in await kept(store) if one.key == "K1"]) >= count


RUBBISH = [
    b"\xff\xfe\x00binary\x80",
    b"",
    b"{",
    b"[" * 100_000,
    b'{"value": NaN, "at": "2026-11-21T06:00:00Z"}',
    b'{"value": 1e400, "at": "2026-11-21T06:00:00Z"}',
    b'{"value": 1' + b"0" * 300 + b', "at": "2026-11-21T06:00:00Z"}',
    b'{"value": 1' + b"0" * 5000 + b', "at": "2026-11-21T06:00:00Z"}',
    b'{"value": "5", "at": "2026-11-21T06:00:00Z"}',
    b'{"value": true, "at": "2026-11-21T06:00:00Z"}',
    b'{"value": 5, "at": "2026-11-21T06:00:00"}',
    b'{"value": 5, "at": "0001-01-01T00:00:00+14:00"}',
    b'{"value": 5, "at": 17}',
    b'{"value": 5, "at": null}',
    b'{"value": 5}',
    b"[]",
    b"null",
    b'"x"',
    json.dumps({"value": 5, "at": "x" * 100_000}).encode(),
    b"x" * 300_000,
]


async def test_rubbish_is_counted_and_its_neighbours_are_heard(parts: Parts, broker: Mosquitto) -> None:
    async with running(parts, "meter") as module:
        await hears_meters(parts.store, broker)
        for number, payload in enumerate(RUBBISH):
            await publish(broker, "meter/K1/value", payload, body(number))
        await publish(broker, f"meter/{'k' * 500}/value", body(100))
        await publish(broker, "meter/K1/value/deeper", body(101))
        await publish(broker, "meter/last/value", body(102))
        await until(lambda: is_kept(parts.store, "last"), "what came after the rubbish is kept")
        health = health_of(module, "meters")
        assert health["refused"] == len(RUBBISH) + 1
        assert health["state"] == "live"
        good = [one.id for one in await kept(parts.store) if one.key == "K1"]
        assert good == [f"r{number}" for number in range(len(RUBBISH))]


async def is_kept(store: Store, key: str, kind: str = "meter.value") -> bool:
    return any(one.key == key for one in await kept(store, kind))


async def test_a_flood_of_rubbish_is_few_lines_in_the_log(
    home: Path, broker: Mosquitto, sqlite_url: str, tmp_path: Path
) -> None:
    log = CapturingLogger()
    async with open_test_parts(sqlite_url, tmp_path, broker.url, log=log) as parts, running(parts, "meter") as module:
        await hears_meters(parts.store, broker)
        await publish(broker, "meter/K1/value", *(b"\xff\n\x1b[31m rubbish" for _ in range(3000)), qos=0)
        await publish(broker, "meter/last/value", body(1))
        await until(lambda: is_kept(parts.store, "last"), "the reading behind the flood is kept")
        assert health_of(module, "meters")["refused"] > 1000
    said = [call for call in log.calls if call.args == ("reading refused",)]
    assert 1 <= len(said) <= 3
    assert all(str(call.kwargs["reason"]).isprintable() and len(str(call.kwargs)) < 2048 for call in said)


async def test_the_platforms_own_topic_needs_no_code(parts: Parts, broker: Mosquitto) -> None:
    topic = topic_of("meter")
    async with running(parts, "meter") as module:
        await listens(parts.store, broker, topic, lambda n: json.dumps(sent(n)).encode(), "meter.value")
        many = [sent(number, key="K2") for number in range(1000)]
        many[5]["value"], many[6]["kind"], many[7]["at"] = "x", "gauge.value", "yesterday"
        await publish(broker, topic, json.dumps(many).encode(), json.dumps(sent(5000, key="one")).encode())
        await publish(
            broker, topic, json.dumps([*many, sent(2000)]).encode(), b"{", json.dumps(sent(1, key="end")).encode()
        )
        await until(lambda: is_kept(parts.store, "end"), "the last is kept")
        found = [one for one in await kept(parts.store) if one.key == "K2"]
        assert [one.id for one in found] == [f"s{n}" for n in range(1000) if n not in (5, 6, 7)]
        assert await is_kept(parts.store, "one")
        assert health_of(module, "mqtt")["refused"] == 5


async def test_what_the_simulator_sends_is_marked_and_in_production_not_heard(
    home: Path, broker: Mosquitto, sqlite_url: str, tmp_path: Path
) -> None:
    async with open_test_parts(sqlite_url, tmp_path, broker.url) as parts:
        async with running(parts, "meter"):
            await hears_meters(parts.store, broker)
            await publish(broker, "sim/meter/K1/value", body(1))
            await publish(broker, "sim/" + topic_of("meter"), json.dumps(sent(1, key="K2")).encode())
            await until(lambda: is_kept(parts.store, "K1"), "the simulated reading is kept")
            await until(lambda: is_kept(parts.store, "K2"), "the simulated reading is kept")
        assert {one.key: one.simulated for one in await kept(parts.store)} == {"probe": False, "K1": True, "K2": True}
    async with open_test_parts(sqlite_url, tmp_path, broker.url, mode="production") as parts:
        async with running(parts, "meter"):
            await hears_meters(parts.store, broker)
            await publish(broker, "sim/meter/K3/value", body(2))
            await publish(broker, "meter/K4/value", body(3))
            await until(lambda: is_kept(parts.store, "K4"), "the real reading is kept")
        assert not await is_kept(parts.store, "K3")


async def test_without_a_broker_the_source_says_what_is_missing(home: Path, sqlite_url: str, tmp_path: Path) -> None:
    async with open_test_parts(sqlite_url, tmp_path, "") as parts, running(parts, "meter") as module:

        async def told() -> bool:
            return health_of(module, "meters")["state"] == "not_configured"

        await until(told, "the source says so")
        assert health_of(module, "meters")["reason"] == {
            "vi": "chưa có máy chủ MQTT: đặt IOC_MQTT_URL",
            "en": "no MQTT broker: set IOC_MQTT_URL",
        }
        assert [one["name"] for one in module.health()["sources"]] == ["meters"]  # type: ignore[attr-defined]


async def test_a_connected_source_of_an_idle_module_waits(parts: Parts) -> None:
    async with running(parts, "meter") as module:

        async def waits() -> bool:
            await module._look()
            return health_of(module, "meters")["state"] == "waiting"

        await until(waits, "the source waits for its first word")


async def test_a_broker_that_is_away_is_a_state_and_its_password_stays_secret(
    home: Path, sqlite_url: str, tmp_path: Path
) -> None:
    log = CapturingLogger()
    url = "mqtt://ioc:s3cret-in-the-url@127.0.0.1:1"
    async with open_test_parts(sqlite_url, tmp_path, url, log=log) as parts, running(parts, "meter") as module:

        async def told() -> bool:
            return health_of(module, "meters")["state"] == "unavailable"

        await until(told, "the source is unavailable")
        why = health_of(module, "meters")["reason"]
        assert "máy chủ MQTT 127.0.0.1:1" in why["vi"] and "MQTT broker 127.0.0.1:1" in why["en"]
        assert "s3cret" not in str(module.health()) + str(log.calls)


async def test_a_broker_that_comes_back_is_heard_although_nobody_speaks(parts: Parts, broker: Mosquitto) -> None:
    async with running(parts, "meter") as module:
        await hears_meters(parts.store, broker)
        broker.stop()
        await until(lambda: is_in(module, "unavailable"), "the source says that its broker is away")
        broker.start()
        await until(lambda: is_in(module, "waiting"), "the source waits for its first word")
        await publish(broker, "meter/K1/value", body(1))
        await until(lambda: is_kept(parts.store, "K1"), "the reading is kept")
        await until(lambda: is_in(module, "live"), "the source is live")


async def is_in(module: RunningModule, state: str) -> bool:
    return bool(health_of(module, "meters")["state"] == state)
