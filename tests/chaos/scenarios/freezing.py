"""F8: a process stands still and wakes up later, believing that nothing happened."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Awaitable, Callable

from ioc.settings import Settings
from tests.chaos.database import seats
from tests.chaos.night import Night
from tests.chaos.scenarios.scenario import Scenario
from tests.chaos.world import MODULES, inside, send

TAKEOVER_S = 10.0
IN_HAND = "work in hand of module:ledger"
WORK_S = 30.0  # until an entry comes


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
    """Two machines run the modules; the one at work stands still in its middle, the other takes over; the first wakes.

    What it had under way must be refused: its fence was passed. It stands by then, until it is the other's turn.
    """

    async def any_moment() -> None:
        await night.wait(1, 3)

    await _in_turn(night, any_moment)


async def freeze_work(night: Night) -> None:
    """The same, each time with the ledger's work done and nothing of it written: its commit comes when it wakes, after
    the other machine has written the same work."""

    async def work_in_hand() -> None:
        file = night.city.inside_folder("modules") / IN_HAND
        file.touch()
        await night.until(lambda: not file.exists(), "the ledger has work in hand", WORK_S)

    await _in_turn(night, work_in_hand)


async def _in_turn(night: Night, moment: Callable[[], Awaitable[None]]) -> None:
    awake, waiting = "modules", "modules-2"
    state = night.city.folder / "machine-2"
    night.city.machines[waiting] = Settings(city_dir=night.city.city_dir, state_dir=state).run_dir
    night.city.start("modules", name=waiting, state=state)
    await _stands_by(night, waiting)
    for _ in range(max(2, int(night.seconds // 12))):
        before = seats(night.city.database_url)
        await moment()
        if seats(night.city.database_url) != before:
            night.broken("I9", "a seat changed hands while its owner lived")
        frozen, said = night.city.family(awake), len(night.city.log_of(awake))
        began = time.monotonic()
        send(frozen, signal.SIGSTOP)
        await night.applied_again("frozen machine, another has taken over", began, TAKEOVER_S)
        send(frozen, signal.SIGCONT)
        await _stands_by(night, awake, said)
        awake, waiting = waiting, awake


async def _stands_by(night: Night, machine: str, after: int = 0) -> None:
    """Until every module of a machine has said, behind what its log held before, that it stands by."""

    def told() -> bool:
        said = [line for line in night.city.log_of(machine)[after:].splitlines() if '"event":"stands by"' in line]
        return all(any(f'"part":"{name}"' in line for line in said) for name in MODULES)

    await night.until(told, f"{machine} stands by", 90)


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
    send(frozen, signal.SIGSTOP)
    await night.wait(2, 8)
    send(frozen, signal.SIGCONT)
    began = time.monotonic()
    await night.served_again("PostgreSQL woken, served again", began, 20)


SCENARIOS = (
    Scenario("parts-frozen", "F8", "SIGSTOP of a desk or module: its supervisor replaces it", freeze_parts, 25.0),
    Scenario(
        "machine-frozen", "F8", "a machine stands still, the other takes over, the first wakes", freeze_machine, 30.0
    ),
    Scenario(
        "work-frozen",
        "F8",
        "a machine stands still with work in hand, the other does the work, the first wakes",
        freeze_work,
        30.0,
        extra=inside("still-at-work"),
    ),
    Scenario("servers-frozen", "F8", "SIGSTOP and SIGCONT of Redis and PostgreSQL", freeze_servers, 25.0),
)
