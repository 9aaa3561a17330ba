"""F18 and F19: entries that harm whoever handles them, and every request several times."""

from __future__ import annotations

import random
import time

from tests.chaos.night import Night
from tests.chaos.scenarios.scenario import Scenario

RARELY = 0.06
TIMES = 3
REPEATS_S = 0.02


async def poison(night: Night) -> None:
    """Some entries make the handler raise, one hangs, some are large."""
    kinds = iter(["hang"])

    def now_and_then(chance: random.Random) -> str:
        if chance.random() > RARELY:
            return ""
        return next(kinds, chance.choice(("raise", "raise", "huge")))

    night.clients.poison = now_and_then
    try:
        await night.wait(night.seconds, night.seconds)
    finally:
        night.clients.poison = lambda chance: ""


async def duplicates(night: Night) -> None:
    """Every request three times at once, and old ones again in any order."""
    night.clients.times = TIMES
    until = time.monotonic() + night.seconds
    try:
        while time.monotonic() < until:
            await night.wait(0, REPEATS_S * 2)
            await night.clients.repeat_an_old_one()
    finally:
        night.clients.times = 1


SCENARIOS = (
    Scenario("poison", "F18", "entries that raise, hang, or are large", poison, 15.0),
    Scenario("duplicates", "F19", "each request three times, old ones again in any order", duplicates, 12.0),
)
