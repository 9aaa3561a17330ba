"""MQTT as a source: messages of a topic filter from the city's broker."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import unquote, urlsplit

import aiomqtt
import msgspec

from ioc.contract import BadReading, MqttMessage, SourceUnavailable


class Message(msgspec.Struct, frozen=True):
    """One message; `station` is what the first `+` of the filter matched (empty where there is none)."""

    topic: str
    station: str
    payload: bytes
    retained: bool

    @property
    def json(self) -> Any:
        """The payload as JSON.

        Raises:
            BadReading: it is none, or it holds NaN or infinities.
        """
        try:
            return json.loads(self.payload, parse_constant=_refuse_constant)
        except ValueError as error:
            raise BadReading(f"{self.topic}: payload is no JSON") from error


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def station_of(topic_filter: str, topic: str) -> str:
    """The part of `topic` at the place of the filter's first `+`; empty where the filter has none."""
    levels = topic_filter.split("/")
    return topic.split("/")[levels.index("+")] if "+" in levels else ""


async def messages(url: str, topic_filter: str) -> AsyncIterator[MqttMessage]:
    """Messages of the filter, QoS 1.

    Raises:
        SourceUnavailable: the broker cannot be reached or went away.
    """
    parts = urlsplit(url)
    client = aiomqtt.Client(
        hostname=parts.hostname or "127.0.0.1",
        port=parts.port or (8883 if parts.scheme == "mqtts" else 1883),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        tls_params=aiomqtt.TLSParameters() if parts.scheme == "mqtts" else None,
    )
    try:
        async with client:
            await client.subscribe(topic_filter, qos=1)
            async for message in client.messages:
                yield _message(topic_filter, message)
    except aiomqtt.MqttError as error:
        raise SourceUnavailable(f"MQTT broker {parts.hostname}:{parts.port}: {error}") from error


def _message(topic_filter: str, message: aiomqtt.Message) -> Message:
    raw = message.payload if isinstance(message.payload, bytes | bytearray) else str(message.payload or "").encode()
    topic = message.topic.value
    return Message(topic, station_of(topic_filter, topic), bytes(raw), bool(message.retain))
