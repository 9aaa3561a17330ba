"""F1-F3, F7: kill -9 of every part at random moments."""

from __future__ import annotations

import signal
import time

import redis

from tests.chaos.faults import by_starter, kill_postgres
from tests.chaos.night import Night
from tests.chaos.scenarios.scenario import Scenario

API_BACK_S, CONSUMER_BACK_S, BUS_BACK_S, DATABASE_BACK_S = 5.0, 10.0, 10.0, 20.0
CONSUMERS = ("desk", "module ledger", "module citizen")


async def kill_api(night: Night) -> None:
    """The web process, again and again."""
    until = time.monotonic() + night.seconds
    while time.monotonic() < until:
        await night.wait(1, 4)
        began = time.monotonic()
        night.city.signal("api", signal.SIGKILL)
        await night.served_again("API killed, served again", began, API_BACK_S)


async def kill_consumers(night: Night) -> None:
    """The desk and the modules, one at a time or two together."""
    until = time.monotonic() + night.seconds
    while time.monotonic() < until:
        await night.wait(0.5, 3)
        began = time.monotonic()
        hit = night.chance.sample(CONSUMERS, night.chance.choice((1, 1, 2)))
        old = {child: night.city.signal(child, signal.SIGKILL) for child in hit}
        for child, pid in old.items():
            await night.until(lambda child=child, pid=pid: night.city.pid_of(child) != pid, f"{child} is started again")
        await night.applied_again("consumer killed, effects go on", began, CONSUMER_BACK_S)


async def kill_bus(night: Night) -> None:
    """Valkey with appendfsync everysec; for some seconds there is none. Doors must go on."""
    until = time.monotonic() + night.seconds
    while time.monotonic() < until:
        await night.wait(1, 3)
        night.city.bus.kill()
        gone = time.monotonic()
        await night.wait(0.2, 3)
        restarted = time.monotonic()
        await by_starter(night.city.bus.start)
        await night.until(lambda: bus_well(night), "the bus is well", 60)
        night.measure("Redis restarted, used again", time.monotonic() - restarted, BUS_BACK_S)
        if refused := [one for one in night.log.tries_since(gone) if one.outcome in ("unknown", "away")]:
            night.broken("I11", f"{len(refused)} requests were not taken while Redis was away")


async def kill_database(night: Night) -> None:
    """Every process of PostgreSQL at once, as the machine's crash does it; started again by whoever watches it."""
    until = time.monotonic() + night.seconds
    while time.monotonic() < until:
        await night.wait(2, 5)
        began = time.monotonic()
        await kill_postgres(night)
        await night.served_again("PostgreSQL killed, served again", began, DATABASE_BACK_S)
        slow = [one.took_s for one in night.log.tries_since(began) if one.outcome == "away"]
        night.measure("PostgreSQL away, the slowest refusal", max(slow, default=0.0), 6.0)
    await night.applied_again("PostgreSQL back, effects go on", time.monotonic(), DATABASE_BACK_S)


def bus_well(night: Night) -> bool:
    """Whether the newest row of the log is in Redis."""
    head = night.city.head()
    with night.city.bus.client() as client:
        newest = [int(client.xinfo_stream(name)["last-generated-id"].split(b"-")[0]) for name in log_streams(client)]
    return any(one >= head for one in newest)


def log_streams(client: redis.Redis) -> list[bytes]:
    """The city's streams of the log, whatever the epoch."""
    return list(client.scan_iter("ioc:*log*"))


SCENARIOS = (
    Scenario("api-killed", "F1", "kill -9 of the web process at random moments", kill_api),
    Scenario("consumers-killed", "F2", "kill -9 of desk and modules at random moments", kill_consumers),
    Scenario("redis-killed", "F3", "kill -9 of Redis, started again after a while", kill_bus),
    Scenario("postgres-killed", "F7", "kill -9 of all of PostgreSQL, started again", kill_database, 25.0),
    Scenario("api-killed-sqlite", "F1", "the same on SQLite", kill_api, store="sqlite"),
    Scenario("consumers-killed-sqlite", "F2", "the same on SQLite", kill_consumers, store="sqlite"),
)
