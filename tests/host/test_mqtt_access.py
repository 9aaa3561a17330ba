"""Who gets in at the broker, and who it must prove to be: passwords, certificates, rights; real mosquitto with TLS."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import aiomqtt
import pytest

from ioc.contract import NotConfigured, SourceUnavailable
from ioc.host.broker_accounts import acl_file, device, hashed, password_file, reader
from ioc.host.mqtt import MqttSession
from ioc.host.mqtt_address import BrokerAddress
from tests.brokers import Mosquitto, mosquitto
from tests.certificates import Authority

LIMIT_S = 20.0
PASSWORDS = {"ioc": "đúng mật khẩu", "K1": "of K1"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"), "city")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Accounts and rights as the product writes them."""
    folder = tmp_path_factory.mktemp("accounts")
    (folder / "passwd").write_text(password_file({user: hashed(text) for user, text in PASSWORDS.items()}))
    (folder / "acl").write_text(acl_file((reader(), device("K1", ("noise/K1/level",)))))
    return ["allow_anonymous false", f"password_file {folder}/passwd", f"acl_file {folder}/acl"]


@pytest.fixture(scope="module")
def secure(authority: Authority, files: list[str]) -> Iterator[Mosquitto]:
    """A broker of 127.0.0.1 with TLS."""
    cert, key = authority.sign("broker", "127.0.0.1")
    with mosquitto(f"certfile {cert}", f"keyfile {key}", *files) as running:
        yield running


@pytest.fixture(scope="module")
def mutual(authority: Authority, files: list[str]) -> Iterator[Mosquitto]:
    """A broker that asks for a certificate too."""
    cert, key = authority.sign("broker", "127.0.0.1")
    wants = (f"cafile {authority.ca}", "require_certificate true")
    with mosquitto(f"certfile {cert}", f"keyfile {key}", *wants, *files) as running:
        yield running


def address(broker: Mosquitto, **more: object) -> BrokerAddress:
    values: dict[str, object] = {"user": "ioc", "password": PASSWORDS["ioc"], "tls": True} | more
    return BrokerAddress(host="127.0.0.1", port=broker.port, **values)  # type: ignore[arg-type]


def device_client(broker: Mosquitto, authority: Authority) -> aiomqtt.Client:
    context = ssl.create_default_context(cafile=authority.ca)
    return aiomqtt.Client("127.0.0.1", broker.port, username="K1", password=PASSWORDS["K1"], tls_context=context)


def session_of(to: BrokerAddress) -> MqttSession:
    """Whatever it hands over counts as committed."""
    commit: Callable[[Callable[[], None]], None] = lambda acknowledge: acknowledge()  # noqa: E731
    return MqttSession(
        to, "noise/+/level", names=("test",), simulator=False, after_commit=commit, refuse=lambda why: None
    )


async def listens(to: BrokerAddress) -> None:
    """Gets in and leaves; raises what a source would."""
    session = session_of(to)
    waiting = asyncio.create_task(anext(session))
    async with asyncio.timeout(LIMIT_S):
        while not (session.connected or waiting.done()):
            await asyncio.sleep(0.01)
    if waiting.done():
        waiting.result()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    session.close()


async def test_the_right_authority_and_password_let_us_in(secure: Mosquitto, authority: Authority) -> None:
    await listens(address(secure, ca=authority.ca))


async def test_an_unknown_authority_is_refused(secure: Mosquitto, tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "stranger")
    with pytest.raises(SourceUnavailable, match="certificate verify failed"):
        await listens(address(secure, ca=stranger.ca))
    with pytest.raises(SourceUnavailable, match="certificate verify failed"):
        await listens(address(secure))


async def test_a_certificate_of_another_host_is_refused(authority: Authority, files: list[str]) -> None:
    cert, key = authority.sign("elsewhere", "broker.elsewhere.vn")
    with (
        mosquitto(f"certfile {cert}", f"keyfile {key}", *files) as broker,
        pytest.raises(SourceUnavailable, match="IP address mismatch"),
    ):
        await listens(address(broker, ca=authority.ca))


async def test_a_plain_port_is_no_tls(files: list[str], authority: Authority) -> None:
    with mosquitto(*files) as plain:
        with pytest.raises(SourceUnavailable, match="MQTT broker"):
            await listens(address(plain, ca=authority.ca))
        await listens(address(plain, tls=False))


async def test_a_wrong_password_is_refused_and_told_nowhere(secure: Mosquitto, authority: Authority) -> None:
    with pytest.raises(SourceUnavailable, match=r"refused: Not authorized") as refused:
        await listens(address(secure, ca=authority.ca, password="not it"))
    assert "not it" not in str(refused.value)


async def test_a_broker_that_asks_for_a_certificate_gets_ours(mutual: Mosquitto, authority: Authority) -> None:
    cert, key = authority.sign("ioc", "ioc")
    await listens(address(mutual, ca=authority.ca, cert=cert, key=key))
    with pytest.raises(SourceUnavailable):
        await listens(address(mutual, ca=authority.ca))


async def test_a_file_that_cannot_be_read_is_a_matter_of_set_up(secure: Mosquitto, tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match="IOC_MQTT_CA"):
        await listens(address(secure, ca=tmp_path / "none.pem"))


async def test_many_messages_come_through_tls(secure: Mosquitto, authority: Authority) -> None:
    to = address(secure, ca=authority.ca)
    await listens(to)
    async with device_client(secure, authority) as detector:
        for number in range(3000):
            await detector.publish("noise/K1/level", str(number), qos=1)
    session = session_of(to)
    async with asyncio.timeout(LIMIT_S):
        assert [int((await anext(session)).payload) for _ in range(3000)] == list(range(3000))
    session.close()
