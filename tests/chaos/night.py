"""One bad night: a city, those who use it, a fault, and the verdict."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import httpx
import psutil
import psycopg
import redis

from tests.chaos.checker import Finding, judge
from tests.chaos.client_log import ClientLog
from tests.chaos.clients import Clients
from tests.chaos.database import Facts, newest_effects, read_facts
from tests.chaos.feed_checker import judge_screens
from tests.chaos.screens import Screen
from tests.chaos.world import World

SETTLE_S = 90.0
LOOK_S = 0.5
WARM = 25  # acknowledged requests before the fault, and again after it
SCREENS = 8


@dataclass(frozen=True, slots=True)
class Measured:
    """Something timed or counted, with the limit it has to keep; `patience` widens it on a busy machine."""

    name: str
    value: float
    limit: float
    unit: str = "s"

    @property
    def kept(self) -> bool:
        return self.value <= self.limit


@dataclass(slots=True)
class Night:
    """What a scenario works with. `seconds` is how long the trouble may last."""

    city: World
    clients: Clients
    screens: list[Screen]
    chance: random.Random
    seconds: float
    measured: list[Measured] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def log(self) -> ClientLog:
        return self.clients.log

    async def wait(self, least: float, most: float) -> None:
        """A random while: the moment of a fault."""
        await asyncio.sleep(self.chance.uniform(least, most))

    def measure(self, name: str, value: float, limit: float, unit: str = "s") -> None:
        """Keeps the worst of each name."""
        before = next((one for one in self.measured if one.name == name), None)
        if before is None or value > before.value:
            self.measured = [one for one in self.measured if one.name != name]
            self.measured.append(Measured(name, value, limit, unit))

    def broken(self, invariant: str, what: str) -> None:
        """A finding of the scenario's own."""
        self.findings.append(Finding(invariant, what))

    async def until(self, condition: Callable[[], bool], what: str, limit_s: float = 60.0) -> float:
        """Seconds until something is so, looked at from a thread; a finding when it never is."""
        began = time.monotonic()
        while time.monotonic() - began < limit_s:
            with suppress(*PASSING):
                if await asyncio.to_thread(condition):
                    return time.monotonic() - began
            await asyncio.sleep(0.05)
        self.broken("I9", f"not in {limit_s:g} s: {what}")
        return limit_s

    async def served_again(self, name: str, began: float, limit_s: float) -> None:
        """Measures from `began` until a request sent later is acknowledged."""

        def served() -> bool:
            return any(one.outcome == "ok" for one in self.log.tries_since(began))

        await self.until(served, f"{name}: somebody is served")
        self.measure(name, time.monotonic() - began, limit_s)

    async def ready_again(self, name: str, began: float, limit_s: float) -> None:
        """Measures from `began` until every part says it is well."""
        await self.until(self.city.ready, f"{name}: all parts are well", 90)
        self.measure(name, time.monotonic() - began, limit_s)

    async def applied_again(self, name: str, began: float, limit_s: float) -> None:
        """Measures from `began` until something acknowledged later has its effect at the desk and in the ledger."""

        def applied() -> bool:
            later = [one for one in self.log.sent if one.ok and one.tries[0].began >= began]
            cases, booked = newest_effects(self.city.database_url)
            entered = any(one.key in booked for one in later)
            return entered and any(one.id in cases or one.key in cases for one in later)

        await self.until(applied, f"{name}: effects go on", 90)
        self.measure(name, time.monotonic() - began, limit_s)

    def resident_mib(self, child: str) -> float:
        return psutil.Process(self.city.pid_of(child)).memory_info().rss / 2**20


NEVER_HEALS = frozenset({"I11"})  # an answer stays what it was: nothing to wait for
PASSING = (httpx.HTTPError, OSError, redis.RedisError, psycopg.Error, psutil.Error, LookupError)


@dataclass(slots=True)
class Verdict:
    """How a night ended."""

    scenario: str
    seed: int
    seconds: float
    acknowledged: int = 0
    unknown: int = 0
    events: int = 0  # in the log, of all nights in this city
    gained: int = 0  # of this night
    gained_acknowledged: int = 0
    connections: int = 0
    resumed: int = 0
    settled_s: float = 0.0
    measured: list[Measured] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not self.findings

    @property
    def broken(self) -> list[str]:
        """Which invariants do not hold."""
        return sorted({one.invariant for one in self.findings}, key=lambda name: int(name[1:]))


Play = Callable[[Night], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Manner:
    """How nights are played: `seconds` of trouble where a scenario's own are not wanted; `patience` widens the limits
    of time on a busy machine; `sheet` is how many entries are handed in at once, besides all that come alone."""

    seconds: float | None = None
    patience: float = 1.0
    sheet: int = 0
    settle_s: float = SETTLE_S


PLAIN = Manner()


async def spend(
    city: World,
    log: ClientLog,
    play: Play,
    *,
    name: str,
    seed: int,
    seconds: float,
    manner: Manner = PLAIN,
) -> Verdict:
    """Plays one scenario on a city and judges everything that ever happened to it; what is amiss must be well again
    within `settle_s`."""
    began, head, acknowledged = time.monotonic(), city.head(), log.acknowledged
    chance = random.Random(f"{name}-{seed}")
    clients = Clients(city, log, chance, sheet=manner.sheet)
    screens = [
        Screen(city, number, restless=random.Random(chance.random()) if number % 2 else None)
        for number in range(SCREENS)
    ]
    night = Night(city, clients, screens, chance, seconds)
    for screen in screens:
        screen.start()
    try:
        async with clients:
            await clients.acknowledge_more(WARM, 90)
            await play(night)
            await _served_as_before(night)
        facts, settled = await _settled(night, manner.settle_s)
    finally:
        await asyncio.gather(*(screen.stop() for screen in screens))
    late = [one for one in night.measured if one.value > one.limit * manner.patience]
    night.findings += [Finding("I9", f"{m.name}: {m.value:.1f} {m.unit}, limit {m.limit:g}") for m in late]
    return Verdict(
        scenario=name,
        seed=seed,
        seconds=time.monotonic() - began,
        acknowledged=log.acknowledged,
        unknown=sum(one.unknown for one in log.sent),
        events=facts.head,
        gained=facts.head - head,
        gained_acknowledged=log.acknowledged - acknowledged,
        connections=sum(len(screen.connections) for screen in screens),
        resumed=sum(screen.recovered for screen in screens),
        settled_s=settled,
        measured=night.measured,
        findings=night.findings,
    )


async def _served_as_before(night: Night) -> None:
    try:
        took = await night.clients.acknowledge_more(WARM, SETTLE_S)
    except TimeoutError:
        night.broken("I9", f"not {WARM} more requests served within {SETTLE_S:g} s after the fault")
    else:
        night.measure("served as before", took, 20)


async def _settled(night: Night, limit_s: float) -> tuple[Facts, float]:
    """Waits until nothing is amiss any more, or the time is over; what is amiss then is found."""
    began = time.monotonic()
    while True:
        late = time.monotonic() - began > limit_s
        try:
            facts = await asyncio.to_thread(read_facts, night.city.database_url)
        except PASSING:
            if late:
                raise
            await asyncio.sleep(LOOK_S)
            continue
        amiss = judge(night.log, facts)
        behind = [one for one in night.screens if (one.upto or 0) < facts.head]
        if late or not (behind or any(one.invariant not in NEVER_HEALS for one in amiss)):
            break
        await asyncio.sleep(LOOK_S)
    night.findings += amiss + judge_screens(night.screens, facts)
    night.findings += [Finding("I5", f"screen {one.number} is behind: {one.upto}") for one in behind]
    return facts, time.monotonic() - began
