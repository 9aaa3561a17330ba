"""F8: a process stands still and wakes up later, believing that nothing happened."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import suppress

from ioc.settings import Settings
from tests.chaos.night import Night
from tests.chaos.scenarios.scenario import Scenario

TAKEOVER_S = 10.0


async def freeze_parts(night: Night) -> None:
    """SIGSTOP of a child: its supervisor sees that it is silent and replaces it."""
    until = time.monotonic() + night.seconds
    while time.monotonic() < until:
        await night.wait(0.5, 2)
        child = night.chance.choice(("module ledger", "desk"))
        began = time.monotonic()
        old = night.city.signal(child, signal.SIGSTOP)
        await night.until(lambda child=child, old=old: night.city.pid_of(child) != old, f"{child} is replaced", 40)
        await night.applied_again("silent owner, another has taken over", began, TAKEOVER_S)


async def freeze_machine(night: Night) -> None:
    """A whole machine stands still in the middle of its work; another takes over; the first one wakes.

    What it had under way must be refused: its fence was passed.
    """
    rounds = max(2, int(night.seconds // 12))
    awake = "modules"
    for number in range(rounds):
        await night.wait(1, 3)
        frozen = night.city.family(awake)
        for one in frozen:
            os.kill(one.pid, signal.SIGSTOP)
        began, other = time.monotonic(), f"modules-{number}"
        state = night.city.folder / f"machine-{number}"
        night.city.machines[other] = Settings(city_dir=night.city.city_dir, state_dir=state).run_dir
        night.city.start("modules", name=other, state=state)
        target = night.clients.log.acknowledged + 20
        await night.until(lambda t=target: night.clients.log.acknowledged >= t, "doors go on")
        await night.until(lambda b=began, o=other: _has_taken_over(night, o), "another machine has taken over", 60)
        night.measure("frozen machine, another has taken over", time.monotonic() - began, 30)
        for one in frozen:
            with suppress(ProcessLookupError):
                os.kill(one.pid, signal.SIGCONT)
        await night.wait(2, 4)  # it believes that it still owns everything, and finds out
        await asyncio.to_thread(night.city.stop, awake)
        awake = other
    night.city.processes["modules"] = night.city.processes.pop(awake)
    (night.city.folder / "logs" / "modules.log").write_text(night.city.log_of(awake), encoding="utf-8")


def _has_taken_over(night: Night, name: str) -> bool:
    return night.city.pid_of("module ledger", name) > 0 and night.city.ready()


async def freeze_servers(night: Night) -> None:
    """Redis, then PostgreSQL, stand still for some seconds and go on."""
    until = time.monotonic() + night.seconds
    while time.monotonic() < until:
        await night.wait(0.5, 2)
        assert night.city.bus.process is not None
        pid = night.city.bus.process.pid
        os.kill(pid, signal.SIGSTOP)
        await night.wait(2, 6)
        os.kill(pid, signal.SIGCONT)
        await night.applied_again("Redis woken, effects go on", time.monotonic(), 10)
        await _freeze_database(night)


async def _freeze_database(night: Night) -> None:
    if night.city.database is None or night.city.database.process is None:
        return
    frozen = night.city.database_processes()
    for one in frozen:
        os.kill(one.pid, signal.SIGSTOP)
    await night.wait(2, 8)
    for one in frozen:
        with suppress(ProcessLookupError):
            os.kill(one.pid, signal.SIGCONT)
    began = time.monotonic()
    await night.served_again("PostgreSQL woken, served again", began, 20)


SCENARIOS = (
    Scenario("parts-frozen", "F8", "SIGSTOP of a desk or module: its supervisor replaces it", freeze_parts, 25.0),
    Scenario(
        "machine-frozen", "F8", "a machine stands still, another takes over, the first wakes", freeze_machine, 30.0
    ),
    Scenario("servers-frozen", "F8", "SIGSTOP and SIGCONT of Redis and PostgreSQL", freeze_servers, 25.0),
)
