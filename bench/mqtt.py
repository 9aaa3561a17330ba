"""Readings over MQTT, committed: mosquitto, QoS 1, a module in a process of its own, acknowledged after the commit.
The limit is a bare aiomqtt subscriber that acknowledges at once and keeps nothing."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiomqtt
from sqlalchemy import func, select

from bench.frame import Report, Row, Size, in_turn_async
from bench.stores import KEY, folder, fresh_sqlite
from ioc.core.clock import iso
from ioc.host.mqtt_door import topic_of
from ioc.store import Store, StoreSettings
from ioc.store.tables import observation_batch
from tests.brokers import Mosquitto, mosquitto
from tests.host.conftest import ROOT
from tests.host.meters import meter_modules
from tests.servers import end

BATCH = 100
WINDOW = 400  # messages the publisher has not had an answer for
LIMIT_S = 30.0
TOPIC = topic_of("meter")


def run(size: Size) -> Report:
    """Single readings, and arrays of them."""
    report = Report("mqtt (published to committed, SQLite, every commit flushed)")
    with folder() as home, mosquitto() as broker, meter_modules(home / "modules", "meter") as modules:
        url = fresh_sqlite(home, "store")
        with _module(url, home, modules, broker):
            report.rows = asyncio.run(_rows(url, home, broker, size))
    return report


@contextmanager
def _module(url: str, home: Path, modules: Path, broker: Mosquitto) -> Iterator[None]:
    words = ["-m", "tests.host.lone_module", url, str(home), str(modules), broker.url, "meter"]
    process = subprocess.Popen([sys.executable, *words], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        end(process, signal.SIGTERM)


async def _rows(url: str, home: Path, broker: Mosquitto, size: Size) -> list[Row]:
    store = await Store.open(StoreSettings(url, "thanh-hoa", home / "reader", KEY))
    sides = _Sides(store, broker)
    await sides.listening()
    rows = []
    for name, unit, per_message, number in (
        ("one reading a message", "messages/s", 1, size.of(4000, 50)),
        (f"{BATCH} readings a message", "readings/s", BATCH, size.of(200, 5)),
    ):
        runs = (_Run(sides.kept_of, number, per_message), _Run(sides.heard_of, number, per_message))
        ours, bare = await in_turn_async(size.of(3, 1), *(one.rate for one in runs))
        rows.append(Row(name, unit, ours, bare, "bare aiomqtt subscriber, nothing kept"))
    await store.close()
    return rows


class _Run:
    """So many messages to one side; readings a second."""

    def __init__(self, side: object, number: int, per_message: int) -> None:
        self._side, self._number, self._per_message = side, number, per_message

    async def rate(self) -> float:
        took: float = await self._side(self._number, self._per_message)  # type: ignore[operator]
        return self._number * self._per_message / took


class _Sides:
    """Publishes, and says how long it took until all had arrived."""

    def __init__(self, store: Store, broker: Mosquitto) -> None:
        self._store, self._broker = store, broker
        self._made = 0

    async def listening(self) -> None:
        """Until the module hears the broker."""
        async with asyncio.timeout(LIMIT_S):
            while not await self._count():
                await self._publish(TOPIC, 1, 1)
                await asyncio.sleep(0.1)

    async def kept_of(self, number: int, per_message: int) -> float:
        """Until the observation log has them."""
        wanted = await self._count() + number * per_message
        began = time.perf_counter()
        async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as both:
            both.create_task(self._publish(TOPIC, number, per_message))
            while await self._count() < wanted:  # noqa: ASYNC110 - a table of another process
                await asyncio.sleep(0.01)
        return time.perf_counter() - began

    async def heard_of(self, number: int, per_message: int) -> float:
        """Until a bare subscriber has them."""
        async with asyncio.timeout(LIMIT_S), aiomqtt.Client("127.0.0.1", self._broker.port) as client:
            await client.subscribe("bare", qos=1)
            began = time.perf_counter()
            publishing = asyncio.create_task(self._publish("bare", number, per_message))
            messages = aiter(client.messages)
            for _ in range(number):
                await anext(messages)
            await publishing
        return time.perf_counter() - began

    async def _publish(self, topic: str, number: int, per_message: int) -> None:
        window = asyncio.Semaphore(WINDOW)
        async with aiomqtt.Client("127.0.0.1", self._broker.port, max_inflight_messages=WINDOW) as client:
            client.pending_calls_threshold = 10 * WINDOW

            async def one(payload: bytes) -> None:
                async with window:
                    await client.publish(topic, payload, qos=1)

            await asyncio.gather(*(one(self._payload(per_message)) for _ in range(number)))

    def _payload(self, per_message: int) -> bytes:
        readings = []
        for _ in range(per_message):
            self._made += 1
            at = iso(datetime.now(UTC) - timedelta(hours=1) + timedelta(milliseconds=self._made))
            key = f"K{self._made % 50}"
            reading = {"id": f"r{self._made}", "kind": "meter.value", "key": key, "value": 1.0, "unit": "u", "at": at}
            readings.append(reading)
        return json.dumps(readings if per_message > 1 else readings[0]).encode()

    async def _count(self) -> int:
        kept = select(func.coalesce(func.sum(observation_batch.c.count), 0))
        async with self._store.observations._access.read() as connection:
            return int((await connection.execute(kept)).scalar_one())
