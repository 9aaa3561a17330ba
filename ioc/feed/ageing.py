"""Pictures that no newer one follows, handed out again with their age burnt in, so that a copy of one tells it too."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from ioc.bus import Picture
from ioc.feed.audience import Audience
from ioc.feed.pictures import OLD_MS, Pictures, Shown
from streams.stamp import OLD_AFTER_S, aged

EVERY_S = 1.0
MOST_A_ROUND = 16  # some 50 ms of work a second; where more cameras are silent each has its turn


class Ageing:
    """Which old pictures are due, the one told longest ago first."""

    def __init__(self, pictures: Pictures, now_ms: Callable[[], int]) -> None:
        self._pictures, self._now_ms = pictures, now_ms
        self._told: dict[str, int] = {}

    def due(self) -> list[Shown]:
        """Those that are old and not yet too old to be shown; a round later others have their turn."""
        now_ms = self._now_ms()
        old = [one for one in self._pictures.newest.values() if OLD_AFTER_S * 1000 <= now_ms - one.at_ms < OLD_MS]
        self._told = {one.camera: self._told.get(one.camera, 0) for one in old}
        chosen = sorted(old, key=lambda one: self._told[one.camera])[:MOST_A_ROUND]
        self._told |= dict.fromkeys((one.camera for one in chosen), now_ms)
        return chosen

    async def run(self, audience: Audience) -> None:
        """Once a second while anybody looks, for ever."""
        while True:
            await asyncio.sleep(EVERY_S)
            due = self.due() if len(audience) else []
            for shown in await asyncio.to_thread(_with_age, due, self._now_ms()) if due else []:
                newest = self._pictures.newest.get(shown.camera)
                if newest is not None and newest.at_ms == shown.at_ms:  # none came meanwhile
                    audience.offer_picture(shown)


def _with_age(old: Iterable[Shown], now_ms: int) -> list[Shown]:
    """What is no picture is left out: it could not be shown either."""
    made = []
    for one in old:
        try:
            jpeg = aged(one.jpeg, (now_ms - one.at_ms) / 1000)
        except ValueError:
            continue
        made.append(Shown(Picture(one.camera, one.at_ms, jpeg), one.scope, aged=True))
    return made
