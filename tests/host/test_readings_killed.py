"""A module killed again and again while readings come: none is lost, none counts twice, in series and in the log."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from ioc.city.profile import load_city
from ioc.contract import Observation
from ioc.store import Store, StoreSettings
from tests.events import AT
from tests.host.meters import CITY_DIR, MASTER_KEY, meter_modules
from tests.running import ROOT

LIMIT_S = 120.0
NAME = "counter"
ROUNDS = 4
EACH = 300
COUNT = ROUNDS * EACH


@asynccontextmanager
async def module_process(url: str, folder: Path, home: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    command = ("-m", "tests.host.lone_module", url, str(folder), str(home), "", NAME)
    process = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT, env={**os.environ})
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_killed_between_series_and_handlers(database_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "city"
    store = await Store.open(StoreSettings(database_url, load_city(CITY_DIR).id, folder / "state", MASTER_KEY))
    try:
        with meter_modules(tmp_path / "own", NAME) as home:
            async with asyncio.timeout(LIMIT_S):
                for number in range(ROUNDS):
                    async with module_process(database_url, folder, home) as process:
                        sending = asyncio.create_task(_send(store, number * EACH))
                        await _halfway(store)
                        process.send_signal(signal.SIGKILL)
                    await sending
                async with module_process(database_url, folder, home):
                    await _all_handled(store)
        await _check(store)
    finally:
        await store.close()


async def _send(store: Store, first: int) -> None:
    """Readings in small batches, every third batch twice, as a door delivers at least once."""
    for start in range(first, first + EACH, 4):
        batch = [
            Observation(f"{NAME}.value", f"m{number}", 101.0, "u", AT + timedelta(seconds=number), id=f"r{number}")
            for number in range(start, start + 4)
        ]
        for _ in range(2 if start % 12 == 0 else 1):
            await store.observations.write_batch("test", batch)
        await asyncio.sleep(0.005)


async def _halfway(store: Store) -> None:
    """Until readings are in their series that no handler has seen."""
    begun = await store.series.position(NAME)
    while True:
        series = await store.series.position(NAME)
        if series > max(begun, await _cursor(store)):
            return
        await asyncio.sleep(0)


async def _all_handled(store: Store) -> None:
    while await _cursor(store) < await store.observations.head():
        await asyncio.sleep(0.05)


async def _cursor(store: Store) -> int:
    mine = f"module:{NAME}:readings"
    return next((one.position for one in await store.cursors.all() if one.consumer == mine), 0)


async def _check(store: Store) -> None:
    events = [row.recorded().envelope for row in await _log(store)]
    said = sorted(one.partitionkey for one in events if one.type == f"{NAME}.value.high")
    assert said == sorted(f"m{number}" for number in range(COUNT)), "one event a reading"
    views = await store.points.list(owner=NAME, limit=COUNT + 1)
    assert len(views) == COUNT
    for number in (0, COUNT // 2, COUNT - 1):
        found = await store.points.points(f"{NAME}.value", f"m{number}", AT, AT + timedelta(days=1))
        assert [one.n for one in found] == [1]


async def _log(store: Store) -> list:
    rows: list = []
    while more := await store.log.after(rows[-1].position if rows else 0):
        rows.extend(more)
    return rows
