"""The broker of docker-compose.yml: deploy/mosquitto.conf on a real mosquitto, accounts as the command writes them.

What differs from the container is written down in `local` and nowhere else: folders and ports.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from typer.testing import CliRunner

from ioc.cli.commands import app
from ioc.core.errors import Problem
from ioc.host.ports import free_port
from tests.brokers import mosquitto_binary
from tests.certificates import Authority
from tests.production import compose
from tests.servers import end, launch, wait_until

CONFIG = compose.ROOT / "deploy" / "mosquitto.conf"
LIMIT_S = 20.0
RECORDS = "traffic/d-tran-phu/record"


def accounts(out: Path, *more: str) -> dict[str, str]:
    """Runs `ioc broker accounts`; the passwords it printed, by user."""
    words = ["broker", "accounts", "--out", str(out), "--city", "thanh-hoa", *more]
    said = CliRunner().invoke(app, words, catch_exceptions=False)
    assert said.exit_code == 0, said.output
    lines = [line.replace("IOC_MQTT_PASSWORD=", "ioc ").split() for line in said.output.splitlines()]
    return {words[0]: words[1] for words in lines if len(words) == 2}


@dataclass
class Broker:
    folder: Path
    passwords: dict[str, str]
    authority: Authority
    inside: int  # port of the city's own services
    outside: int  # port of devices

    def client(self, user: str, password: str | None = None) -> aiomqtt.Client:
        context = ssl.create_default_context(cafile=self.authority.ca)
        given = password or self.passwords[user]
        return aiomqtt.Client("127.0.0.1", self.outside, username=user, password=given, tls_context=context)

    def ours(self) -> aiomqtt.Client:
        return aiomqtt.Client("127.0.0.1", self.inside, username="ioc", password=self.passwords["ioc"])


def local(text: str, folder: Path, inside: int, outside: int) -> str:
    """The configuration with this machine's folders and ports in place of the container's."""
    text = text.replace("/mosquitto/access", str(folder)).replace("/mosquitto/data", str(folder))
    text = text.replace("listener 1883", f"listener {inside} 127.0.0.1")
    text = text.replace("listener 8883", f"listener {outside} 127.0.0.1")
    return f"user {pwd.getpwuid(os.geteuid()).pw_name}\n{text}"


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    folder = Path(tempfile.mkdtemp(prefix="ioc-m-", dir="/tmp"))
    authority = Authority(folder, "city")
    authority.sign("cert", "127.0.0.1")
    (folder / "cert.key").rename(folder / "key.pem")
    made = Broker(folder, accounts(folder), authority, free_port(), free_port())
    own = folder / "mosquitto.conf"
    own.write_text(local(CONFIG.read_text(encoding="utf-8"), folder, made.inside, made.outside), encoding="utf-8")
    process = launch([mosquitto_binary(), "-c", str(own)], cwd=folder)
    try:
        wait_until(lambda: healthy(made) or process.poll() is not None, "the broker is well by its own health check")
        assert process.poll() is None
        yield made
    finally:
        end(process, signal.SIGTERM)
        shutil.rmtree(folder, ignore_errors=True)


def service() -> dict[str, Any]:
    found: dict[str, Any] = compose.read()["services"]["broker"]
    return found


def healthy(broker: Broker, password: str | None = None) -> bool:
    """The health check of the compose file, at this machine's port."""
    _, words = service()["healthcheck"]["test"]
    words = words.replace("$$", "$").replace("mosquitto_sub", f"mosquitto_sub -p {broker.inside}")
    known = {"IOC_MQTT_PASSWORD": password or broker.passwords["ioc"], "PATH": os.environ["PATH"]}
    return subprocess.run(["sh", "-c", words], env=known, capture_output=True, timeout=10, check=False).returncode == 0


async def test_a_detector_comes_in_by_tls_and_is_heard(broker: Broker) -> None:
    async with asyncio.timeout(LIMIT_S), broker.ours() as ours, broker.client("d-tran-phu") as detector:
        await ours.subscribe("traffic/+/record", qos=1)
        await detector.publish("traffic/d-le-loi/record", b"not mine", qos=1)
        await detector.publish(RECORDS, b"mine", qos=1)
        message = await anext(aiter(ours.messages))
        assert (message.topic.value, message.payload) == (RECORDS, b"mine")


async def test_devices_find_no_way_in_without_tls_or_password(broker: Broker) -> None:
    for client in (
        aiomqtt.Client("127.0.0.1", broker.outside, username="d-tran-phu", password=broker.passwords["d-tran-phu"]),
        broker.client("d-tran-phu", "wrong"),
        aiomqtt.Client("127.0.0.1", broker.inside),
    ):
        with pytest.raises(aiomqtt.MqttError):
            async with asyncio.timeout(LIMIT_S), client:
                pass


def test_the_health_check_notices_a_broker_that_does_not_know_us(broker: Broker) -> None:
    assert healthy(broker)
    assert not healthy(broker, "another password")


def test_the_container_can_change_nothing_but_its_data() -> None:
    broker = service()
    assert broker["read_only"] is True
    assert broker["cap_drop"] == ["ALL"]
    assert [mount.rsplit(":", 1)[-1] for mount in broker["volumes"]] == ["ro", "ro", "/mosquitto/data"]
    assert set(broker["networks"]) == {"inside", "devices"}
    assert broker["profiles"] == ["mqtt"]


def test_files_are_private_and_hold_no_password(tmp_path: Path) -> None:
    passwords = accounts(tmp_path / "new")
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0
    for name in ("passwd", "acl"):
        file = tmp_path / "new" / name
        assert file.stat().st_mode & 0o077 == 0
        assert not [one for one in passwords.values() if one in file.read_text(encoding="utf-8")]


def test_a_password_stays_until_it_is_renewed(tmp_path: Path) -> None:
    first = accounts(tmp_path, "--device", "gate-1=ioc/traffic/observations,noise/K1/level")
    assert {"ioc", "gate-1", "d-tran-phu"} <= first.keys()
    assert accounts(tmp_path) == {}
    assert set(accounts(tmp_path, "--renew", "gate-1")) == {"gate-1"}
    assert "topic write noise/K1/level" in (tmp_path / "acl").read_text(encoding="utf-8")
    assert accounts(tmp_path, "--remove", "gate-1") == {}
    assert "gate-1" not in (tmp_path / "acl").read_text() + (tmp_path / "passwd").read_text()


def test_a_detector_that_left_the_profile_loses_its_account(tmp_path: Path) -> None:
    accounts(tmp_path)
    (tmp_path / "acl").write_text(
        (tmp_path / "acl").read_text(encoding="utf-8").replace("d-tran-phu", "d-gone"), encoding="utf-8"
    )
    accounts(tmp_path)
    assert "d-gone" not in (tmp_path / "acl").read_text(encoding="utf-8")


@pytest.mark.parametrize("words", ["--device x=#", "--device x", "--device ioc=a", "--renew nobody", "--remove nobody"])
def test_what_cannot_be_is_refused(tmp_path: Path, words: str) -> None:
    with pytest.raises(Problem):
        accounts(tmp_path, *words.split())
    assert not (tmp_path / "passwd").exists()
