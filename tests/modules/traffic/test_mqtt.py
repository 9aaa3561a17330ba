"""Detectors over a real MQTT broker: records become readings, and what is none is refused without harm."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiomqtt
import msgspec
import pytest

from ioc.core.clock import iso
from tests.brokers import Mosquitto, mosquitto
from tests.modules.traffic.conftest import START, World, open_world, until
from tests.modules.traffic.replay import city_with

DETECTOR = "d-tran-phu"


@pytest.fixture
def broker() -> Iterator[Mosquitto]:
    with mosquitto() as running:
        yield running


@pytest.fixture
async def world(broker: Mosquitto, traffic_template: Path, tmp_path: Path) -> AsyncIterator[World]:
    shutil.copytree(traffic_template, tmp_path / "store")
    made = await open_world(f"sqlite:///{tmp_path}/store/ioc.db", tmp_path, city_with(60), broker.url)
    yield made
    await made.store.close()


def record(minute: int, **more: Any) -> bytes:
    body = {
        "detector_id": DETECTOR,
        "t": iso(START + timedelta(minutes=minute)),
        "interval_s": 60,
        "count": {"motorcycle": 40, "car": 10, "bus": 0, "truck": 1, "bicycle": 2},
        "occupancy_pct": 11.0 + minute,
        "speed_kmh": 33.0 + minute,
        "queue_m": 0,
    }
    return json.dumps(body | more).encode()


async def publish(broker: Mosquitto, topic: str, *payloads: bytes) -> None:
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        for payload in payloads:
            await client.publish(topic, payload, qos=1)


async def listening(world: World) -> None:
    """The source has taken its session: a first word of a stranger is heard."""
    broker = world.parts.settings.mqtt_url.rpartition(":")[2]

    async def heard() -> bool:
        async with aiomqtt.Client("127.0.0.1", int(broker)) as client:
            await client.publish("traffic/d-probe/record", record(0, detector_id="d-probe"), qos=1)
        await asyncio.sleep(0.05)
        return bool(world.running.book.entries.get("d-probe"))

    await until(heard, "the module listens")


async def test_records_are_judged_and_rubbish_is_counted(world: World, broker: Mosquitto) -> None:
    async with world.alive():
        await listening(world)
        rubbish = (b"\xff\x00", b"[]", b"{", record(1, interval_s=7), record(1, detector_id="d-other"), b"", b"NaN")
        world.clock.move(timedelta(minutes=3))
        for minute in (1, 2, 3):
            await publish(broker, f"traffic/{DETECTOR}/record", *rubbish, record(minute), record(minute))
            await publish(broker, f"sim/traffic/{DETECTOR}/record", record(minute))

        async def measured() -> bool:
            return (await world.shown("seg")).get("tran-phu", {}).get("at") == iso(START + timedelta(minutes=3))

        await until(measured, "the segment is measured")
        health: list[Any] = world.running.health()["sources"]  # type: ignore[assignment]
    shown = (await world.shown("seg"))["tran-phu"]
    assert shown["speed"] == 36.0 and shown["trend"] == [35.0, 36.0]
    records = next(one for one in health if one["name"] == "records")
    assert records["state"] == "live" and records["refused"] == 3 * len(rubbish)
    msgspec.json.encode(health)


async def test_what_the_simulator_says_is_marked(world: World, broker: Mosquitto) -> None:
    async with world.alive():
        await listening(world)
        world.clock.move(timedelta(minutes=3))
        await publish(broker, f"sim/traffic/{DETECTOR}/record", *(record(minute) for minute in (1, 2, 3)))

        async def measured() -> bool:
            return bool((await world.shown("seg")).get("tran-phu", {}).get("level"))

        await until(measured, "the segment is measured")
    assert (await world.shown("seg"))["tran-phu"]["simulated"]
