"""Evidence through the death of the process that makes it, with real processes: it comes all the same, once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ioc.city.profile import load_city
from ioc.core.envelope import Envelope
from ioc.core.ids import new_id
from ioc.evidence.folder import EvidenceFolder
from ioc.evidence.ring import segments
from ioc.evidence.sweep import leftovers
from ioc.evidence.verify import verify
from ioc.host.cameras_workers import workers_now
from ioc.store import Store, StoreSettings
from ioc.store.evidence import EvidenceRow
from ioc.store.keeping import EvidenceKeeping
from tests import servers
from tests.conftest import PATIENT
from tests.host.meters import MASTER_KEY
from tests.host.running_cameras import profile_of
from tests.host.test_cameras_shared_out import until
from tests.running import ROOT
from tests.streams.scenes import write_clip

pytestmark = pytest.mark.timeout(600)
BEFORE = 8  # pictures in the ring before the event
Process = asyncio.subprocess.Process


class Machines:
    """Workers of one camera, each on a machine of its own, with one folder for evidence."""

    def __init__(self, url: str, folder: Path, redis: str, store: Store) -> None:
        self._url, self._folder, self._redis, self.store = url, folder, redis, store
        self.evidence = EvidenceFolder(folder / "bằng chứng")
        self.running: list[Process] = []

    async def start(self, machine: str) -> Process:
        words = (self._url, self._redis, str(self._folder / machine), str(self._folder / "profile"), "1")
        environment = {**os.environ, "IOC_EVIDENCE_DIR": str(self.evidence.home)}
        command = (sys.executable, "-m", "tests.host.lone_cameras", *words)
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment)
        self.running.append(process)
        return process

    async def rings(self, machine: str) -> None:
        """Waits until the ring of a machine holds some pictures."""

        async def is_so() -> bool:
            found = await asyncio.to_thread(segments, self._folder / machine / "ring" / "cam-1")
            return sum(len(one.stamps) for one in found) >= BEFORE

        await until(is_so, "the ring holds pictures")

    async def tell(self) -> str:
        """Something seems to go the wrong way; waits for the snapshot."""
        now, id = self.store.now(), new_id()
        told = Envelope(
            id=id,
            source="/test",
            type="traffic.wrong_way.suspected",
            time=now,
            recordedtime=now,
            city="thanh-hoa",
            module="traffic",
            partitionkey="cam-1",
            correlationid=f"vụ:{id}",
            data={"camera": "cam-1"},
        )
        await self.store.write(lambda tx: tx.append(told))

        async def is_so() -> bool:
            row = await self.store.evidence.get(id)
            return row is not None and row.body.snapshot is not None

        await until(is_so, "the snapshot is kept")
        return id

    async def settled(self, id: str) -> EvidenceRow:
        async def is_so() -> bool:
            row = await self.store.evidence.get(id)
            return row is not None and row.state != "wanted"

        await until(is_so, "the evidence is settled")
        row = await self.store.evidence.get(id)
        assert row is not None
        return row

    async def both_speak(self) -> bool:
        return len(await workers_now(self.store, self.store.now())) == 2

    async def all_well(self) -> bool:
        """Every file is as it was kept."""
        found = [one.wrong async for one in verify(self.store, self.evidence)]
        return bool(found) and not any(found)

    async def end(self) -> None:
        for process in self.running:
            if process.returncode is None:
                process.send_signal(signal.SIGCONT)
                process.send_signal(signal.SIGTERM)
        await asyncio.gather(*(process.wait() for process in self.running))


@asynccontextmanager
async def opened(url: str, folder: Path) -> AsyncIterator[Machines]:
    clip = write_clip(folder / "drive.mp4")
    profile = profile_of(folder, {"cam-1": f"file:{clip}"})
    store = await Store.open(StoreSettings(url, load_city(profile).id, folder / "test", MASTER_KEY, **PATIENT))
    with servers.valkey() as valkey:
        machines = Machines(url, folder, valkey.url, store)
        try:
            yield machines
        finally:
            await machines.end()
            await store.close()


@pytest.fixture
async def machines(postgres_url: str, tmp_path: Path) -> AsyncIterator[Machines]:
    async with opened(postgres_url, tmp_path) as made:
        yield made


async def test_a_process_killed_within_the_clip_leaves_it_to_the_next_which_says_what_is_missing(
    machines: Machines,
) -> None:
    one = await machines.start("máy 1")
    await machines.rings("máy 1")
    id = await machines.tell()
    one.send_signal(signal.SIGKILL)
    await one.wait()
    await machines.start("máy 1")
    row = await machines.settled(id)
    assert (row.state, row.fence > 1) == ("kept", True)
    assert row.body.clip is not None and row.body.snapshot is not None
    told_ms = row.wanted.at.timestamp() * 1000
    assert any(at_ms <= told_ms for at_ms in row.body.clip.frames), "the pictures before are not lost"
    assert row.body.clip.missing_s > 0
    assert row.body.reason is not None
    assert "khởi động lại" in row.body.reason.vi and "started anew" in row.body.reason.en
    assert await machines.all_well()
    assert [one.event for one in await machines.store.evidence.find()] == [id]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_another_machine_finishes_it_and_who_wakes_up_later_changes_nothing(
    machines: Machines, how: signal.Signals
) -> None:
    one = await machines.start("máy 1")
    await machines.rings("máy 1")
    id = await machines.tell()
    early = await machines.store.evidence.get(id)
    one.send_signal(how)
    await machines.start("máy 2")
    row = await machines.settled(id)
    assert row.state == "kept"
    assert early is not None and row.body.snapshot == early.body.snapshot, "what the first had kept is taken over"
    assert row.body.folder != early.body.folder
    assert row.body.reason is not None, "the pictures before the event are in another machine's ring"
    if how is signal.SIGSTOP:
        one.send_signal(signal.SIGCONT)
        await until(machines.both_speak, "the woken one is at work again")
    after = await machines.store.evidence.get(id)
    assert after == row
    assert await machines.all_well()
    left = await leftovers(machines.store, machines.evidence, machines.store.now(), EvidenceKeeping())
    assert left == [early.body.folder], "the files of the first belong to nothing and are swept"
    lines = await machines.store.audit.list(object=f"evidence:{id}")
    assert [line.action for line in lines] == ["evidence.kept"]
