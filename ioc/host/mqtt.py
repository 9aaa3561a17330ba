"""MQTT as a source: messages of a topic filter from the city's broker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import unquote, urlsplit

import aiomqtt

from ioc.contract import MqttMessage, SourceUnavailable


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


def _message(topic_filter: str, message: aiomqtt.Message) -> MqttMessage:
    raw = message.payload if isinstance(message.payload, bytes | bytearray) else str(message.payload or "").encode()
    topic = message.topic.value
    return MqttMessage(topic, station_of(topic_filter, topic), bytes(raw), bool(message.retain))
