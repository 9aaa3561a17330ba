"""The files of each event's evidence: `<day>/<event>.<fence>/`, written whole or not at all, read only if unaltered.

A file belongs to an event when its row names its folder. Any other folder was left by a process that ended, or lost the
camera, before its commit.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from ioc.store.backup.place import to_disk
from ioc.store.evidence import KeptFile

SNAPSHOT, CLIP = "snapshot.jpg", "clip.zip"
SEALED = ".sealed"
MARK = ".ioc-evidence"  # tells the folder from the empty place where its disk is not mounted


class Missing(Exception):
    """The file is not there."""


class Unmounted(OSError):
    """The folder is not there at all: nothing can be said of its files."""


class Altered(Exception):
    """The file is not the one that was kept."""


class EvidenceFolder:
    """All files of one city. Several machines need the same folder."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def name(self, event: str, at: datetime, fence: int) -> str:
        """The folder of an event's files below home, for one taking."""
        return f"{at.astimezone(UTC):%Y-%m-%d}/{event}.{fence}"

    def put(self, folder: str, name: str, body: bytes) -> KeptFile:
        """Writes a file; it is on the disk when this returns.

        Raises:
            OSError: it could not be written, and is not there.
        """
        place = self.home / folder
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.home / MARK).touch(mode=0o600)
        part = place / f".{name}.part"
        try:
            with part.open("wb") as file:
                os.fchmod(file.fileno(), 0o600)
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            part.rename(place / name)
        except OSError:
            part.unlink(missing_ok=True)
            raise
        to_disk(place)
        return KeptFile(sha256_of(body), len(body))

    def get(self, folder: str, name: str, kept: KeptFile) -> bytes:
        """A file, if it is the one that was kept.

        Raises:
            Missing: it is not there, or cannot be read.
            Altered: it is another.
        """
        try:
            body = (self.home / folder / name).read_bytes()
        except OSError as error:
            raise Missing(name) from error
        if len(body) != kept.bytes or sha256_of(body) != kept.sha256:
            raise Altered(name)
        return body

    def refuse_unmounted(self) -> None:
        """Raises Unmounted where this is not the folder of evidence: nobody knows then what is there."""
        if not (self.home / MARK).exists():
            raise Unmounted(f"{self.home} is not the folder of evidence")

    def remove(self, folder: str, names: tuple[str, ...]) -> None:
        """Takes files away, and the folder when it is empty then; those that are gone already are no matter.

        Raises:
            OSError: one is still there; Unmounted where nobody knows.
        """
        self.refuse_unmounted()
        place = self.home / folder
        for name in names:
            (place / name).unlink(missing_ok=True)
        for empty in (place, place.parent):
            with suppress(OSError):
                empty.rmdir()

    def forget(self, folder: str) -> None:
        """Takes away a folder that belongs to nothing."""
        shutil.rmtree(self.home / folder, ignore_errors=True)
        with suppress(OSError):
            (self.home / folder).parent.rmdir()

    def folders(self) -> Iterator[tuple[str, list[str]]]:
        """Every folder of an event, by the name `name` gives it, with the names of its files."""
        for day in sorted(_folders(self.home)):
            for place in sorted(_folders(day)):
                yield f"{day.name}/{place.name}", sorted(one.name for one in place.iterdir())

    def free_bytes(self) -> int:
        """What is free on its disk."""
        there = next(one for one in (self.home, *self.home.parents) if one.exists())
        return shutil.disk_usage(there).free


def sha256_of(body: bytes) -> str:
    """In hexadecimal."""
    return hashlib.sha256(body).hexdigest()


def _folders(place: Path) -> list[Path]:
    try:
        return [one for one in place.iterdir() if one.is_dir()]
    except FileNotFoundError:
        return []
