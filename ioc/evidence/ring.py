"""The newest pictures of a camera on disk: bounded in seconds and bytes, and whole again after any end of its writer.

Files are numbered in the order they were begun, so no clock is needed to tell them apart; ages are told by the
machine's monotonic clock. A camera's folder may hold files of several writers: of one that was killed, of one that has
lost the camera and does not know it yet.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import suppress
from io import FileIO
from pathlib import Path

import msgspec

from ioc.evidence.limits import EvidenceLimits
from ioc.evidence.segment import SUFFIX, Head, Record, Stamp, Torn, head_bytes, read_head, record_bytes, stamps

SEGMENT_MS = 10_000
LEFT_MS = 60_000  # a camera that gives no pictures keeps its last ones so much longer: its loss is told late
_BOOT = Path("/proc/sys/kernel/random/boot_id")


class NoRoom(OSError):
    """The disk is nearly full: what the city itself writes comes first."""


class Segment(msgspec.Struct, frozen=True):
    """A file of the ring, with what its head says; `size` in bytes."""

    path: Path
    head: Head
    stamps: tuple[Stamp, ...]
    size: int

    def age_ms(self, boot: str, mono_ms: int) -> float:
        """How long ago its last picture was taken; of an earlier run of the machine nobody knows: for ever."""
        if self.head.boot != boot or not self.stamps:
            return float("inf")
        return mono_ms - self.stamps[-1].mono_ms


class RingWriter:
    """Writes one camera's pictures, from one thread. `head` stands in each of its files."""

    def __init__(self, folder: Path, head: Head, limits: EvidenceLimits) -> None:
        self.head = head
        self._folder, self._limits = folder, limits
        self._file: FileIO | None = None
        self._began_ms = 0
        self._size = 0

    def add(self, record: Record) -> None:
        """Puts a picture at the end, and takes the oldest away where there is too much.

        Raises:
            OSError: it could not be written; NoRoom when the disk is nearly full.
        """
        file = self._file
        if file is None or record.mono_ms - self._began_ms >= SEGMENT_MS:
            file = self._begin(record.mono_ms)
        self._put(file, record_bytes(record))
        if self._size >= self._limits.ring_bytes // 4:
            self._began_ms = record.mono_ms - SEGMENT_MS  # large pictures: the next goes into a new file

    def _put(self, file: FileIO, body: bytes) -> None:
        try:
            if file.write(body) != len(body):
                raise OSError(errno.ENOSPC, "the disk is full")
        except OSError:
            self.close()  # what was half written is the end of that file
            raise
        self._size += len(body)

    def close(self) -> None:
        """Ends the file at work; the next picture begins a new one."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                file.close()

    def _begin(self, mono_ms: int) -> FileIO:
        self.close()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._trim()
        if shutil.disk_usage(self._folder).free < self._limits.free_bytes:
            raise NoRoom("little room is left on the disk")
        number = max((_number(path) for path in _files(self._folder)), default=0) + 1
        path = self._folder / f"{number:012d}-{self.head.writer}{SUFFIX}"
        self._file = file = FileIO(path, "xb")
        self._began_ms, self._size = mono_ms, 0
        self._put(file, head_bytes(self.head))
        path.chmod(0o600)
        return file

    def _trim(self) -> None:
        """Keeps the newest files that together last `ring_s` and, with the one to come, hold `ring_bytes`."""
        most = max(2, -(-round(self._limits.ring_s * 1000) // SEGMENT_MS) + 1)
        room = self._limits.ring_bytes - self._limits.ring_bytes // 4
        for index, path in enumerate(sorted(_files(self._folder), key=_number, reverse=True)):
            room -= _size(path)
            if index >= most or room < 0:
                path.unlink(missing_ok=True)


def segments(folder: Path) -> list[Segment]:
    """The files of one camera that can be read, in the order they were begun; what vanishes meanwhile is left out."""
    found = []
    for path in sorted(_files(folder), key=_number):
        with suppress(Torn, OSError):
            found.append(Segment(path, read_head(path)[0], tuple(stamps(path)), _size(path)))
    return found


def forget_old(ring: Path, boot: str, mono_ms: int, limits: EvidenceLimits) -> int:
    """Takes away what is older than the ring may be, of every camera of the machine, whoever wrote it: of cameras that
    give no pictures any more, or that another machine has now. How many files went.

    Raises:
        OSError: a file cannot be taken away.
    """
    gone, most_ms = 0, limits.ring_s * 1000 + LEFT_MS
    for folder in _folders(ring):
        for path in sorted(_files(folder), key=_number):
            with suppress(FileNotFoundError):
                if _old(path, boot, mono_ms, most_ms):
                    path.unlink()
                    gone += 1
        with suppress(OSError):
            folder.rmdir()  # only when it is empty
    return gone


def boot_id() -> str:
    """Which run of the machine this is; empty where the system does not tell."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _old(path: Path, boot: str, mono_ms: int, most_ms: float) -> bool:
    try:
        segment = Segment(path, read_head(path)[0], tuple(stamps(path)), 0)
    except Torn:
        return True  # its writer ended before the head was whole
    if segment.head.boot == boot and not segment.stamps:
        return False  # just begun
    return segment.age_ms(boot, mono_ms) > most_ms


def _folders(ring: Path) -> Iterator[Path]:
    if ring.is_dir():
        yield from (one for one in ring.iterdir() if one.is_dir())


def _files(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.suffix == SUFFIX and path.name[:12].isdigit()]
    except FileNotFoundError:
        return []


def _number(path: Path) -> int:
    return int(path.name[:12])


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
