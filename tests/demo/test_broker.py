"""The simulated devices on a real broker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import aiomqtt
import pytest

from ioc.demo import broker as demo_broker
from ioc.demo.broker import Broker
from ioc.host.broker import EmbeddedBroker
from ioc.host.broker_accounts import READER, SIMULATOR, reader, simulator

LIMIT_S = 40.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    made = EmbeddedBroker(tmp_path / "broker", (reader(), simulator()))
    try:
        assert made.ensure()
        made.wait_ready()
        yield made
    finally:
        made.stop()


async def heard(server: EmbeddedBroker, count: int, ready: asyncio.Event) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    ours = aiomqtt.Client("127.0.0.1", server.port, username=READER, password=server.passwords[READER])
    async with ours:
        await ours.subscribe("#", qos=1)
        ready.set()
        async for message in ours.messages:
            found.append((message.topic.value, json.loads(bytes(message.payload))))  # type: ignore[arg-type]
            if len(found) == count:
                break
    return found


@pytest.mark.timeout(90)
async def test_what_devices_say_lies_below_sim_and_waits_while_the_broker_is_away(server: EmbeddedBroker):
    devices = Broker(server.url(SIMULATOR))
    speaking = asyncio.create_task(devices.run())
    try:
        async with asyncio.timeout(LIMIT_S):
            ready = asyncio.Event()
            listening = asyncio.create_task(heard(server, 1, ready))
            await ready.wait()
            devices.publish("traffic/d/record", {"name": "Cầu"})
            assert await listening == [("sim/traffic/d/record", {"name": "Cầu"})]

            server.stop()
            for number in range(3):
                devices.publish("traffic/d/record", number)
            while not server.ensure():  # it is not started again at once
                await asyncio.sleep(0.05)
            while not await asyncio.to_thread(server.answers):
                await asyncio.sleep(0.05)
            ready = asyncio.Event()
            listening = asyncio.create_task(heard(server, 1, ready))
            await ready.wait()
            devices.publish("traffic/d/record", "later")
            assert (await listening)[0][0] == "sim/traffic/d/record"
    finally:
        speaking.cancel()
        await asyncio.gather(speaking, return_exceptions=True)


def test_only_the_newest_wait(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(demo_broker, "WAITING", 5)
    devices = Broker("mqtt://127.0.0.1:1")
    for number in range(20):
        devices.publish("x", number)
    devices.put_back("sim/x", b"0")
    waiting = [json.loads(devices._waiting.get_nowait()[1]) for _ in range(5)]
    assert waiting == [15, 16, 17, 18, 19]
    assert not Broker("").known
