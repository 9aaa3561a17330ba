"""What a source yields, one thing after the other; a message it stumbles over is refused, its neighbours go on."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime
from typing import Any

import msgspec

from ioc.contract import BadReading, MqttMessage, NotConfigured, Observation, SourceUnavailable
from ioc.core.faults import words_of
from ioc.host.context import HostContext
from ioc.host.marks import Marked

MOST_TOLD = 200  # characters of a reason: it may hold what a stranger sent


async def items_of(source: Marked, ctx: HostContext, refuse: Callable[[Exception], None]) -> AsyncGenerator[Any, None]:
    """The source's items, until it ends.

    An error raised while an MQTT message is in hand is that message's fault and ends the generator: it is called
    again and finds its session as it left it, at the next message.

    Raises:
        NotConfigured: see the contract.
        SourceUnavailable: see the contract.
    """
    while True:
        try:
            async with aclosing(source.call(ctx)) as said:
                async for item in said:
                    message = ctx.in_hand
                    yield _of_message(item, message) if message else item
            return
        except (NotConfigured, SourceUnavailable):
            raise
        except Exception as error:
            message = ctx.in_hand
            if message is None:
                raise
            refuse(BadReading(_told(message.topic, error)))


def _of_message(item: Any, message: MqttMessage) -> Any:
    """Readings get an id that is the same when the broker delivers their message again, and are marked as it is."""
    if isinstance(item, list):
        return [_of_message(one, message) for one in item]
    if not isinstance(item, Observation):
        return item
    simulated = item.simulated or message.simulated
    return msgspec.structs.replace(item, id=item.id or _id(item, message), simulated=simulated)


def _id(reading: Observation, message: MqttMessage) -> str:
    at = reading.at.isoformat() if isinstance(reading.at, datetime) else reading.at
    said = "\0".join((message.topic, reading.kind, reading.key, at)).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(said + b"\0" + message.payload, digest_size=16).hexdigest()


def _told(topic: str, error: Exception) -> str:
    """The error on one line, as short as a log line should be."""
    text = str(error) if isinstance(error, BadReading) else f"{topic}: {words_of(error)}"
    return "".join(letter if letter.isprintable() else " " for letter in text[:MOST_TOLD])
