"""One file of a camera's ring: a head that says under which set-up its pictures were taken, then pictures in order.

Whatever was being written when a process or a disk gave up is at the end of a file and is not read. Pictures without
masks are encrypted one by one; where a camera has no masks the picture in the open is the untouched one.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

SUFFIX = ".seg"
MAGIC = b"IOCRING1"
_HEAD = struct.Struct(">8sI")  # magic, length of the head
_RECORD = struct.Struct(">QQIII")  # Unix ms, monotonic ms, lengths of the open and the sealed picture, checksum of all
MOST_HEAD = 2**20
MOST_PICTURE = 2**23


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """`boot` names the run of the machine whose monotonic clock is meant, `writer` the process. `setup` is the camera's
    lines, zones, masks and place, and `calibration` its hash. `key` is the data key of the sealed pictures, wrapped by
    the city's master key for `ref`."""

    camera: str
    boot: str
    writer: str
    calibration: str
    setup: dict[str, Any]
    ref: str
    key: bytes


class Record(msgspec.Struct, frozen=True):
    """A picture as it lies in the file. `sealed` is empty where the picture in the open is the untouched one."""

    at_ms: int
    mono_ms: int
    jpeg: bytes
    sealed: bytes


class Stamp(msgspec.Struct, frozen=True):
    """Where a picture lies, and when it was taken."""

    at_ms: int
    mono_ms: int
    offset: int


class Torn(Exception):
    """The file is none of a ring, or ends within its head."""


def head_bytes(head: Head) -> bytes:
    """The beginning of a file."""
    body = msgspec.json.encode(head)
    return _HEAD.pack(MAGIC, len(body)) + body


def record_bytes(record: Record) -> bytes:
    """A picture as it is put at the end of a file."""
    body = record.jpeg + record.sealed
    times = struct.pack(">QQ", record.at_ms, record.mono_ms)
    lengths = (len(record.jpeg), len(record.sealed), zlib.crc32(body, zlib.crc32(times)))
    return _RECORD.pack(record.at_ms, record.mono_ms, *lengths) + body


def read_head(path: Path) -> tuple[Head, int]:
    """The head, and where the pictures begin.

    Raises:
        Torn, OSError: there is none.
    """
    with path.open("rb") as file:
        start = file.read(_HEAD.size)
        if len(start) < _HEAD.size:
            raise Torn(path.name)
        magic, length = _HEAD.unpack(start)
        body = file.read(length) if magic == MAGIC and length <= MOST_HEAD else b""
    try:
        return msgspec.json.decode(body, type=Head), _HEAD.size + length
    except msgspec.MsgspecError as error:
        raise Torn(path.name) from error


def stamps(path: Path) -> Iterator[Stamp]:
    """When each picture of the file was taken, without reading the pictures; up to one that is not whole.

    Raises:
        Torn, OSError: as `read_head`.
    """
    _, offset = read_head(path)
    size = path.stat().st_size
    with path.open("rb") as file:
        while offset + _RECORD.size <= size:
            file.seek(offset)
            at_ms, mono_ms, open_length, sealed_length, _ = _RECORD.unpack(file.read(_RECORD.size))
            end = offset + _RECORD.size + open_length + sealed_length
            if end > size or max(open_length, sealed_length) > MOST_PICTURE:
                return
            yield Stamp(at_ms, mono_ms, offset)
            offset = end


def read_record(path: Path, offset: int) -> Record | None:
    """The picture that lies there; None when it is not whole.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        file.seek(offset)
        start = file.read(_RECORD.size)
        if len(start) < _RECORD.size:
            return None
        at_ms, mono_ms, open_length, sealed_length, checksum = _RECORD.unpack(start)
        if max(open_length, sealed_length) > MOST_PICTURE:
            return None
        body = file.read(open_length + sealed_length)
    whole = len(body) == open_length + sealed_length and checksum == zlib.crc32(body, zlib.crc32(start[:16]))
    return Record(at_ms, mono_ms, body[:open_length], body[open_length:]) if whole else None
