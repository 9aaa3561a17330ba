"""Refused logins leave a trace: their number, the last one's time and address, never a password."""

from __future__ import annotations

from pathlib import Path

import aiomqtt
import pytest

from ioc.host.broker import EmbeddedBroker, aedes_command
from ioc.host.broker_accounts import reader
from ioc.host.refused_logins import MOST_BYTES, RefusedLogins
from tests.brokers import mosquitto_binary
from tests.servers import wait_until

WRONG = "mật-khẩu-sai"
REFUSED = "1795980155: Client <unknown> disconnected, not authorised.\n"


def came(address: str) -> str:
    return f"1795980155: New connection from {address}:41430 on port 8883.\n"


@pytest.mark.parametrize("only_aedes", [False, True])
async def test_a_refused_login_is_counted_with_its_address(tmp_path: Path, only_aedes: bool) -> None:
    assert aedes_command() if only_aedes else mosquitto_binary(), "the broker this is about must be installed"
    broker = EmbeddedBroker(tmp_path, [reader()], only_aedes=only_aedes)
    broker.ensure()
    try:
        broker.wait_ready()
        assert broker.notice() is None
        for user in ("ioc", "kẻ lạ"):
            with pytest.raises(aiomqtt.MqttError):
                async with aiomqtt.Client("127.0.0.1", broker.port, username=user, password=WRONG):
                    pass
        wait_until(lambda: "2 lần" in str(broker.notice()), "both refused logins are told")
        told = broker.notice()
        assert told is not None
        assert "127.0.0.1" in told.vi
        assert told.en.startswith("Refused 2 logins")
        async with aiomqtt.Client("127.0.0.1", broker.port, username="ioc", password=broker.passwords["ioc"]):
            pass
        assert broker.notice() == told
    finally:
        broker.stop()
    assert WRONG not in (tmp_path / "broker.log").read_bytes().decode()


def test_an_address_that_is_not_certain_is_not_named(tmp_path: Path) -> None:
    log = tmp_path / "broker.log"
    logins = RefusedLogins(log)
    assert logins.look() == 0
    log.write_text(came("10.0.0.7") + REFUSED, encoding="utf-8")
    assert (logins.look(), logins.last_from) == (1, "10.0.0.7")
    told = logins.told()
    assert told is not None
    assert told.vi == "Từ chối 1 lần đăng nhập; lần cuối lúc 02:22:35 30/11/2026, từ 10.0.0.7", (
        "the time is that of Vietnam"
    )
    with log.open("a", encoding="utf-8") as more:
        more.write(came("10.0.0.8") + "1795980156: Client gate-1 closed its connection.\n" + REFUSED + REFUSED[:20])
    assert (logins.look(), logins.last_from) == (1, None)
    with log.open("a", encoding="utf-8") as more:
        more.write(REFUSED[20:])
    assert (logins.look(), logins.count) == (1, 3)


def test_a_flood_does_not_fill_the_disk(tmp_path: Path) -> None:
    log = tmp_path / "broker.log"
    logins = RefusedLogins(log)
    log.write_text(REFUSED * (MOST_BYTES // len(REFUSED) + 1), encoding="utf-8")
    assert logins.look() > 1000
    assert log.stat().st_size == 0
    log.write_text(REFUSED, encoding="utf-8")
    assert logins.look() == 1
