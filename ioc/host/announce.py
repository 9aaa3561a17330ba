"""How each part of the city says that it is well: a last-known value a second, whose age tells when it fell silent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from ioc.contract import Latest, Log
from ioc.core.text import Text
from ioc.store import Store, StoreUnavailable, Transaction

TOPIC = "module"
ANNOUNCE_S = 1.0

Health = Callable[[], Awaitable[dict[str, Any]]]


async def announce(store: Store, name: str, health: Health, log: Log) -> None:
    """Writes the part's health every second until cancelled; an absent store is not news here, not even to a part
    that reads it to know how it is."""
    while True:
        try:
            said = await health()

            def job(tx: Transaction, said: dict[str, Any] = said) -> None:
                tx.latest(Latest(TOPIC, name, said, tx.now))

            await store.write(job)
        except StoreUnavailable as error:
            log.warning("health not written", part=name, reason=str(error))
        await asyncio.sleep(ANNOUNCE_S)


def part_health(
    title: Text, since: str, *, good: bool = True, going: bool = True, detail: Text | None = None, **more: Any
) -> dict[str, Any]:
    """The health of a part of the platform itself, which is no module and has no events of its own to count."""
    words = detail or Text("", "")
    well = "live" if going else "starting"
    return {
        "state": well if good else "failed",
        "since": since,
        "title": {"vi": title.vi, "en": title.en},
        "detail": {"vi": words.vi, "en": words.en},
        "platform": True,
        **more,
    }
