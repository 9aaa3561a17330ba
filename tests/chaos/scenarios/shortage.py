"""F12, F13 and F24: no room on the disk, a disk that keeps nothing, no more files, no processor."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import httpx
import psutil

from tests.chaos import disk, flushes
from tests.chaos.night import Night
from tests.chaos.scenarios.scenario import Scenario
from tests.chaos.world import PARTS
from tests.production.installation import PUBLIC_NAME

HEALED_S = 30.0
SPARE = 4
LEFT = 2**16  # bytes: eight pages of a table
BURNERS = 4


async def full_disk(night: Night) -> None:
    """The disk of state and Redis is full for some seconds."""

    def fill() -> Callable[[], None]:
        return disk.fill(night.city.folder / "disk").unlink

    await _hinder_writes(night, fill, "room")


async def full_tables(night: Night) -> None:
    """The disk of PostgreSQL's tables is nearly full: some commits still fit, others do not, for as long as a consumer
    would need to give up what it cannot write."""

    def fill() -> Callable[[], None]:
        filler = disk.fill(night.city.folder / "tables")
        os.truncate(filler, filler.stat().st_size - LEFT)
        return filler.unlink

    await _hinder_writes(night, fill, "room", (20.0, 30.0))


async def failing_flushes(night: Night) -> None:
    """The disk takes what is written and then says that it could not keep it."""
    orders = [night.city.inside_folder(part) / "no-sync" for part in PARTS]

    def fail() -> Callable[[], None]:
        for order in orders:
            order.touch()
        return heal

    def heal() -> None:
        for order in orders:
            order.unlink()

    await _hinder_writes(night, fail, "flushes")


async def _hinder_writes(
    night: Night, begin: Callable[[], Callable[[], None]], what: str, lasts_s: tuple[float, float] = (3.0, 6.0)
) -> None:
    """For some seconds, again and again: writes are refused, reads go on, nothing is restarted."""
    rounds = max(1, int(night.seconds // 10))
    pids = {child: night.city.pid_of(child) for child in ("api", "desk", "module ledger")}
    for _ in range(rounds):
        await night.wait(1, 3)
        end = await asyncio.to_thread(begin)
        began = time.monotonic()
        await night.until(lambda b=began: _refused(night, b), "writes are refused", 30)
        await night.wait(*lasts_s)
        if not await asyncio.to_thread(_readable, night):
            night.broken("I11", f"nothing could be read while there was none: {what}")
        end()
        freed = time.monotonic()
        await night.served_again(f"{what} again, served again", freed, HEALED_S)
        await night.applied_again(f"{what} again, effects go on", freed, HEALED_S)
    now = {child: night.city.pid_of(child) for child in pids}
    if now != pids:
        ended = sorted(child for child in pids if now[child] != pids[child])
        night.broken("I9", f"processes ended for want of {what}: {ended}")


def _refused(night: Night, began: float) -> bool:
    return any(one.outcome == "away" for one in night.log.tries_since(began))


def _readable(night: Night) -> bool:
    headers = {"Host": PUBLIC_NAME, "X-Forwarded-Proto": "https"}
    found = httpx.get(f"{night.city.url}/open311/v2/requests.json", headers=headers, trust_env=False, timeout=10)
    return found.status_code == 200


async def no_more_files(night: Night) -> None:
    """The web process may open hardly any more files; then it may again."""
    until = time.monotonic() + night.seconds
    while time.monotonic() < until:
        await night.wait(1, 2)
        api = psutil.Process(night.city.pid_of("api"))
        before = api.rlimit(resource.RLIMIT_NOFILE)
        api.rlimit(resource.RLIMIT_NOFILE, (api.num_fds() + SPARE, before[1]))
        await night.wait(2, 4)
        freed = time.monotonic()
        api.rlimit(resource.RLIMIT_NOFILE, before)
        await night.served_again("files again, served again", freed, 10)
    await night.applied_again("files again, effects go on", time.monotonic(), 10)


async def no_processor(night: Night) -> None:
    """Others take the processor; nobody is taken for dead, nothing is lost."""
    burn = [sys.executable, "-c", "while True: pass"]
    burners = [
        subprocess.Popen(burn)  # noqa: ASYNC220 - nobody waits for it
        for _ in range(BURNERS)
    ]
    try:
        await night.wait(night.seconds, night.seconds)
    finally:
        for one in burners:
            one.kill()
            one.wait()
    await night.applied_again("processor again, effects go on", time.monotonic(), 20)


SCENARIOS = (
    Scenario(
        "disk-full",
        "F12",
        "no room for database, log and Redis",
        full_disk,
        20.0,
        store="sqlite",
        around="small disk",
        possible=disk.possible,
    ),
    Scenario(
        "tables-full",
        "F12",
        "hardly any room for the tables of PostgreSQL",
        full_tables,
        20.0,
        around="small tables",
        possible=disk.possible,
    ),
    Scenario(
        "flushes-failing",
        "F13",
        "the disk says that it kept nothing",
        failing_flushes,
        20.0,
        store="sqlite",
        extra={"LD_PRELOAD": str(flushes.LIBRARY)},
        possible=flushes.possible,
        own_city=True,
    ),
    Scenario("files-short", "F24", "the web process may open no more files", no_more_files, 12.0),
    Scenario("processor-short", "F24", f"{BURNERS} others take the processor", no_processor, 15.0),
)
