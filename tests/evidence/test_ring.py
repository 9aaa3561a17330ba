"""The ring of a camera on disk: bounded, whole after any end of its writer, and no stranger to clocks that jump."""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.evidence import ring as ring_module
from ioc.evidence.limits import EvidenceLimits
from ioc.evidence.ring import LEFT_MS, SEGMENT_MS, NoRoom, RingWriter, forget_old, segments
from ioc.evidence.segment import Head, Record, read_record

STEP_MS = 500
LIMITS = EvidenceLimits(ring_s=40, ring_mb=1, free_mb=0)


def head(writer: str = "w1", boot: str = "b1") -> Head:
    setup = {"lines": [], "name": "Cầu Hoàng Long"}
    return Head(camera="cam-01", boot=boot, writer=writer, calibration="ab", setup=setup, ref="ring:w1", key=b"\0k")


def record(number: int, size: int = 100, sealed: bytes = b"", start_ms: int = 0) -> Record:
    return Record(
        1_700_000_000_000 + number * STEP_MS, start_ms + number * STEP_MS, bytes([number % 256]) * size, sealed
    )


def times(folder: Path) -> list[int]:
    return [stamp.mono_ms for segment in segments(folder) for stamp in segment.stamps]


def test_pictures_come_back_in_order_with_what_they_were_taken_under(tmp_path: Path) -> None:
    writer = RingWriter(tmp_path / "cam-01", head(), LIMITS)
    written = [record(number, sealed="kín".encode() if number % 2 else b"") for number in range(30)]
    for one in written:
        writer.add(one)
    found = segments(tmp_path / "cam-01")
    read = [read_record(one.path, stamp.offset) for one in found for stamp in one.stamps]
    assert read == written
    assert {one.head.setup["name"] for one in found} == {"Cầu Hoàng Long"}
    assert len(found) == 2
    assert all(one.path.stat().st_mode & 0o077 == 0 for one in found)


@given(counts=st.lists(st.integers(1, 60), min_size=1, max_size=5), size=st.integers(1, 60_000))
def test_it_is_bounded_in_time_and_bytes_however_often_it_is_begun(
    tmp_path_factory: pytest.TempPathFactory, counts: list[int], size: int
) -> None:
    folder, number = tmp_path_factory.mktemp("ring"), 0
    for life, count in enumerate(counts):
        writer = RingWriter(folder, head(f"w{life}"), LIMITS)
        for _ in range(count):
            number += 1
            writer.add(record(number, size))
            assert sum(one.stat().st_size for one in folder.iterdir()) <= LIMITS.ring_bytes + size + 1000
    kept = times(folder)
    assert kept == list(range(kept[0], number * STEP_MS + 1, STEP_MS)), "the newest ones, without a hole"
    assert number * STEP_MS - kept[0] <= LIMITS.ring_s * 1000 + 2 * SEGMENT_MS
    if size < 1000 and len(counts) == 1 and number * STEP_MS > LIMITS.ring_s * 1000:
        assert number * STEP_MS - kept[0] >= LIMITS.ring_s * 1000


@given(cut=st.integers(0, 4000))
def test_a_writer_that_ends_anywhere_leaves_all_that_was_whole(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("ring")
    writer = RingWriter(folder, head(), LIMITS)
    for number in range(8):
        writer.add(record(number))
    [path] = folder.iterdir()
    whole = segments(folder)[0]
    keep = min(cut, path.stat().st_size)
    os.truncate(path, keep)
    ends = [(stamp.offset + 28 + 100, stamp) for stamp in whole.stamps]
    expected = [stamp.mono_ms for end, stamp in ends if end <= keep]
    after = RingWriter(folder, head("w2"), LIMITS)
    after.add(record(20))
    assert times(folder) == [*expected, 20 * STEP_MS]


def test_a_picture_whose_bytes_were_changed_is_not_read(tmp_path: Path) -> None:
    writer = RingWriter(tmp_path, head(), LIMITS)
    writer.add(record(1))
    [one] = segments(tmp_path)
    raw = bytearray(one.path.read_bytes())
    raw[-1] ^= 1
    one.path.write_bytes(raw)
    assert read_record(one.path, one.stamps[0].offset) is None


def test_a_disk_without_room_is_refused_and_taken_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short = EvidenceLimits(free_mb=1e9)
    writer = RingWriter(tmp_path, head(), short)
    with pytest.raises(NoRoom):
        writer.add(record(1))
    assert not segments(tmp_path)
    monkeypatch.setattr(ring_module.shutil, "disk_usage", lambda folder: _Plenty)
    writer.add(record(2))
    assert times(tmp_path) == [2 * STEP_MS]


class _Plenty:
    free = 2**60


def test_a_disk_that_fills_up_in_the_midst_costs_one_picture(tmp_path: Path) -> None:
    writer = RingWriter(tmp_path, head(), LIMITS)
    writer.add(record(1))
    pid = os.fork()
    if pid == 0:
        resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        try:
            writer.add(record(2, 5000))
        except OSError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    again = RingWriter(tmp_path, head("w2"), LIMITS)
    again.add(record(3))
    assert times(tmp_path) == [STEP_MS, 3 * STEP_MS]


def test_what_is_older_than_the_ring_goes_also_without_a_writer(tmp_path: Path) -> None:
    for camera, boot, start in (("cam-01", "b1", 0), ("cam-02", "b1", 500_000), ("cam-03", "b0", 500_000)):
        RingWriter(tmp_path / camera, head(boot=boot), LIMITS).add(record(0, start_ms=start))
    now = round(LIMITS.ring_s * 1000) + LEFT_MS + 1
    assert forget_old(tmp_path, "b1", now, LIMITS) == 2
    assert [one.name for one in tmp_path.iterdir()] == ["cam-02"], "an earlier run of the machine is over"
