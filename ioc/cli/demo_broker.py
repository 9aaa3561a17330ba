"""The MQTT broker of a demonstration: the one the environment names, else one of our own."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import msgspec
from pydantic import SecretStr

from ioc.cli.say import say
from ioc.contract import NotConfigured
from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.host.broker import LOOPBACK, EmbeddedBroker
from ioc.host.broker_accounts import READER, SIMULATOR, Account, reader, simulator
from ioc.host.mqtt_address import broker_of
from ioc.host.own_server import NoServer
from ioc.settings import Settings

DEVICE = "device"  # whoever sits at this machine, with a device of their own
ADDRESS = "broker.txt"  # in the state folder: the address with that user's name and password


class DemoBroker(msgspec.Struct, frozen=True):
    """Settings that name the broker, the server to run for it, and the simulator's own address (empty: none)."""

    settings: Settings
    servers: tuple[EmbeddedBroker, ...]
    simulator_url: str


def demo_broker(settings: Settings) -> DemoBroker:
    """The broker of a demonstration; where there is none the city runs without, and its detectors stay silent."""
    address = settings.state_dir / ADDRESS
    address.unlink(missing_ok=True)  # that of an earlier start
    if settings.mqtt_url:
        return DemoBroker(settings, (), _with_password(settings))
    try:
        broker = EmbeddedBroker(settings.run_dir / "broker", (reader(), simulator(), _device()))
    except NoServer as error:
        say(Text("! Không có máy chủ MQTT: cảm biến mô phỏng không hoạt động", str(error)), "yellow")
        return DemoBroker(settings, (), "")
    _tell(address, broker.url(DEVICE))
    named = {
        "mqtt_url": f"mqtt://{READER}@{LOOPBACK}:{broker.port}",
        "mqtt_password": SecretStr(broker.passwords[READER]),
    }
    return DemoBroker(settings.model_copy(update=named), (broker,), broker.url(SIMULATOR))


def _device() -> Account:
    """May write every topic and read none."""
    return Account(DEVICE, writes=("#",))


def _tell(path: Path, url: str) -> None:
    path.touch(mode=0o600)
    path.write_text(f"{url}\n", encoding="utf-8")
    say(Text(f"· MQTT cho thiết bị của bạn: xem {path}", "MQTT for devices of your own: the address is there"))


def _with_password(settings: Settings) -> str:
    """The named broker's address with the password that the environment keeps apart from it.

    Raises:
        Problem: the address cannot be read.
    """
    try:
        address = broker_of(settings)
    except NotConfigured as error:
        title = Text("Địa chỉ máy chủ MQTT không dùng được", "The address of the MQTT broker cannot be used")
        raise Problem("bad-broker", title, detail=Text(str(error), str(error))) from error
    if address is None or not address.password:
        return settings.mqtt_url
    scheme, host = "mqtts" if address.tls else "mqtt", f"[{address.host}]" if ":" in address.host else address.host
    return f"{scheme}://{quote(address.user or '', safe='')}:{quote(address.password, safe='')}@{host}:{address.port}"
