"""F18 and F19: entries that harm whoever handles them, and every request several times."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import suppress

from tests.chaos.database import count_bookings, given_up
from tests.chaos.night import PASSING, Night
from tests.chaos.scenarios.scenario import Scenario

RARELY = 0.06
TIMES = 3
REPEATS_S = 0.02
SET_ASIDE_S = 60.0
STALLED_S = 120.0  # four tries of eight seconds, and the pauses between them
ENDLESS_S = 180.0  # four lives of eleven seconds under the lock, and as many starts of a process
GIVEN_UP_S = 360.0  # two entries and two readings, each after four lives of the process; nobody waits for it


async def poison(night: Night) -> None:
    """Some entries make the handler raise, one hangs, one goes on when it is told to end, some are large; some readings
    make theirs raise."""
    kinds = iter(["hang", "deaf"])

    def now_and_then(chance: random.Random) -> str:
        if chance.random() > RARELY:
            return ""
        return next(kinds, chance.choice(("raise", "raise", "huge")))

    night.clients.poison = now_and_then
    night.clients.harm = lambda chance: -1.0 if chance.random() < RARELY else 0.0
    try:
        await night.wait(night.seconds, night.seconds)
    finally:
        night.clients.poison, night.clients.harm = (lambda chance: ""), (lambda chance: 0.0)


async def deadly_poison(night: Night) -> None:
    """Two entries and two readings whose handler ends its process or lets it stand still: no exception is ever seen."""
    kinds = iter(["kill", "freeze"])
    night.clients.poison = lambda chance: next(kinds, "")
    values = iter([-2.0, -3.0])
    night.clients.harm = lambda chance: next(values, 0.0)
    began = time.monotonic()
    watching = asyncio.create_task(_longest_stop(night))
    try:
        await night.until(lambda: given_up(night.city.database_url) >= 4, "four are dead letters for good", GIVEN_UP_S)
    finally:
        watching.cancel()
    night.measure("deadly poison, given up, others going on", time.monotonic() - began, GIVEN_UP_S)
    await night.applied_again("deadly poison set aside, effects go on", time.monotonic(), SET_ASIDE_S)


async def stalled_commit(night: Night) -> None:
    """One entry stands still in its commit, under the lock that all writing of the city waits for."""
    await _one_is_given_up(night, "stall", "stalled commit", STALLED_S)


async def endless_commit(night: Night) -> None:
    """One entry keeps that lock until its process is ended."""
    await _one_is_given_up(night, "endless", "endless commit", ENDLESS_S)


async def _one_is_given_up(night: Night, poison: str, what: str, limit_s: float) -> None:
    kinds = iter([poison])
    night.clients.poison = lambda chance: next(kinds, "")
    began = time.monotonic()
    await night.until(lambda: given_up(night.city.database_url) >= 1, "it is a dead letter for good", limit_s)
    night.measure(f"{what}, given up", time.monotonic() - began, limit_s)
    await night.applied_again(f"{what} set aside, effects go on", time.monotonic(), 10)


async def _longest_stop(night: Night) -> None:
    """Measures the longest while in which nothing was booked, of any account."""
    booked, since = 0, time.monotonic()
    while True:
        with suppress(*PASSING):
            now = await asyncio.to_thread(count_bookings, night.city.database_url)
            night.measure("deadly poison, nothing booked for", time.monotonic() - since, SET_ASIDE_S)
            if now != booked:
                booked, since = now, time.monotonic()
        await asyncio.sleep(0.2)


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
    Scenario("stalled-commit", "F18", "an entry that stands still under the city's lock", stalled_commit),
    Scenario("endless-commit", "F18", "an entry that keeps the city's lock for ever", endless_commit, own_city=True),
    Scenario("endless-commit-sqlite", "F18", "the same on SQLite", endless_commit, store="sqlite", own_city=True),
    Scenario("deadly-poison", "F18", "entries that end or freeze their process", deadly_poison, own_city=True),
    Scenario("duplicates", "F19", "each request three times, old ones again in any order", duplicates, 12.0),
)
