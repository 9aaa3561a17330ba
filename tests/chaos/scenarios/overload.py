"""F15-F17: a consumer a hundred times too slow, readers that do not read, and everyone coming back at once."""

from __future__ import annotations

import asyncio
import re
import signal
import time

import httpx

from tests.chaos.night import Night
from tests.chaos.scenarios.scenario import Scenario
from tests.chaos.screens import Screen, Stalled, dropped_in_time

SLOW_S = 3.5  # longer than anybody waits for the city's lock
DOOR_S = 2.0
STALLED = 4
DROPPED_S = 30.0  # 23 s without a sign of life, 3 s for the goodbye
EACH_MIB = 2.0
SHARE = 0.1
CROWD, CROWD_BACK_S = 150, 30.0
JUDGED = 5  # of the crowd, with the other screens


async def slow_consumer(night: Night) -> None:
    """The ledger's handler takes seconds for an entry; doors must not notice, and the lag must be told."""
    slow = night.city.folder / "slow"
    slow.write_text(str(SLOW_S))
    began = time.monotonic()
    try:
        await night.wait(night.seconds, night.seconds)
        if not await asyncio.to_thread(_lag, night):
            night.broken("I9", "nobody was told that the ledger is behind")
    finally:
        slow.unlink()
    tries = night.log.tries_since(began)
    night.measure("slow consumer, the slowest answer of a door", max(one.took_s for one in tries), DOOR_S)
    if away := [one for one in tries if one.outcome in ("away", "unknown")]:
        night.broken("I9", f"{len(away)} requests were not taken because a module was slow")


def _lag(night: Night) -> float:
    text = httpx.get(f"{night.city.url}/metrics", trust_env=False, timeout=5).text
    found = re.search(r'ioc_cursor_lag\{consumer="module:ledger"\} (\S+)', text)
    return float(found[1]) if found else 0.0


async def stalled_screens(night: Night) -> None:
    """Some screens stop reading; they are dropped, the others do not notice, and memory stays."""
    stalled = [Stalled(night.city, number) for number in range(STALLED)]
    before = night.resident_mib("api")
    try:
        for one in stalled:
            await one.begin()
        took = await dropped_in_time(stalled, DROPPED_S + 30)
        growth = night.resident_mib("api") - before
        night.measure("memory grown", growth, before * SHARE + EACH_MIB * STALLED, "MiB")
        for one in took:
            if one is None:
                night.broken("I10", "a screen that reads nothing was never dropped")
            else:
                night.measure("stalled screen, dropped", one, DROPPED_S)
    finally:
        for one in stalled:
            one.close()


async def everyone_returns(night: Night) -> None:
    """The web process dies with a crowd connected; all come back within seconds of each other."""
    crowd = [Screen(night.city, 100 + number) for number in range(CROWD)]
    for one in crowd:
        one.start()
    try:
        await night.until(lambda: all(one.upto is not None for one in crowd), "the crowd is connected", 90)
        for _ in range(max(1, int(night.seconds // 15))):
            before = [len(one.connections) for one in crowd]
            began = time.monotonic()
            night.city.signal("api", signal.SIGKILL)
            await night.until(lambda before=before: _all_back(crowd, before), "everyone is back", 120)
            night.measure(f"{CROWD} screens back", time.monotonic() - began, CROWD_BACK_S)
    finally:
        await asyncio.gather(*(one.stop() for one in crowd[JUDGED:]))
    night.screens += crowd[:JUDGED]


def _all_back(crowd: list[Screen], before: list[int]) -> bool:
    pairs = zip(crowd, before, strict=True)
    return all(len(one.connections) > count and one.connections[-1].beats for one, count in pairs)


SCENARIOS = (
    Scenario("slow-consumer", "F15", "a handler takes seconds for an event", slow_consumer),
    Scenario("stalled-screens", "F16", "screens that stop reading", stalled_screens, 60.0),
    Scenario("reconnect-storm", "F17", f"{CROWD} screens lose the web process at once", everyone_returns),
)
