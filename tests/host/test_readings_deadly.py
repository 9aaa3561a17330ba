"""A reading that ends its process each time: set aside in sight, while its neighbours are handled once each."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from ioc.city.profile import load_city
from ioc.contract import Observation
from ioc.host.set_aside import KILLED, TRIES_ALONE
from ioc.store import Store, StoreSettings
from tests.conftest import PATIENT
from tests.events import AT
from tests.host.meters import CITY_DIR, MASTER_KEY
from tests.running import ROOT

pytestmark = pytest.mark.timeout(300)

LIMIT_S = 120.0
NAME = "scale"
MANIFEST = """name = "scale"
title_vi = "Cân"
title_en = "Scales"
version = "1"
owner = "test"

[events."scale.weight.seen"]
vi = "Đã cân {item}"
en = "Weighed {item}"
"""
CODE = """import os
import signal

from ioc.contract import Event, Module, State, on


class Seen(Event, type="scale.weight.seen", severity=1, key="item"):
    item: str
    count: int


class Scale(State):
    count: int = 0


class Scales(Module):
    @on("scale.weight", state=Scale)
    def weigh(self, reading, scale, ctx):
        scale.count += 1
        if reading.value == 666:
            os.kill(os.getpid(), signal.SIGKILL)
        yield Seen(item=f"{reading.key} {reading.value:g}", count=scale.count)
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    (folder / NAME).mkdir(parents=True)
    (folder / NAME / "manifest.toml").write_text(MANIFEST, encoding="utf-8")
    (folder / NAME / "module.py").write_text(CODE, encoding="utf-8")
    return folder


def weights(start: int, *values: float) -> list[Observation]:
    return [Observation(f"{NAME}.weight", f"cân-{start + n}", value, "kg", AT) for n, value in enumerate(values)]


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not await condition():
            await asyncio.sleep(0.05)


async def test_a_deadly_reading_is_set_aside_and_its_neighbours_are_handled_once(
    database_url: str, tmp_path: Path, home: Path
) -> None:
    folder = tmp_path / "city"
    store = await Store.open(
        StoreSettings(database_url, load_city(CITY_DIR).id, folder / "state", MASTER_KEY, **PATIENT)
    )
    lives = asyncio.create_task(_supervise(database_url, folder, home))
    try:
        await store.observations.write_batch("test", weights(0, 1, 2))
        await store.observations.write_batch("test", weights(10, 3, 666, 4, 666, 5))
        await store.observations.write_batch("test", weights(20, 6))
        await until(lambda: _weighed(store, 6))
        once = ((0, 1), (1, 2), (10, 3), (12, 4), (14, 5), (20, 6))
        assert sorted(await _seen(store)) == [f"cân-{number} {value} 1" for number, value in once]
        [letter] = await store.dead.list()
        assert (letter.kind, letter.reason, letter.recorded.position) == ("reading", KILLED, 2)
        readings = letter.recorded.envelope.data["readings"]
        assert [(one["handler"], one["key"], one["value"]) for one in readings] == [
            ("weigh", "cân-11", 666.0),
            ("weigh", "cân-13", 666.0),
        ]
    finally:
        lives.cancel()
        deaths = (await asyncio.gather(lives, return_exceptions=True))[0]
        await store.close()
    assert isinstance(deaths, int)
    assert deaths == 2 + TRIES_ALONE * 2, "with all, with its batch, and then each by itself"


async def _supervise(url: str, folder: Path, home: Path) -> int:
    """Starts the module again whenever it ends, until cancelled; how often it ended."""
    deaths = 0
    try:
        while True:
            command = ("-m", "tests.host.lone_module", url, str(folder), str(home), "", NAME)
            process = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT, env={**os.environ})
            try:
                await process.wait()
                deaths += 1
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
    except asyncio.CancelledError:
        return deaths


async def _seen(store: Store) -> list[str]:
    rows = await store.log.query(types=["scale.weight.seen"], limit=500)
    return [f"{row.envelope.data['item']} {row.envelope.data['count']}" for row in rows]


async def _weighed(store: Store, count: int) -> bool:
    return len(await _seen(store)) >= count
