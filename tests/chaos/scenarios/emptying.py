"""F4: Redis loses everything, in each of the ways it can."""

from __future__ import annotations

import time

from tests.chaos.faults import by_starter
from tests.chaos.night import Night
from tests.chaos.scenarios.killing import BUS_BACK_S, bus_well, log_streams
from tests.chaos.scenarios.scenario import Scenario


async def empty_bus(night: Night) -> None:
    """FLUSHALL, DEL of the log's stream, XTRIM to nearly nothing, and a restart without data."""
    until = time.monotonic() + night.seconds
    ways = (_flush, _delete, _trim, _restart_empty)
    done = 0
    while time.monotonic() < until or done < len(ways):
        await night.wait(0.5, 2)
        began = time.monotonic()
        await by_starter(ways[done % len(ways)], night)
        await night.until(lambda: bus_well(night), "the stream holds the newest of the log again", 30)
        night.measure("Redis emptied, refilled", time.monotonic() - began, BUS_BACK_S)
        done += 1
    await night.applied_again("Redis emptied, effects go on", time.monotonic(), BUS_BACK_S)


def _flush(night: Night) -> None:
    with night.city.bus.client() as client:
        client.flushall()


def _delete(night: Night) -> None:
    with night.city.bus.client() as client:
        for name in log_streams(client):
            client.delete(name)


def _trim(night: Night) -> None:
    with night.city.bus.client() as client:
        for name in log_streams(client):
            client.xtrim(name, maxlen=2, approximate=False)


def _restart_empty(night: Night) -> None:
    night.city.bus.lose_everything()
    night.city.bus.start()


SCENARIOS = (Scenario("redis-emptied", "F4", "FLUSHALL, DEL, XTRIM, and a restart without data", empty_bus),)
