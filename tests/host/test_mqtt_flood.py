"""A device that floods one module's topic: the others go on, and the flooded module's memory stays bounded."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from ioc.store import Store, StoreSettings
from tests.brokers import Mosquitto, mosquitto
from tests.host.conftest import ROOT
from tests.host.meters import MASTER_KEY, meter_modules
from tests.host.test_mqtt_module import body, hears_meters, publish
from tests.servers import end

RATE = 10_000  # messages a second
FLOOD_S = 8.0
WITHIN_S = 5.0  # from a reading to the event made of it, while the neighbour is flooded
GROWTH_MB = 64.0


@pytest.fixture
def broker() -> Iterator[Mosquitto]:
    with mosquitto() as running:
        yield running


@contextmanager
def process_of(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", *words], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        end(process, signal.SIGTERM)
        if process.stdout:
            process.stdout.close()


def megabytes(process: subprocess.Popen[bytes]) -> float:
    return float(psutil.Process(process.pid).memory_info().rss) / 2**20


@pytest.mark.timeout(600)
async def test_a_flooded_module_is_bounded_and_its_neighbour_does_not_notice(
    broker: Mosquitto, sqlite_url: str, tmp_path: Path
) -> None:
    store = await Store.open(StoreSettings(sqlite_url, "thanh-hoa", tmp_path / "reader", MASTER_KEY))
    with meter_modules(tmp_path / "modules", "meter", "gauge") as home:
        here = (sqlite_url, str(tmp_path), str(home), broker.url)
        with (
            process_of("tests.host.lone_module", *here, "meter") as flooded,
            process_of("tests.host.lone_module", *here, "gauge"),
        ):
            await hears_meters(store, broker, "meter")
            await hears_meters(store, broker, "gauge")
            before, most, slowest, number = megabytes(flooded), 0.0, 0.0, 0
            words = (str(broker.port), "meter/wild/value", str(RATE), str(FLOOD_S))
            with process_of("tests.host.flooder", *words) as flooder:
                while flooder.poll() is None:
                    number += 1
                    slowest = max(slowest, await _heard_after_s(store, broker, number))
                    most = max(most, megabytes(flooded))
            assert number >= 3
            assert slowest < WITHIN_S
            assert most - before < GROWTH_MB
    await store.close()


async def _heard_after_s(store: Store, broker: Mosquitto, number: int) -> float:
    """How long it takes from a high reading of the neighbour's to the event made of it, seconds."""
    begun = time.monotonic()
    await publish(broker, "gauge/G1/value", body(number, 200.0))
    async with asyncio.timeout(30):
        while len(await store.log.query(types=["gauge.value.high"])) < number:
            await asyncio.sleep(0.02)
    return time.monotonic() - begun
