"""Several workers share a city's cameras, on machines of their own: killed, joined and paused, with real processes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
import structlog

from ioc.bus.keys import camera_lease_key
from ioc.city.profile import load_city
from ioc.core.clock import parse_time
from ioc.host.cameras_seen import EVERY
from ioc.host.cameras_workers import workers_now
from ioc.store import Store, StoreSettings
from tests import servers
from tests.conftest import PATIENT
from tests.host.meters import MASTER_KEY
from tests.host.running_cameras import profile_of
from tests.running import ROOT
from tests.streams.scenes import write_clip

pytestmark = pytest.mark.timeout(600)
LIMIT_S = 120.0
COUNT = 9


class Workers:
    """The processes, and what they have told of which cameras."""

    def __init__(self, url: str, folder: Path, valkey: servers.Valkey, store: Store, cameras: list[str]) -> None:
        self._url, self._folder, self._valkey = url, folder, valkey
        self.store, self.cameras = store, cameras
        self.running: list[asyncio.subprocess.Process] = []
        self._redis = redis.Redis.from_url(valkey.url)

    async def start(self, number: int | None = None) -> asyncio.subprocess.Process:
        """The next worker, on a machine of its own; its number there is otherwise the machine's, to tell them apart."""
        machine = len(self.running) + 1
        state, profile = self._folder / f"máy {machine}", self._folder / "profile"
        words = (self._url, self._valkey.url, str(state), str(profile), str(number or machine))
        command = (sys.executable, "-m", "tests.host.lone_cameras", *words)
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env={**os.environ})
        self.running.append(process)
        return process

    def owners(self) -> dict[str, int]:
        """Which process has which camera, as Redis says."""
        keys = [camera_lease_key(load_city(self._folder / "profile").id, one) for one in self.cameras]
        said: Any = self._redis.mget(keys)
        return {camera: int(owner.split(b":")[1]) for camera, owner in zip(self.cameras, said, strict=True) if owner}

    def shares(self, *processes: asyncio.subprocess.Process) -> list[int]:
        """How many cameras each has."""
        counts = Counter(self.owners().values())
        return [counts[process.pid] for process in processes]

    async def seen(self) -> dict[str, dict[str, Any]]:
        """What the screens show of each camera."""
        return {row.key: msgspec.json.decode(row.body) for row in await self.store.latest.all(["cam"])}

    async def all_well(self) -> bool:
        said = await self.seen()
        return all(said.get(one, {}).get("state") == "ok" for one in self.cameras)

    async def shared(self, *processes: asyncio.subprocess.Process) -> None:
        """Waits until each of these has its fair share and every camera is seen."""
        fair = COUNT // len(processes)
        await until(self._fair(processes, fair), f"{len(processes)} workers have {fair} cameras each, or one more")
        await until(self.all_well, "every camera is seen")

    def _fair(self, processes: tuple[asyncio.subprocess.Process, ...], fair: int) -> Callable[[], Awaitable[bool]]:
        async def is_so() -> bool:
            shares = self.shares(*processes)
            return sum(shares) == COUNT and min(shares) >= fair and max(shares) <= fair + 1

        return is_so

    async def taken_over(self, before: dict[str, dict[str, Any]], cameras: list[str]) -> float:
        """Waits until these cameras are seen under a newer fence; how long it took."""
        began = time.monotonic()

        async def is_so() -> bool:
            said = await self.seen()
            return all(said[one]["state"] == "ok" and said[one]["fence"] > before[one]["fence"] for one in cameras)

        await until(is_so, "others see these cameras")
        return time.monotonic() - began

    async def speaker(self) -> int:
        """Which process does what belongs once to the city; 0 while none does."""
        seat = await self.store.seats.look("cameras")
        return int(seat.by.owner.split(":")[1]) if seat is not None and seat.by is not None else 0

    async def speaks(self, process: asyncio.subprocess.Process) -> bool:
        """Whether it is this one, and has said since that the part is well."""
        word = {row.key: row for row in await self.store.latest.all(["module"])}.get("cameras")
        return await self.speaker() == process.pid and word is not None and b'"live"' in word.body

    async def in_series(self, since: Any) -> bool:
        """Whether the book of sources has heard every camera since then."""
        rows = {row.key: msgspec.json.decode(row.body) for row in await self.store.latest.all(["source"])}
        said = [rows.get(f"camera:{id}", {}).get("last_at") for id in self.cameras]
        return all(at is not None and parse_time(at) > since for at in said)

    async def readings(self) -> list[Any]:
        return [one for row in await self.store.observations.after(0, 10_000) for one in row.observations]

    async def told(self) -> bool:
        """Whether the workers' own words and those about the cameras agree."""
        words = await workers_now(self.store, self.store.now())
        counts = Counter(said["worker"] for said in (await self.seen()).values())
        return {said["worker"]: said["cameras"] for said in words} == dict(counts)

    async def end(self) -> None:
        for process in self.running:
            if process.returncode is None:
                process.send_signal(signal.SIGCONT)
                process.send_signal(signal.SIGTERM)
        await asyncio.gather(*(process.wait() for process in self.running))


async def until(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    try:
        async with asyncio.timeout(LIMIT_S):
            while not await condition():
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"not within {LIMIT_S:g} s: {what}") from None


@asynccontextmanager
async def opened(url: str, folder: Path) -> AsyncIterator[Workers]:
    clip = write_clip(folder / "drive.mp4")
    cameras = [f"cam-{number}" for number in range(1, COUNT + 1)]
    profile = profile_of(folder, dict.fromkeys(cameras, f"file:{clip}"))
    store = await Store.open(StoreSettings(url, load_city(profile).id, folder / "test", MASTER_KEY, **PATIENT))
    with servers.valkey() as valkey:
        workers = Workers(url, folder, valkey, store, cameras)
        try:
            yield workers
        finally:
            await workers.end()
            await store.close()


@pytest.fixture
async def workers(postgres_url: str, tmp_path: Path) -> AsyncIterator[Workers]:
    async with opened(postgres_url, tmp_path) as made:
        yield made


async def test_a_killed_workers_cameras_are_taken_over_and_a_new_one_gets_its_share(workers: Workers) -> None:
    one, two, three = [await workers.start() for _ in range(3)]
    await workers.shared(one, two, three)
    before, its = await workers.seen(), [id for id, pid in workers.owners().items() if pid == two.pid]
    two.send_signal(signal.SIGKILL)
    took = await workers.taken_over(before, its)
    structlog.get_logger().info("a killed worker's cameras are seen again", cameras=len(its), after_s=round(took, 1))
    await workers.shared(one, three)
    four = await workers.start()
    await workers.shared(one, three, four)
    await until(workers.told, "each says how many it has")


async def test_a_paused_worker_that_wakes_writes_nothing_of_what_it_lost(workers: Workers) -> None:
    one, two = await workers.start(), await workers.start()
    await workers.shared(one, two)
    before, its = await workers.seen(), [id for id, pid in workers.owners().items() if pid == two.pid]
    two.send_signal(signal.SIGSTOP)
    await workers.taken_over(before, its)
    two.send_signal(signal.SIGCONT)
    await workers.shared(one, two)
    assert two.returncode is None, "it goes on with its new share"
    since = workers.store.now()
    await until(lambda: _all_told_twice(workers, since), "every camera has told of ten seconds twice since")
    readings = await workers.readings()
    assert len({one.id for one in readings}) == len(readings)
    assert {one.value for one in readings if one.kind == "camera.state"} == {0.0}, "a woken worker takes it for lost"
    times = defaultdict(list)
    for reading in readings:
        if reading.kind == "camera.motion":
            times[reading.key].append(reading.at)
    apart = [later - sooner for some in times.values() for sooner, later in pairwise(sorted(some))]
    assert min(apart) > EVERY / 2, "nobody looked at a camera twice at once"


async def test_what_belongs_once_to_the_city_goes_on_elsewhere_when_its_process_dies(workers: Workers) -> None:
    one, two = await workers.start(1), await workers.start(1)
    await workers.shared(one, two)
    first = await workers.speaker()
    assert first in (one.pid, two.pid)
    other = two if first == one.pid else one
    (one if first == one.pid else two).send_signal(signal.SIGKILL)
    await until(lambda: workers.speaks(other), "the other has the seat and speaks for the part")
    await workers.shared(other)
    since = workers.store.now()
    await until(lambda: workers.in_series(since), "what is read since is in its series")


async def _all_told_twice(workers: Workers, since: Any) -> bool:
    told = Counter(one.key for one in await workers.readings() if one.kind == "camera.motion" and one.at > since)
    return all(told[camera] >= 2 for camera in workers.cameras)
