"""Evidence of events, by the cameras' process as it runs: snapshot, clip and sealed originals, also on a bad disk."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ioc.core.envelope import Envelope
from ioc.core.ids import new_id
from ioc.evidence.clip import pictures_of
from ioc.evidence.folder import CLIP, SEALED, SNAPSHOT, EvidenceFolder, sha256_of
from ioc.evidence.setup import calibration_of, setup_of
from ioc.store import Store
from ioc.store.evidence import EvidenceRow, ref_of
from tests.host.running_cameras import Running, running_cameras
from tests.streams.scenes import write_clip

pytestmark = pytest.mark.timeout(600)
LIMIT_S = 120.0
MASK = """
[[camera.masks]]
id = "nha"
points = [[0.0, 0.0], [1.0, 0.0], [1.0, 0.5], [0.0, 0.5]]
"""


@pytest.fixture
async def city(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    async with AsyncExitStack() as stack:

        async def start(sources: dict[str, str], rows: Callable[[str], str] = str) -> Running:
            return await stack.enter_async_context(running_cameras(sqlite_url, tmp_path, sources, rows=rows))

        yield start


def event(running: Running, camera: str, type: str = "traffic.wrong_way.suspected") -> Envelope:
    """An event as a module tells it."""
    now = running.store.now()
    id = new_id()
    return Envelope(
        id=id,
        source="/test",
        type=type,
        time=now,
        recordedtime=now,
        city=running.parts.city.id,
        module=type.partition(".")[0],
        partitionkey=camera,
        correlationid=f"story:{id}",
        data={"camera": camera, "where": "Cầu Hoàng Long"},
    )


async def told(running: Running, camera: str, type: str = "traffic.wrong_way.suspected") -> str:
    """Tells one; its id."""
    envelope = event(running, camera, type)
    await running.store.write(lambda tx: tx.append(envelope))
    return envelope.id


async def until(store: Store, id: str, done: Callable[[EvidenceRow], bool], most_s: float = LIMIT_S) -> EvidenceRow:
    row = None
    try:
        async with asyncio.timeout(most_s):
            while (row := await store.evidence.get(id)) is None or not done(row):
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"not within {most_s:g} s: {row}") from None
    return row


def luma_above_and_below(jpeg: bytes) -> tuple[float, float]:
    """Mean luma of the upper and the lower half."""
    grey = Image.open(io.BytesIO(jpeg)).convert("L")
    half = grey.height // 2
    parts = [grey.crop((0, 0, grey.width, half - 8)), grey.crop((0, half + 8, grey.width, grey.height))]
    upper, lower = (sum(part.tobytes()) / len(part.tobytes()) for part in parts)
    return upper, lower


async def test_an_event_gets_its_snapshot_at_once_its_clip_and_sealed_originals(city: Any, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "drive.mp4", width=640, height=360)
    running = await city({"cam-01": f"file:{clip}"}, lambda row: row + MASK)
    await running.until("cam-01", "ok", 60)
    id = await told(running, "cam-01")
    early = await until(running.store, id, lambda row: row.body.snapshot is not None)
    assert early.state == "wanted", "the snapshot is there before the clip"
    row = await until(running.store, id, lambda row: row.state != "wanted")
    assert row.state == "kept"
    body, folder = row.body, EvidenceFolder(tmp_path / "evidence")
    assert body.folder and body.snapshot and body.clip and body.original_snapshot and body.original_clip
    told_ms = round(row.wanted.at.timestamp() * 1000)
    assert abs(body.snapshot.at_ms - told_ms) < 10_000
    snapshot = folder.get(body.folder, SNAPSHOT, body.snapshot.file)
    pictures = pictures_of(folder.get(body.folder, CLIP, body.clip.file))
    assert [one.at_ms for one in pictures] == list(body.clip.frames)
    assert body.clip.frames[-1] > told_ms, "what came after the event is in it"
    assert body.calibration == calibration_of(setup_of(running.parts.city.camera("cam-01")))
    for jpeg in (snapshot, *(one.jpeg for one in pictures)):
        upper, lower = luma_above_and_below(jpeg)
        assert upper < 3 < 20 < lower, "masks are burnt in"
    vault = running.store.vault
    key = vault.unwrap(ref_of(id), await running.store.evidence.wrapped_key(id))
    for name, original in ((SNAPSHOT, body.original_snapshot), (CLIP, body.original_clip)):
        sealed = folder.get(body.folder, name + SEALED, original.sealed)
        opened = vault.open(key, ref_of(id), name, sealed)
        assert (sha256_of(opened), len(opened)) == (original.file.sha256, original.file.bytes)
        jpegs = [opened] if name == SNAPSHOT else [one.jpeg for one in pictures_of(opened)]
        assert all(luma_above_and_below(jpeg)[0] > 20 for jpeg in jpegs), "and the originals are whole"
    assert not open_pictures_without_masks(tmp_path)
    [line] = await running.store.audit.list(object=ref_of(id))
    assert line.action == "evidence.kept"
    assert line.detail["sha256"]["clip"] == body.clip.file.sha256


def open_pictures_without_masks(folder: Path) -> list[str]:
    """JPEGs that lie on the disk in the open, in whatever file, and show what a mask hides."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".mp4":
            raw = path.read_bytes()
            for start in (one.start() for one in re.finditer(b"\xff\xd8\xff", raw)):
                end = raw.find(b"\xff\xd9", start)
                if luma_above_and_below(raw[start : end + 2])[0] > 20:
                    found.append(path.name)
    return found


async def test_one_event_has_one_evidence_whoever_reads_it_again(city: Any, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "drive.mp4")
    running = await city({"cam-01": f"file:{clip}"})
    await running.until("cam-01", "ok", 60)
    ids = [await told(running, "cam-01", "public_security.intrusion.detected") for _ in range(3)]
    other = await told(running, "cam-01", "traffic.vehicle.moved")
    unknown = await told(running, "cam-99")
    rows = [await until(running.store, id, lambda row: row.state == "kept") for id in ids]
    assert len({row.body.folder for row in rows}) == 3
    assert [row.event for row in await running.store.evidence.find()] == ids[::-1]
    assert not {other, unknown} & {row.event for row in rows}
    assert len(list(EvidenceFolder(tmp_path / "evidence").folders())) == 3


async def test_an_event_without_pictures_says_so(city: Any, tmp_path: Path) -> None:
    running = await city({"cam-01": "rtsp://127.0.0.1:9/none"})
    id = await told(running, "cam-01", "public_security.camera.offline")
    row = await until(running.store, id, lambda row: row.state != "wanted")
    assert row.state == "missed"
    assert row.body.reason is not None and "Không có hình" in row.body.reason.vi


async def test_a_disk_that_refuses_pictures_is_told_and_counting_goes_on(city: Any, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "drive.mp4", width=640, height=360)
    (tmp_path / "ring").write_text("không phải thư mục / no folder", encoding="utf-8")
    running = await city({"cam-01": f"file:{clip}"})
    await running.until("cam-01", "ok", 60)
    async with asyncio.timeout(LIMIT_S):
        while "đĩa" not in str(running.cameras.placed["cam-01"].seen.body()["note"]):
            await asyncio.sleep(0.1)
        while not any(one.value for one in await running.readings() if one.kind == "camera.crossings"):
            await asyncio.sleep(0.1)
    (tmp_path / "ring").unlink()
    async with asyncio.timeout(LIMIT_S):
        while running.cameras.placed["cam-01"].seen.body()["note"] is not None:
            await asyncio.sleep(0.1)
    id = await told(running, "cam-01")
    assert (await until(running.store, id, lambda row: row.state != "wanted")).state == "kept"


async def test_a_disk_that_refuses_the_files_is_told_and_they_are_written_once_it_takes_them(
    city: Any, tmp_path: Path
) -> None:
    clip = write_clip(tmp_path / "drive.mp4", width=640, height=360)
    (tmp_path / "evidence").write_text("không phải thư mục / no folder", encoding="utf-8")
    running = await city({"cam-01": f"file:{clip}"})
    await running.until("cam-01", "ok", 60)
    id = await told(running, "cam-01")
    async with asyncio.timeout(LIMIT_S):
        while "tệp bằng chứng" not in str(running.cameras.placed["cam-01"].seen.body()["note"]):
            await asyncio.sleep(0.1)
    row = await running.store.evidence.get(id)
    assert row is not None and row.state == "wanted"
    (tmp_path / "evidence").unlink()
    row = await until(running.store, id, lambda row: row.state != "wanted")
    assert row.state == "kept" and row.body.clip is not None
    async with asyncio.timeout(LIMIT_S):
        while running.cameras.placed["cam-01"].seen.body()["note"] is not None:
            await asyncio.sleep(0.1)
