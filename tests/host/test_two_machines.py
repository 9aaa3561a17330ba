"""The same module on two machines over one PostgreSQL: one works, the other stands by, and work changes hands."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from ioc.city.profile import load_city
from ioc.contract import Observation
from ioc.host.machine import machine_of
from ioc.store import Store, StoreSettings
from tests.conftest import PATIENT
from tests.host.meters import CITY_DIR, MASTER_KEY
from tests.running import ROOT

pytestmark = pytest.mark.timeout(300)

LIMIT_S = 90.0
NAME = "tally"
MANIFEST = """name = "tally"
title_vi = "Kiểm đếm"
title_en = "Tally"
version = "1"
owner = "test"

[events."tally.clock.ticked"]
vi = "Nhịp của {pid}"
en = "Tick of {pid}"

[events."tally.tick.seen"]
vi = "Đã thấy"
en = "Seen"

[events."tally.reading.seen"]
vi = "Đã đọc"
en = "Read"
"""
CODE = """import asyncio
import os
from datetime import UTC, datetime

from ioc.contract import Event, Module, Observation, every, on, source


class Ticked(Event, type="tally.clock.ticked", severity=1, key="pid"):
    pid: str


class TickSeen(Event, type="tally.tick.seen", severity=1, key="tick"):
    tick: str


class ReadingSeen(Event, type="tally.reading.seen", severity=1, key="reading"):
    reading: str


class Tally(Module):
    @every("1s")
    def tick(self, ctx):
        yield Ticked(pid=str(os.getpid()))

    @source(silent_after="3min")
    async def numbers(self, ctx):
        while True:
            at = datetime.now(UTC)
            yield Observation("tally.number", str(os.getpid()), 1.0, "u", at, simulated=True)
            await asyncio.sleep(0.2)

    @on("tally.clock.ticked")
    def see_tick(self, event, ctx):
        yield TickSeen(tick=event.id)

    @on("tally.number")
    def see_number(self, reading, ctx):
        yield ReadingSeen(reading=f"{reading.key} {reading.at}")
"""


class Machines:
    """Two machines' folders, and the processes started on them."""

    def __init__(self, url: str, folder: Path, store: Store) -> None:
        self.url, self.folder, self.store = url, folder, store
        self.running: list[asyncio.subprocess.Process] = []
        home = folder / "own" / NAME
        home.mkdir(parents=True)
        (home / "manifest.toml").write_text(MANIFEST, encoding="utf-8")
        (home / "module.py").write_text(CODE, encoding="utf-8")

    async def start(self, machine: str) -> asyncio.subprocess.Process:
        command = (
            "-m",
            "tests.host.lone_machine",
            self.url,
            str(self.folder / machine),
            str(self.folder / "own"),
            NAME,
        )
        process = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT, env={**os.environ})
        self.running.append(process)
        return process

    def name_of(self, machine: str) -> str:
        return machine_of(self.folder / machine)

    async def ticks(self) -> list[str]:
        """Whose timer ran, in the order of the log."""
        return [one.data["pid"] for one in await self.said("tally.clock.ticked")]

    async def said(self, type: str) -> list[Any]:
        rows: list[Any] = []
        while more := await self.store.log.after(rows[-1].position if rows else 0):
            rows.extend(more)
        return [one for row in rows if (one := row.recorded().envelope).type == type]

    async def works(self, process: asyncio.subprocess.Process, times: int = 1) -> None:
        """Waits until its timer has run so often since now."""
        before = (await self.ticks()).count(str(process.pid))
        await until(lambda: self._ticked(process, before + times), f"{process.pid} works")

    async def _ticked(self, process: asyncio.subprocess.Process, times: int) -> bool:
        return (await self.ticks()).count(str(process.pid)) >= times

    async def stands_by(self, machine: str, holder: asyncio.subprocess.Process) -> None:
        """Waits until a machine says now that it stands by while that process has the seat."""
        since = self.store.now()
        await until(lambda: self._waits(machine, holder, since), f"{machine} stands by")

    async def _waits(self, machine: str, holder: asyncio.subprocess.Process, since: datetime) -> bool:
        told = {row.key: row for row in await self.store.latest.all(["module"])}
        row = told.get(f"{NAME}@{self.name_of(machine)}")
        seat = await self.store.seats.look(NAME)
        has = seat is not None and seat.by is not None and f":{holder.pid}:" in seat.by.owner
        return has and row is not None and row.rt > since

    async def fences(self) -> dict[str, int]:
        """Every fence there is: of the cursors and of the seat."""
        seat = await self.store.seats.look(NAME)
        assert seat is not None
        return {one.consumer: one.fence for one in await self.store.cursors.all()} | {"seat": seat.turn}

    async def rest(self) -> None:
        """Ends all processes in order."""
        for process in self.running:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
        await asyncio.gather(*(process.wait() for process in self.running))


async def until(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    try:
        async with asyncio.timeout(LIMIT_S):
            while not await condition():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"not within {LIMIT_S:g} s: {what}") from None


@pytest.fixture
async def machines(postgres_url: str, tmp_path: Path) -> AsyncIterator[Machines]:
    async with opened(postgres_url, tmp_path / "test" / "state") as store:
        made = Machines(postgres_url, tmp_path, store)
        try:
            yield made
        finally:
            for process in made.running:
                if process.returncode is None:
                    process.kill()
                await process.wait()


@asynccontextmanager
async def opened(url: str, folder: Path) -> AsyncIterator[Store]:
    store = await Store.open(StoreSettings(url, load_city(CITY_DIR).id, folder, MASTER_KEY, **PATIENT))
    try:
        yield store
    finally:
        await store.close()


def turns(pids: list[str]) -> list[str]:
    """Who had the work, one after the other."""
    return [pid for pid, _ in groupby(pids)]


async def test_one_works_and_the_other_waits_until_it_falls_silent(machines: Machines) -> None:
    first = await machines.start("một")
    await machines.works(first)
    second = await machines.start("hai")
    await machines.stands_by("hai", holder=first)
    before = await machines.fences()
    await machines.works(first, times=4)
    assert await machines.fences() == before, "while both live no fence is passed"
    assert turns(await machines.ticks()) == [str(first.pid)]

    first.send_signal(signal.SIGSTOP)
    await machines.works(second)
    first.send_signal(signal.SIGCONT)
    await machines.stands_by("một", holder=second)
    assert first.returncode is None, "it was refused, and stands by instead of ending"
    since = await machines.fences()
    await machines.works(second, times=3)
    assert await machines.fences() == since
    assert turns(await machines.ticks()) == [str(first.pid), str(second.pid)]

    second.send_signal(signal.SIGKILL)
    await machines.works(first)
    await machines.rest()
    assert turns(await machines.ticks()) == [str(first.pid), str(second.pid), str(first.pid)]
    await _finish(machines)


@pytest.mark.long
async def test_who_ends_in_order_leaves_its_seat_and_who_comes_back_has_its_own(machines: Machines) -> None:
    first = await machines.start("một")
    await machines.works(first)
    second = await machines.start("hai")
    await machines.stands_by("hai", holder=first)
    first.send_signal(signal.SIGTERM)
    await first.wait()
    seat = await machines.store.seats.look(NAME)
    assert seat is not None and (seat.by is None or f":{second.pid}:" in seat.by.owner)
    await machines.works(second)

    second.send_signal(signal.SIGKILL)  # nobody stands by: its own supervisor starts it anew
    await second.wait()
    third = await machines.start("hai")
    await machines.works(third)
    await machines.rest()
    await _finish(machines)


async def _finish(machines: Machines) -> None:
    """Lets one more process handle what the others left, and looks at all that was done."""
    ticks = await machines.said("tally.clock.ticked")
    last = Observation("tally.number", "cuối", 1.0, "u", machines.store.now())
    await machines.store.observations.write_batch("test", [last])
    await machines.start("ba")
    await until(lambda: _handled(machines, "cuối"), "the last reading is handled")
    await until(lambda: _seen(machines, ticks[-1].id), "the last tick is seen")
    await machines.rest()
    seen = [one.data["tick"] for one in await machines.said("tally.tick.seen")]
    assert len(seen) == len(set(seen))
    assert {one.id for one in ticks} <= set(seen)
    readings = [one.data["reading"] for one in await machines.said("tally.reading.seen")]
    assert len(readings) == len(set(readings))


async def _handled(machines: Machines, key: str) -> bool:
    return any(one.data["reading"].startswith(key) for one in await machines.said("tally.reading.seen"))


async def _seen(machines: Machines, tick: str) -> bool:
    return any(one.data["tick"] == tick for one in await machines.said("tally.tick.seen"))
