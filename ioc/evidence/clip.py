"""A clip: one ZIP file of JPEGs as they were taken, none coded anew, with their times and the set-up in `clip.json`.

Entries are stored, not deflated, so that any program, or a few lines in a browser, can take them out. The same pictures
always give the same bytes.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from ioc.core.clock import iso

NOTE = "clip.json"
_DAY_ONE = (1980, 1, 1, 0, 0, 0)  # the only time a ZIP file knows for sure: true ones are in the names and the note


class Picture(msgspec.Struct, frozen=True):
    """A picture of a clip: Unix milliseconds, and JPEG."""

    at_ms: int
    jpeg: bytes


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What a clip says of itself. `setups` are the camera's set-ups its pictures were taken under, by their hash;
    `frames` says of each picture when it was taken (Unix milliseconds) and under which of them."""

    event: str
    type: str
    camera: str
    told_at: str
    masked: bool
    setups: dict[str, dict[str, Any]]
    frames: tuple[tuple[int, str], ...]
    missing_s: float
    jump_s: float


class NoClip(ValueError):
    """The bytes are no clip of ours."""


def clip_bytes(pictures: Sequence[Picture], note: Note) -> bytes:
    """The file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as file:
        _put(file, NOTE, msgspec.json.format(msgspec.json.encode(note), indent=1))
        for number, one in enumerate(pictures, 1):
            _put(file, f"{number:04d}-{one.at_ms}.jpg", one.jpeg)
    return out.getvalue()


def pictures_of(clip: bytes) -> list[Picture]:
    """The pictures of a clip, in order.

    Raises:
        NoClip: it is none.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(clip)) as file:
            names = [name for name in file.namelist() if name != NOTE]
            return [Picture(int(name.partition("-")[2].removesuffix(".jpg")), file.read(name)) for name in names]
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, RuntimeError) as error:
        raise NoClip(str(error)) from error


def parts_of(pictures: Iterable[Picture], boundary: str) -> Iterable[tuple[Picture, bytes]]:
    """Each picture with the part of a `multipart/x-mixed-replace` answer that shows it."""
    for one in pictures:
        taken = iso(datetime.fromtimestamp(one.at_ms / 1000, UTC))
        head = (
            f"--{boundary}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(one.jpeg)}\r\n"
            f"X-Taken-At: {taken}\r\n\r\n"
        )
        yield one, head.encode() + one.jpeg + b"\r\n"


def _put(file: zipfile.ZipFile, name: str, body: bytes) -> None:
    entry = zipfile.ZipInfo(name, _DAY_ONE)
    entry.external_attr = 0o600 << 16
    file.writestr(entry, body, zipfile.ZIP_STORED)
