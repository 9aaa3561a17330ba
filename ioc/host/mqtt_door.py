"""Readings that come over MQTT in the shape of the HTTP door: every module gets them without a line of code."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from ioc.contract import BadReading, Observation, Principal
from ioc.contract.module import SourceMark
from ioc.core.errors import FieldError
from ioc.host.context import HostContext
from ioc.host.marks import Marked
from ioc.host.sent_readings import Malformed, WrongCount, sort_out

NAME = "mqtt"


def topic_of(owner: str) -> str:
    """Where the readings of an owner are published: one, or an array, as `/api/v1/observations` takes them."""
    return f"ioc/{owner}/observations"


async def sent_readings(ctx: HostContext) -> AsyncGenerator[list[Observation], None]:
    """The readings of each message, together; those that cannot be used do not hold up their neighbours.

    Raises:
        NotConfigured: the installation names no broker.
        SourceUnavailable: while the broker is away.
    """
    owner = ctx.spec.name
    topic = topic_of(owner)
    async for message in ctx.mqtt(topic):
        by = Principal(id=NAME, name=topic, role="device", modules=frozenset({owner}), simulated=message.simulated)
        try:
            good, refused = sort_out(message.payload, by, ctx.clock.now())
        except (Malformed, WrongCount) as error:
            raise BadReading(f"{topic}: {error.text.en}") from None
        for mistake in refused:
            ctx.refuse(BadReading(f"{topic}: {_told(mistake)}"))
        yield good


def _told(mistake: FieldError) -> str:
    return f"{mistake.field}: {mistake.text.en}"


MQTT_DOOR = Marked(NAME, sent_readings, SourceMark(None))
