"""Making a backup of a city that runs."""

from __future__ import annotations

import fcntl
import shutil
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from socket import gethostname
from typing import Protocol

import msgspec

from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.store.backup.facts import Facts
from ioc.store.backup.manifest import FORMAT, OF_DAMAGED, Manifest, check_manifest, read_manifest, sums, write_manifest
from ioc.store.backup.mark import refuse_unfinished
from ioc.store.backup.older import PART
from ioc.store.backup.place import Place, disk_trouble, to_disk
from ioc.store.backup.postgres_place import PostgresPlace
from ioc.store.backup.sqlite_place import SqlitePlace
from ioc.store.database import is_sqlite
from ioc.store.errors import SchemaMissing, WrongCity, WrongKey
from ioc.store.notes import set_note
from ioc.store.vault import Vault

PROFILE = "profile.tar.gz"
SPARE_BYTES = 64 * 1024 * 1024
NOTE = "backup"  # the platform's note of the newest one


class Note(msgspec.Struct, frozen=True):
    """What the store knows of its newest backup: when, where on the machine that made it, up to which position, and
    which machine that was (older notes do not say)."""

    at: datetime
    folder: str
    position: int
    machine: str = ""


def place_of(url: str, city: str) -> Place:
    """The place of a store by its address."""
    return SqlitePlace(url, city) if is_sqlite(url) else PostgresPlace(url, city)


class Beside(Protocol):
    """What goes into a backup beside store and profile."""

    def bytes_needed(self) -> int:
        """About how much room it takes."""
        ...

    def copy_into(self, folder: Path) -> None:
        """Puts it into the folder of the backup, after the store."""
        ...


def take_backup(
    url: str,
    city: str,
    vault: Vault,
    to: Path,
    profile: Mapping[str, Path],
    now: datetime,
    beside: Beside | None = None,
    damage: Callable[[], list[Text]] = list,
) -> Path:
    """Makes a folder `<city>-<time>` below `to` with a copy of the store, of the profile's folders (by the name they
    get), and of what is `beside` them, reads it again and compares. What is half done has another name and is removed.
    `damage` is asked what is wrong with the store: a damaged one is copied all the same, and its manifest says so.

    Raises:
        Problem: `restore-unfinished`, `inside-profile`, `no-room`, `disk`, `copy-failed`, or the copy is not as it was
            written (`bad-backup`).
        WrongCity, WrongKey, SchemaMissing, StoreUnavailable: as when the store is opened.
    """
    _refuse_inside(to, profile)
    refuse_unfinished(url)
    place = place_of(url, city)
    with disk_trouble():
        to.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone(to, city):
            return _take(place, url, city, vault, to, profile, now, beside, damage)


def _take(
    place: Place,
    url: str,
    city: str,
    vault: Vault,
    to: Path,
    profile: Mapping[str, Path],
    now: datetime,
    beside: Beside | None,
    damage: Callable[[], list[Text]],
) -> Path:
    _refuse_no_room(to, place.bytes_needed() + (beside.bytes_needed() if beside else 0))
    done = to / f"{city}-{now.astimezone(UTC):%Y%m%dT%H%M%S%fZ}"
    part = to / f".{done.name}{PART}"
    part.mkdir(mode=0o700)
    try:
        manifest = _fill(part, place, city, vault, profile, now, beside, damage())
        check_manifest(part, read_manifest(part), vault, city)
        if not manifest.wrong:
            place.prove(part)
        to_disk(part)
        part.rename(done)
        to_disk(to)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    note_backup(url, manifest, done, life=manifest.epoch)
    return done


@contextmanager
def _alone(to: Path, city: str) -> Iterator[None]:
    """One backup of a city at a time in a folder; what one that was killed left behind is removed."""
    with (to / f".{city}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            title = Text("Một bản sao khác đang được tạo ở đây", "Another backup is being made here")
            raise Problem("backup-runs", title, 409) from None
        for left in to.glob(f".{city}-*{PART}"):
            shutil.rmtree(left, ignore_errors=True)
        yield


def _fill(
    part: Path,
    place: Place,
    city: str,
    vault: Vault,
    profile: Mapping[str, Path],
    now: datetime,
    beside: Beside | None,
    wrong: list[Text],
) -> Manifest:
    facts = place.copy_into(part)
    _refuse_stranger(facts, city, vault)
    _pack(part / PROFILE, profile)
    if beside is not None:
        beside.copy_into(part)
    files = sums(part, [path.relative_to(part).as_posix() for path in part.rglob("*") if path.is_file()])
    known = facts.known
    manifest = Manifest(FORMAT, place.kind, city, now, known["epoch"], known["key_check"], facts, files)
    if wrong:
        manifest = msgspec.structs.replace(manifest, format=OF_DAMAGED, damage=wrong)
    return write_manifest(part, manifest, vault)


def _refuse_inside(to: Path, profile: Mapping[str, Path]) -> None:
    """A backup inside what it packs would hold all earlier ones, and each be as large as all before."""
    for folder in profile.values():
        if to.resolve().is_relative_to(folder.resolve()):
            title = Text("Bản sao không được nằm trong hồ sơ", "Backups may not lie inside the profile")
            vi, en = f"{to} nằm trong {folder}, vốn cũng được sao", f"{to} is inside {folder}, which is backed up too"
            raise Problem("inside-profile", title, 400, Text(vi, en))


def _refuse_no_room(to: Path, needed: int) -> None:
    free = shutil.disk_usage(to).free
    if free < needed + SPARE_BYTES:
        vi = f"{to}: còn {free // 2**20} MiB, cần khoảng {(needed + SPARE_BYTES) // 2**20} MiB"
        en = f"{to}: {free // 2**20} MiB free, about {(needed + SPARE_BYTES) // 2**20} MiB needed"
        raise Problem("no-room", Text("Không đủ chỗ cho bản sao", "No room for a backup"), 507, Text(vi, en))


def _refuse_stranger(facts: Facts, city: str, vault: Vault) -> None:
    if "epoch" not in facts.known:
        raise SchemaMissing
    if facts.known["city"] != city:
        raise WrongCity(facts.known["city"], city)
    if facts.known["key_check"] != vault.check:
        raise WrongKey


def _pack(target: Path, folders: Mapping[str, Path]) -> None:
    """Plain files and folders only, without their owners; a link is followed where it leads to a file."""
    with tarfile.open(target, "w:gz", dereference=True) as tar:
        for name, folder in folders.items():
            tar.add(folder, arcname=name, filter=_plain)
    to_disk(target)


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    if not (entry.isfile() or entry.isdir()):
        return None
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


def note_backup(url: str, manifest: Manifest, folder: Path, *, life: str | None = None) -> None:
    """Notes a backup as the newest of the store, as long as that is in the named life.

    Raises:
        Superseded: another backup was put in its place meanwhile.
    """
    note = Note(manifest.made, str(folder.absolute()), manifest.facts.log.last, gethostname())
    set_note(url, NOTE, msgspec.json.encode(note).decode(), life=life)


def newest_backup(known: Mapping[str, str]) -> Note | None:
    """What the platform's notes say of the newest backup."""
    return msgspec.json.decode(known[NOTE], type=Note) if NOTE in known else None
