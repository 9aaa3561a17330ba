"""A device of one's own finds its way to the demonstration's broker."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path
from urllib.parse import urlsplit

import aiomqtt
import pytest

from ioc.cli.demo_broker import ADDRESS, demo_broker
from ioc.demo.settings import demo_settings
from ioc.host.broker_accounts import READER
from ioc.settings import Settings
from tests.docs.conftest import ROOT

LIMIT_S = 40.0


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("IOC_MQTT_URL", raising=False)
    return demo_settings(ROOT / "cities" / "thanh-hoa", tmp_path / "var")


@pytest.mark.timeout(90)
async def test_the_address_in_the_state_folder_lets_a_device_speak_to_the_city(settings: Settings) -> None:
    (server,) = demo_broker(settings).servers
    kept = settings.state_dir / ADDRESS
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    device = urlsplit(kept.read_text(encoding="utf-8").strip())
    try:
        assert server.ensure()
        await asyncio.to_thread(server.wait_ready)
        async with asyncio.timeout(LIMIT_S):
            await _speak(device.port or 0, str(device.username), str(device.password), server.passwords[READER])
    finally:
        server.stop()


async def _speak(port: int, user: str, password: str, city_password: str) -> None:
    city = aiomqtt.Client("127.0.0.1", port, username=READER, password=city_password)
    mine = aiomqtt.Client("127.0.0.1", port, username=user, password=password)
    async with city, mine:
        await city.subscribe("#", qos=1)
        await mine.publish("noise/K1/level", b"79", qos=1)
        heard = await anext(aiter(city.messages))
        assert (heard.topic.value, heard.payload) == ("noise/K1/level", b"79")


def test_a_broker_that_the_environment_names_leaves_no_old_address(settings: Settings) -> None:
    demo_broker(settings)
    demo_broker(settings.model_copy(update={"mqtt_url": "mqtt://127.0.0.1:1883"}))
    assert not (settings.state_dir / ADDRESS).exists()
