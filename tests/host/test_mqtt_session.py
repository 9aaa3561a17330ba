"""The messages of one topic filter, on a real broker: kept while nobody listens, acknowledged when told, bounded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import pytest
from pydantic import SecretStr

from ioc.contract import MqttMessage, NotConfigured, SourceUnavailable
from ioc.host.mqtt import LARGEST_PAYLOAD, QUEUE_BYTES, QUEUE_MESSAGES, MqttSession, client_id, station_of
from ioc.host.mqtt_address import BrokerAddress, broker_of
from ioc.settings import Settings
from tests.brokers import Mosquitto, mosquitto

LIMIT_S = 20.0


@pytest.fixture(scope="module")
def broker() -> Iterator[Mosquitto]:
    with mosquitto() as running:
        yield running


class Listener:
    """A source as the host keeps it: what it read, what it refused, what waits for a commit."""

    def __init__(self, broker: Mosquitto, topic: str, *, simulator: bool = False) -> None:
        self.refused: list[str] = []
        self.after_commit: list[Callable[[], None]] = []
        self._asked: asyncio.Future[MqttMessage] | None = None
        self.session = MqttSession(
            BrokerAddress(host="127.0.0.1", port=broker.port),
            topic,
            names=("test", topic.replace("/", "_")),
            simulator=simulator,
            after_commit=self.after_commit.append,
            refuse=lambda error: self.refused.append(str(error)),
        )

    async def next(self) -> MqttMessage:
        """The next message, or the one that `begin` began to wait for."""
        asked, self._asked = self._asked or asyncio.ensure_future(anext(self.session)), None
        async with asyncio.timeout(LIMIT_S):
            return await asked

    async def take(self, count: int) -> list[bytes]:
        """The payloads of the next messages."""
        return [(await self.next()).payload for _ in range(count)]

    async def begin(self) -> None:
        """Connected and subscribed, with nothing handed over."""
        self._asked = asyncio.ensure_future(anext(self.session))
        await until(lambda: self.session.connected)

    async def end(self) -> None:
        if self._asked:
            self._asked.cancel()
            await asyncio.gather(self._asked, return_exceptions=True)
        self.session.close()

    def commit(self) -> None:
        """As the host does it once all that was handed over is committed."""
        for acknowledge in self.after_commit:
            acknowledge()
        self.after_commit.clear()


@asynccontextmanager
async def listening(broker: Mosquitto, topic: str, *, simulator: bool = False) -> AsyncIterator[Listener]:
    listener = Listener(broker, topic, simulator=simulator)
    try:
        await listener.begin()
        yield listener
    finally:
        await listener.end()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not condition():
            await asyncio.sleep(0.01)


async def say(broker: Mosquitto, topic: str, *payloads: bytes, qos: int = 1, retain: bool = False) -> None:
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        for payload in payloads:
            await client.publish(topic, payload, qos=qos, retain=retain)


@pytest.mark.parametrize(
    ("wanted", "topic", "station"),
    [
        ("noise/+/level", "noise/K1/level", "K1"),
        ("+/level", "K1/level", "K1"),
        ("noise/level", "noise/level", ""),
        ("noise/#", "noise/K1", ""),
        ("a/#/+", "a", ""),
    ],
)
def test_the_station_is_what_the_first_plus_matched(wanted: str, topic: str, station: str) -> None:
    assert station_of(wanted, topic) == station


def test_a_session_has_the_same_name_at_every_start_and_another_for_other_topics() -> None:
    assert client_id("kyanh", "noise", "meters", filters=["a/+"]) == client_id(
        "kyanh", "noise", "meters", filters=["a/+"]
    )
    names = {client_id("kyanh", "noise", "meters", filters=[one]) for one in ("a/+", "b/+")}
    assert len(names) == 2


async def test_what_is_published_while_nobody_listens_comes_later(broker: Mosquitto) -> None:
    async with listening(broker, "away/+"):
        pass
    await say(broker, "away/x", b"1", b"2", b"3")
    async with listening(broker, "away/+") as back:
        assert await back.take(3) == [b"1", b"2", b"3"]


async def test_a_broker_that_sends_more_than_may_wait_before_it_answers_is_heard(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sends what was not acknowledged before the answer to the subscription, and more than it should."""
    monkeypatch.setattr("ioc.host.mqtt.QUEUE_MESSAGES", 100)
    async with listening(broker, "before/+"):
        pass
    wanted = [str(number).encode() for number in range(400)]
    await say(broker, "before/x", *wanted)
    async with listening(broker, "before/+") as back:
        assert await back.take(400) == wanted


async def test_only_what_was_committed_is_acknowledged(broker: Mosquitto) -> None:
    async with listening(broker, "ack/+") as first:
        await say(broker, "ack/x", b"1", b"2", b"3", b"4")
        assert await first.take(3) == [b"1", b"2", b"3"]
        first.commit()  # 1 and 2: the third is still in hand
    async with listening(broker, "ack/+") as second:
        assert await second.take(2) == [b"3", b"4"]


async def test_more_messages_come_than_may_wait_for_a_commit(broker: Mosquitto) -> None:
    async with listening(broker, "many/+") as listener:
        await say(broker, "many/x", *(str(number).encode() for number in range(1500)))
        seen: list[bytes] = []
        while len(seen) < 1500:
            seen += await listener.take(100)
            listener.commit()
        assert seen == [str(number).encode() for number in range(1500)]


async def test_a_flood_stays_with_the_broker(broker: Mosquitto) -> None:
    async with listening(broker, "flood/+") as listener:
        await say(broker, "flood/x", *(b"x" * 2000 for _ in range(6000)), qos=0)
        await until(lambda: listener.session.waiting >= QUEUE_MESSAGES)
        for _ in range(30):
            await listener.take(100)
            assert listener.session.waiting <= QUEUE_MESSAGES


async def test_large_payloads_are_bounded_by_their_bytes(broker: Mosquitto) -> None:
    payload = b"x" * (LARGEST_PAYLOAD - 1)
    most = QUEUE_BYTES // len(payload) + 1
    async with listening(broker, "large/+") as listener:
        await say(broker, "large/x", *(payload for _ in range(60)), qos=0)
        await until(lambda: listener.session.waiting >= most)
        for _ in range(60):
            await listener.take(1)
            assert listener.session.waiting <= most


async def test_a_payload_that_is_too_large_is_refused_and_does_not_come_again(broker: Mosquitto) -> None:
    async with listening(broker, "huge/+") as first:
        await say(broker, "huge/x", b"x" * (LARGEST_PAYLOAD + 1), b"good")
        assert await first.take(1) == [b"good"]
        assert first.refused == [f"a payload of {LARGEST_PAYLOAD + 1} bytes, at most {LARGEST_PAYLOAD} are taken"]
        first.commit()
    async with listening(broker, "huge/+") as second:
        assert await second.take(1) == [b"good"]
        assert second.refused == []


async def test_a_retained_message_is_marked_and_comes_once_a_session(broker: Mosquitto) -> None:
    await say(broker, "kept/x", b"old", retain=True)
    async with listening(broker, "kept/+") as first:
        await say(broker, "kept/x", b"new", retain=True)
        messages = [await first.next() for _ in range(2)]
        assert [(m.payload, m.retained) for m in messages] == [(b"old", True), (b"new", False)]
        await say(broker, "kept/y", b"third")
        assert await first.take(1) == [b"third"]
        first.commit()
    async with listening(broker, "kept/+") as second:
        assert await second.take(1) == [b"third"]  # it was still in hand; what is retained does not come anew
        await say(broker, "kept/y", b"fourth")
        assert await second.take(1) == [b"fourth"]


async def test_what_the_simulator_says_is_marked_and_reads_like_the_real_thing(broker: Mosquitto) -> None:
    async with listening(broker, "noise/+/level", simulator=True) as listener:
        await say(broker, "sim/noise/K1/level", b"1")
        await say(broker, "noise/K2/level", b"2")
        messages = [await listener.next() for _ in range(2)]
        assert [(m.topic, m.station, m.simulated) for m in messages] == [
            ("noise/K1/level", "K1", True),
            ("noise/K2/level", "K2", False),
        ]


async def test_outside_a_demonstration_the_simulator_is_not_heard(broker: Mosquitto) -> None:
    async with listening(broker, "quiet/+") as listener:
        await say(broker, "sim/quiet/x", b"simulated")
        await say(broker, "quiet/x", b"real")
        assert await listener.take(1) == [b"real"]


async def test_a_broker_that_dies_makes_the_source_unavailable_and_is_found_again() -> None:
    with mosquitto() as broker:
        listener = Listener(broker, "back/+")
        await listener.begin()
        broker.stop()
        with pytest.raises(SourceUnavailable, match=rf"MQTT broker 127\.0\.0\.1:{broker.port}: "):
            await listener.take(1)
        with pytest.raises(SourceUnavailable, match="refused"):
            await listener.take(1)
        broker.start()
        await listener.begin()
        await say(broker, "back/x", b"again")
        assert await listener.take(1) == [b"again"]
        await listener.end()


def settings_of(**values: object) -> Settings:
    return Settings.model_validate({"city_dir": Path("/city"), "state_dir": Path("/state"), **values})


def test_the_address_is_read_from_the_settings() -> None:
    address = broker_of(settings_of(mqtt_url="mqtts://c%40y:p%3Aw@broker.city:8884", mqtt_ca="/ca.pem"))
    assert address is not None
    assert (address.host, address.port, address.user, address.password) == ("broker.city", 8884, "c@y", "p:w")
    assert (address.tls, address.ca) == (True, Path("/ca.pem"))
    plain = broker_of(settings_of(mqtt_url="mqtt://h", mqtt_ca=""))
    assert plain is not None
    assert (plain.port, plain.user, plain.password, plain.tls, plain.ca) == (1883, None, None, False, None)
    assert broker_of(settings_of()) is None


def test_the_password_of_its_own_setting_wins_and_is_never_shown() -> None:
    values = {"mqtt_url": "mqtt://ioc:in-the-url@h", "mqtt_password": SecretStr("of-its-own")}
    address = broker_of(settings_of(**values))
    assert address is not None
    assert address.password == "of-its-own"
    assert "of-its-own" not in repr(address) + str(address) + repr(settings_of(**values))


@pytest.mark.parametrize("url", ["http://h", "mqtt://", "broker:1883", "mqtt://u:se/cret@h:port", "mqtt://h:99999"])
def test_an_address_that_cannot_be_read_is_refused_without_telling_it(url: str) -> None:
    with pytest.raises(NotConfigured) as refused:
        broker_of(settings_of(mqtt_url=url))
    assert "cret" not in str(refused.value)
