"""A zone drawn while the city runs: the module that looks at zones knows it without a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from ioc.contract import Observation
from ioc.core.clock import SystemClock
from ioc.core.envelope import decode
from ioc.host.discovery import find_modules
from ioc.host.migrating import migration_homes
from ioc.host.module_worker import RunningModule
from ioc.store import Store, StoreSettings, migrate
from tests.conftest import PATIENT
from tests.host.running_cameras import Running, running_cameras
from tests.host.test_cameras_changed import WITHIN_S, comes, lay_over
from tests.streams.scenes import write_clip

pytestmark = pytest.mark.timeout(600)

ZONE = """
[[camera]]
id = "cam-01"

[[camera.zones]]
id = "moi"
name = "Cổng sau"
purpose = "restricted"
points = [[0.0, 0.0], [0.05, 0.0], [0.05, 0.05]]
"""
STRANGER = '[[camera]]\nid = "cam-01"\nname = "Sân kho"\nlife = "maintenance"\n'


async def somebody_there(running: Running) -> None:
    """Goes on to say that somebody stands in the zone `moi`."""
    while True:
        now = SystemClock().now()
        reading = Observation("camera.objects", "cam-01/moi", 1.0, "objects", now, simulated=True)
        await running.store.observations.write_batch("test", [reading])
        await asyncio.sleep(0.2)


@asynccontextmanager
async def module_beside(running: Running, folder: Path, url: str) -> AsyncIterator[RunningModule]:
    """The module on connections of its own, as its process has them."""
    settings = StoreSettings(url, running.parts.city.id, folder / "state", bytes(range(32)), **PATIENT)
    store = await Store.open(settings)
    try:
        yield RunningModule(msgspec.structs.replace(running.parts, store=store), find_modules()["public_security"])
    finally:
        await store.close()


async def test_a_zone_drawn_while_it_runs_raises_its_alarm(sqlite_url: str, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "drive.mp4")
    await asyncio.to_thread(migrate.upgrade, sqlite_url, migration_homes())
    stopping = asyncio.Event()
    async with running_cameras(sqlite_url, tmp_path, {"cam-01": f"file:{clip}"}) as running, AsyncExitStack() as stack:
        module = await stack.enter_async_context(module_beside(running, tmp_path, sqlite_url))
        tasks = [asyncio.ensure_future(module.run(stopping)), asyncio.ensure_future(somebody_there(running))]

        async def strange() -> bool:
            return bool(module.module.health()["unknown_readings"])

        async def raised() -> bool:
            events = [decode(row.body) for row in await running.store.log.after(0, 1000)]
            found = [one for one in events if one.type == "public_security.intrusion.detected"]
            return any("Cổng sau" in str(one.data) for one in found)

        try:
            await comes(strange)
            lay_over(tmp_path, ZONE)
            await comes(raised)
        finally:
            stopping.set()
            tasks[1].cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def test_its_sources_are_listed_as_the_file_says_now(sqlite_url: str, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "drive.mp4")
    await asyncio.to_thread(migrate.upgrade, sqlite_url, migration_homes())
    stopping = asyncio.Event()
    async with running_cameras(sqlite_url, tmp_path, {"cam-01": f"file:{clip}"}) as running, AsyncExitStack() as stack:
        module = await stack.enter_async_context(module_beside(running, tmp_path, sqlite_url))
        task = asyncio.ensure_future(module.run(stopping))

        async def renamed() -> bool:
            entry = module.book.entries["cam-01"]
            return (entry.listed.name, entry.listed.life) == ("Sân kho", "maintenance")

        try:
            assert not await renamed()
            lay_over(tmp_path, STRANGER)
            async with asyncio.timeout(WITHIN_S):
                await comes(renamed)
        finally:
            stopping.set()
            await asyncio.gather(task, return_exceptions=True)
