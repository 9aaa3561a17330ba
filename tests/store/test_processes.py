"""Several real processes write one log: positions are contiguous and in order, nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.store import Store, StoreSettings, migrate
from tests.conftest import CITY, MASTER_KEY
from tests.events import an_event

WRITER = Path(__file__).with_name("writer_process.py")
ENOUGH = 400


@asynccontextmanager
async def writers(settings: StoreSettings, count: int):
    root = Path(__file__).parents[2]
    started: list[Process] = []
    try:
        for seed in range(count):
            command = ["-c", f"import runpy; runpy.run_path({str(WRITER)!r}, run_name='__main__')"]
            arguments = [settings.url, settings.city, str(settings.state_dir), settings.key.hex(), str(seed)]
            started.append(
                await asyncio.create_subprocess_exec(
                    sys.executable, *command, *arguments, stdout=PIPE, cwd=root, limit=2**24
                )
            )
        yield started
    finally:
        for process in started:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def test_writers_killed_under_way(store: Store, store_settings: StoreSettings) -> None:
    seen: list[int] = []
    async with writers(store_settings, 3) as started:
        acknowledged = [asyncio.create_task(_acknowledged(process)) for process in started]
        while len(seen) < ENOUGH:
            seen.extend(row.position for row in await store.log.after(len(seen)))
            assert seen == list(range(1, len(seen) + 1)), "a reader never sees a hole"
        for process in started:
            process.send_signal(signal.SIGKILL)
            await process.wait()
    told = {event: position for task in acknowledged for event, position in await task}
    stored = {row.recorded().envelope.id: row.position for row in await _all(store)}
    assert told
    assert told.items() <= stored.items(), "what was acknowledged is there, where it was said to be"
    assert sorted(stored.values()) == list(range(1, len(stored) + 1))


async def _acknowledged(process: Process) -> list[tuple[str, int]]:
    told = []
    assert process.stdout is not None
    async for line in process.stdout:
        words = line.decode().split()
        if words[0] == "ok" and len(words) == 3:
            told.append((words[1], int(words[2])))
    return told


async def _all(store: Store):
    rows = []
    while more := await store.log.after(len(rows)):
        rows.extend(more)
    return rows


# What each of three writers does: groups of jobs, each job appends some events and then fails or not.
a_job = st.tuples(st.integers(1, 3), st.booleans())
a_plan = st.lists(st.lists(a_job, min_size=1, max_size=5), max_size=4)


@settings(max_examples=15, deadline=None)
@given(plans=st.lists(a_plan, min_size=2, max_size=3))
def test_any_mix_of_writers_and_failures(tmp_path_factory: pytest.TempPathFactory, plans) -> None:
    asyncio.run(_mix(tmp_path_factory.mktemp("mix"), plans))


async def _mix(folder: Path, plans) -> None:
    url = f"sqlite:///{folder}/ioc.db"
    await asyncio.to_thread(migrate.upgrade, url)
    settings = StoreSettings(url, CITY, folder / "state", MASTER_KEY)
    stores = [await Store.open(settings) for _ in plans]
    per_writer = await asyncio.gather(*(_carry_out(store, plan) for store, plan in zip(stores, plans, strict=True)))
    rows = await _all(stores[0])
    for store in stores:
        await store.close()
    good = sum(count for plan in plans for group in plan for count, fails in group if not fails)
    assert [row.position for row in rows] == list(range(1, good + 1))
    assert sorted(position for positions in per_writer for position in positions) == list(range(1, good + 1))
    assert all(positions == sorted(positions) for positions in per_writer), "later commits have later positions"


async def _carry_out(store: Store, plan) -> list[int]:
    positions: list[int] = []
    for group in plan:
        results = await asyncio.gather(*(_job(store, *one) for one in group), return_exceptions=True)
        positions.extend(position for result in results if isinstance(result, list) for position in result)
    return positions


async def _job(store: Store, count: int, fails: bool) -> list[int]:
    def job(tx):
        made = [tx.append(an_event()) for _ in range(count)]
        if fails:
            raise ValueError("as planned")
        return made

    return await store.write(job)
