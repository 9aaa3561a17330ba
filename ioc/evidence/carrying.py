"""Evidence into a backup and out of it: every file its row tells of, each held against the hash that was kept of it.

Files never change once they are written, so they are copied while the city runs. What is not on the disk as it was kept
is left out and named; it must not keep anybody from having a backup.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.evidence.folder import CLIP, MARK, SEALED, SNAPSHOT, sha256_of
from ioc.store.backup.manifest import FileSum, Manifest
from ioc.store.backup.place import bad_backup, to_disk
from ioc.store.evidence import EvidenceRow, KeptFile, rows_with_files
from ioc.store.looking import looking

HOME = "evidence/"  # what the names of such files in a backup begin with


class Left(msgspec.Struct, frozen=True):
    """A file that is not in the backup: it is not on the disk, or another."""

    name: str
    why: Literal["missing", "altered"]


class EvidenceCopy:
    """Copies the evidence of a store into a backup that is being made; `left` names what could not be taken."""

    def __init__(self, url: str, city: str, home: Path) -> None:
        self._url, self._city, self._home = url, city, home
        self.left: list[Left] = []

    def bytes_needed(self) -> int:
        """How much room the files take.

        Raises:
            Problem: `evidence-elsewhere`: there should be some, and their folder is not there.
        """
        files = self._files()
        if files and not (self._home / MARK).exists():
            title = Text("Thư mục bằng chứng không có trên máy này", "The folder of evidence is not on this machine")
            raise Problem("evidence-elsewhere", title, 409, Text(str(self._home), str(self._home)))
        return sum(kept.bytes for _, kept in files)

    def copy_into(self, folder: Path) -> None:
        """Copies every file that should be there now, below `evidence/`; all is on the disk when this returns.

        Raises:
            OSError: the backup's disk refuses.
        """
        for name, kept in self._files():
            try:
                body = (self._home / name).read_bytes()
            except OSError:
                self.left.append(Left(name, "missing"))
                continue
            if len(body) != kept.bytes or sha256_of(body) != kept.sha256:
                self.left.append(Left(name, "altered"))
                continue
            _keep(folder / HOME / name, body)
        for place in (folder, *(one for one in folder.rglob("*") if one.is_dir())):
            to_disk(place)
        still = {name for name, _ in self._files()} if self.left else set()
        self.left = [one for one in self.left if one.name in still]  # the others were past their time meanwhile

    def _files(self) -> list[tuple[str, KeptFile]]:
        with looking(self._url, self._city) as (events, _):
            return [one for row in rows_with_files(events) for one in _files_of(row)]


class Put(msgspec.Struct):
    """How many files of a backup were put back, how many were there as they are, and how many stood there as others:
    those were put aside, beside the right ones."""

    new: int = 0
    there: int = 0
    others: int = 0


def carried(manifest: Manifest) -> list[FileSum]:
    """The evidence that is in a backup."""
    return [one for one in manifest.files if one.name.startswith(HOME)]


def refuse_no_room(files: Sequence[FileSum], home: Path) -> None:
    """Whether what is not there yet has room.

    Raises:
        Problem: `no-room`; `bad-backup`: a name is none of an evidence's file.
    """
    needed = sum(one.bytes for one in files if not (home / _inside(one)).exists())
    disk = next(one for one in (home, *home.parents) if one.exists())
    free = shutil.disk_usage(disk).free
    if free < needed:
        vi = f"{home}: còn {free // 2**20} MiB, bằng chứng cần {needed // 2**20} MiB"
        en = f"{home}: {free // 2**20} MiB free, the evidence needs {needed // 2**20} MiB"
        raise Problem("no-room", Text("Không đủ chỗ cho bằng chứng", "No room for the evidence"), 507, Text(vi, en))


def put_evidence(backup: Path, files: Sequence[FileSum], home: Path) -> Put:
    """Puts every file of a proved backup into the folder of evidence, held against its hash on the way. May be done
    again: what is there as it should be stays.

    Raises:
        Problem: `bad-backup`: a file is not as it was written, or its name is none of an evidence's file.
        OSError: the disk refuses.
    """
    done = Put()
    for one in files:
        target = home / _inside(one)
        found = _sum_of(target)
        if found == one.sha256:
            done.there += 1
            continue
        body = (backup / one.name).read_bytes()
        if sha256_of(body) != one.sha256:
            raise bad_backup(f"{one.name} không còn như lúc sao", f"{one.name} is not as it was written")
        if found is not None:
            target.rename(target.with_name(f"{target.name}.{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"))
            done.others += 1
        _keep(target, body)
        to_disk(target.parent)
        done.new += 1
    if files:
        (home / MARK).touch(mode=0o600)
    return done


def _files_of(row: EvidenceRow) -> Iterator[tuple[str, KeptFile]]:
    """What should lie below the folder of evidence, and what it is."""
    body = row.body
    if body.folder is None:
        return
    if row.open_gone is None:
        for name, part in ((SNAPSHOT, body.snapshot), (CLIP, body.clip)):
            if part is not None:
                yield f"{body.folder}/{name}", part.file
    if row.original_gone is None:
        for name, original in ((SNAPSHOT, body.original_snapshot), (CLIP, body.original_clip)):
            if original is not None:
                yield f"{body.folder}/{name}{SEALED}", original.sealed


def _inside(one: FileSum) -> Path:
    """Where it belongs below the folder of evidence: a day, an event, a file of ours, and nowhere else."""
    parts = one.name.removeprefix(HOME).split("/")
    known = len(parts) == 3 and parts[2].removesuffix(SEALED) in (SNAPSHOT, CLIP)
    if not known or any(part.startswith(".") for part in parts):
        raise bad_backup(f"{one.name}: không phải bằng chứng", f"{one.name}: no evidence")
    return Path(*parts)


def _sum_of(file: Path) -> str | None:
    return sha256_of(file.read_bytes()) if file.is_file() else None


def _keep(target: Path, body: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_name(f".{target.name}.part")
    with part.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    part.rename(target)
