"""Evidence goes after its time and not before, file and key, unless it is held; and that is proved on the disk."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from ioc.core.clock import SetClock
from ioc.core.errors import Problem
from ioc.evidence.folder import CLIP, MARK, SEALED, SNAPSHOT, EvidenceFolder
from ioc.evidence.sweep import prove_evidence, sweep_evidence
from ioc.evidence.verify import verify
from ioc.store import Store, StoreSettings
from ioc.store.evidence import evidence, ref_of
from ioc.store.keeping import EvidenceKeeping, Keeping
from tests.evidence.kept import make_evidence

START = datetime(2026, 1, 5, 3, tzinfo=UTC)
KEEPING = EvidenceKeeping(
    classes={"public_security": timedelta(days=60)}, other=timedelta(days=30), original=timedelta(days=90)
)
ALL = {SNAPSHOT, CLIP, SNAPSHOT + SEALED, CLIP + SEALED}


@pytest.fixture
def clock() -> SetClock:
    return SetClock(START)


@pytest.fixture
async def timed(store_settings: StoreSettings, clock: SetClock) -> AsyncIterator[Store]:
    opened = await Store.open(store_settings, clock)
    yield opened
    await opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> EvidenceFolder:
    return EvidenceFolder(tmp_path / "evidence")


def files(folder: EvidenceFolder) -> dict[str, set[str]]:
    """What lies on the disk, by the event it belongs to."""
    return {name.partition("/")[2].rpartition(".")[0]: set(found) for name, found in folder.folders()}


async def test_each_class_goes_after_its_own_time_and_originals_after_theirs(
    timed: Store, clock: SetClock, folder: EvidenceFolder, tmp_path: Path
) -> None:
    road = (await make_evidence(timed, tmp_path)).event
    yard = (await make_evidence(timed, tmp_path, module="public_security")).event
    clock.move(timedelta(days=29))
    assert await sweep_evidence(timed, folder, clock.now(), KEEPING) == 0
    assert files(folder) == {road: ALL, yard: ALL}
    clock.move(timedelta(days=2))
    late = await timed.prove_swept(Keeping(evidence=KEEPING))
    assert (late.evidence, late.originals, late.gone) == (1, 0, False), "the proof finds what the sweep has not done"
    assert await sweep_evidence(timed, folder, clock.now(), KEEPING) == 1
    sealed = {SNAPSHOT + SEALED, CLIP + SEALED}
    assert files(folder) == {road: sealed, yard: ALL}
    assert [one.wrong async for one in verify(timed, folder)] == [None] * 6
    clock.move(timedelta(days=60))
    assert await sweep_evidence(timed, folder, clock.now(), KEEPING) == 2
    assert files(folder) == {}
    assert [one.name for one in (tmp_path / "evidence").iterdir()] == [MARK], "no empty folders are left"
    assert (await timed.prove_swept(Keeping(evidence=KEEPING))).gone
    for event in (road, yard):
        row = await timed.evidence.get(event)
        assert row is not None and row.state == "deleted" and row.body.clip is not None, "its hashes stay"
        assert await timed.evidence.wrapped_key(event) is None, "the key of the originals is destroyed"
        told = [one.action for one in await timed.audit.list(object=ref_of(event))]
        assert told == ["evidence.deleted", "evidence.deleted", "evidence.kept"]
    assert await timed.audit.verify() is None


async def test_what_is_held_stays_by_case_or_by_itself_until_it_is_released(
    timed: Store, clock: SetClock, folder: EvidenceFolder, tmp_path: Path
) -> None:
    by_case = (await make_evidence(timed, tmp_path)).event
    by_itself = (await make_evidence(timed, tmp_path)).event
    free = (await make_evidence(timed, tmp_path)).event
    case = await timed.holds.add("incident", "vụ-1", refs={ref_of(by_case)}, by="toà án", reason="công văn 12")
    await timed.holds.add("evidence", by_itself, by="toà án", reason="công văn 13")
    with pytest.raises(Problem) as unknown:
        await timed.holds.add("evidence", "lạ", by="toà án", reason="công văn 13")
    assert unknown.value.status == 404
    assert [(one.refs, one.evidence) for one in await timed.holds.list()] == [(0, 1), (0, 1)]
    clock.move(timedelta(days=200))
    await sweep_evidence(timed, folder, clock.now(), KEEPING)
    assert files(folder) == {by_case: ALL, by_itself: ALL}
    assert free not in files(folder)
    found = await timed.prove_swept(Keeping(evidence=KEEPING))
    assert (found.held_evidence, found.gone) == (2, True)
    row = await timed.evidence.get(by_case)
    assert row is not None and row.held
    await timed.holds.release(case, by="toà án", reason="hết vụ việc")
    await sweep_evidence(timed, folder, clock.now(), KEEPING)
    assert files(folder) == {by_itself: ALL}


async def test_what_a_killed_process_left_goes_and_the_proof_sees_what_stays(
    timed: Store, clock: SetClock, folder: EvidenceFolder, tmp_path: Path
) -> None:
    row = await make_evidence(timed, tmp_path)
    assert row.body.folder is not None
    earlier = folder.home / row.body.folder.replace(".1", ".0")
    shutil.copytree(folder.home / row.body.folder, earlier)
    nobodys = folder.home / "2026-01-05" / "không-ai-biết.1"
    shutil.copytree(folder.home / row.body.folder, nobodys)
    assert (await prove_evidence(timed, folder, clock.now(), KEEPING)).folders == 1
    await sweep_evidence(timed, folder, clock.now(), KEEPING)
    assert not earlier.exists() and nobodys.exists(), "after a restore they may be the only copy"
    clock.move(timedelta(days=31))
    await sweep_evidence(timed, folder, clock.now(), KEEPING)
    (folder.home / row.body.folder / CLIP).write_bytes(b"put back by a person")
    left = await prove_evidence(timed, folder, clock.now(), KEEPING)
    assert (left.files, left.folders) == (1, 0)
    [line, *_] = await timed.audit.list(object="evidence")
    assert (line.action, line.detail) == ("evidence.proved", {"files": 1, "folders": 0})
    clock.move(timedelta(days=65))
    await sweep_evidence(timed, folder, clock.now(), KEEPING)
    assert files(folder) == {}


async def test_a_file_that_cannot_be_deleted_is_seen_by_the_proof_and_goes_later(
    timed: Store, clock: SetClock, folder: EvidenceFolder, tmp_path: Path
) -> None:
    row = await make_evidence(timed, tmp_path)
    assert row.body.folder is not None
    stuck = folder.home / row.body.folder / SNAPSHOT
    stuck.unlink()
    stuck.mkdir()
    clock.move(timedelta(days=31))
    with pytest.raises(OSError):
        await sweep_evidence(timed, folder, clock.now(), KEEPING)
    assert (await prove_evidence(timed, folder, clock.now(), KEEPING)).files == 2
    stuck.rmdir()
    await sweep_evidence(timed, folder, clock.now(), KEEPING)
    assert (await prove_evidence(timed, folder, clock.now(), KEEPING)).files == 0
    assert (await timed.prove_swept(Keeping(evidence=KEEPING))).gone


async def test_a_disk_that_is_not_mounted_proves_nothing_deleted(
    timed: Store, clock: SetClock, folder: EvidenceFolder, tmp_path: Path
) -> None:
    row = await make_evidence(timed, tmp_path)
    folder.home.rename(tmp_path / "elsewhere")
    folder.home.mkdir()
    clock.move(timedelta(days=31))
    with pytest.raises(OSError, match="not the folder"):
        await sweep_evidence(timed, folder, clock.now(), KEEPING)
    folder.home.rmdir()
    (tmp_path / "elsewhere").rename(folder.home)
    after = await timed.evidence.get(row.event)
    assert after is not None and after.open_gone is None
    assert await sweep_evidence(timed, folder, clock.now(), KEEPING) == 1


async def test_a_changed_and_a_lost_file_are_named(timed: Store, folder: EvidenceFolder, tmp_path: Path) -> None:
    row, other = await make_evidence(timed, tmp_path), await make_evidence(timed, tmp_path)
    assert [one.wrong async for one in verify(timed, folder)] == [None] * 8
    assert row.body.folder is not None
    home = folder.home / row.body.folder
    (home / SNAPSHOT).unlink()
    for name in (CLIP, CLIP + SEALED):
        raw = bytearray((home / name).read_bytes())
        raw[len(raw) // 2] ^= 1
        (home / name).write_bytes(raw)
    wrong = {(one.event, one.file): one.wrong async for one in verify(timed, folder) if one.wrong}
    assert wrong == {
        (row.event, SNAPSHOT): "missing",
        (row.event, CLIP): "altered",
        (row.event, CLIP + SEALED): "altered",
    }
    assert [one.wrong async for one in verify(timed, folder, other.event)] == [None] * 4
    with pytest.raises(Problem):
        [one async for one in verify(timed, folder, "lạ")]


async def test_what_the_audit_chain_says_is_believed_and_not_the_row(
    timed: Store, clock: SetClock, folder: EvidenceFolder, tmp_path: Path
) -> None:
    forged, deleted, hidden = [await make_evidence(timed, tmp_path) for _ in range(3)]
    assert forged.body.snapshot is not None and forged.body.folder is not None
    other = folder.put(forged.body.folder, "khac.jpg", b"another picture")
    snapshot = msgspec.structs.replace(forged.body.snapshot, file=other)
    body = msgspec.json.encode(msgspec.structs.replace(forged.body, snapshot=snapshot))
    (folder.home / forged.body.folder / "khac.jpg").replace(folder.home / forged.body.folder / SNAPSHOT)
    c = evidence.c
    await timed.write(lambda tx: tx.execute(sa.update(evidence).where(c.event == forged.event).values(body=body)))
    await timed.write(lambda tx: tx.execute(sa.delete(evidence).where(c.event == deleted.event)))
    await timed.write(
        lambda tx: tx.execute(sa.update(evidence).where(c.event == hidden.event).values(open_gone=clock.now()))
    )
    wrong = {(one.event, one.file) for one in [one async for one in verify(timed, folder)] if one.wrong}
    expected = {(forged.event, SNAPSHOT), (hidden.event, SNAPSHOT), (hidden.event, CLIP)}
    assert wrong == expected | {(deleted.event, file) for file in ALL}
    assert {one.file async for one in verify(timed, folder, deleted.event)} == ALL


async def test_what_was_deleted_in_its_time_contradicts_nothing(
    timed: Store, clock: SetClock, folder: EvidenceFolder, tmp_path: Path
) -> None:
    await make_evidence(timed, tmp_path)
    for days, left in ((31, 2), (60, 0)):
        clock.move(timedelta(days=days))
        assert await sweep_evidence(timed, folder, clock.now(), KEEPING) == 1
        assert [one.wrong async for one in verify(timed, folder)] == [None] * left


class Meddling(EvidenceFolder):
    """Something happens while the first files are being deleted: at that moment the others have been chosen already."""

    def __init__(self, home: Path, meanwhile: Callable[[], object]) -> None:
        super().__init__(home)
        self._meanwhile = [meanwhile]

    def remove(self, folder: str, names: tuple[str, ...]) -> None:
        if self._meanwhile:
            self._meanwhile.pop()()
        super().remove(folder, names)


async def test_what_is_held_while_others_are_being_deleted_stays(
    timed: Store, clock: SetClock, folder: EvidenceFolder, tmp_path: Path
) -> None:
    first = (await make_evidence(timed, tmp_path)).event
    clock.move(timedelta(minutes=1))
    held = (await make_evidence(timed, tmp_path)).event
    clock.move(timedelta(days=31))
    loop = asyncio.get_running_loop()

    def hold() -> None:
        adding = timed.holds.add("evidence", held, by="toà án", reason="công văn 14")
        asyncio.run_coroutine_threadsafe(adding, loop).result(30)

    assert await sweep_evidence(timed, Meddling(folder.home, hold), clock.now(), KEEPING) == 1
    assert files(folder) == {first: {SNAPSHOT + SEALED, CLIP + SEALED}, held: ALL}
    row = await timed.evidence.get(held)
    assert row is not None and row.held and row.open_gone is None
    assert [one.action for one in await timed.audit.list(object=ref_of(held))] == ["evidence.kept"]


@pytest.mark.parametrize("days", [31, 91], ids=["open files", "all of it"])
async def test_what_could_not_be_deleted_goes_with_the_next_sweep(
    timed: Store, clock: SetClock, folder: EvidenceFolder, tmp_path: Path, days: int
) -> None:
    made = (await make_evidence(timed, tmp_path)).event
    clock.move(timedelta(days=days))

    def fail() -> None:
        raise OSError("the disk is away")

    with pytest.raises(OSError, match="away"):
        await sweep_evidence(timed, Meddling(folder.home, fail), clock.now(), KEEPING)
    assert files(folder) == {made: ALL}
    assert (await prove_evidence(timed, folder, clock.now(), KEEPING)).files == 2, "the proof sees it"
    await sweep_evidence(timed, folder, clock.now(), KEEPING)
    assert files(folder) == ({made: {SNAPSHOT + SEALED, CLIP + SEALED}} if days == 31 else {})
