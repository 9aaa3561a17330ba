"""Looks at the newest backup: not only at what the store remembers of it, but at what lies there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from socket import gethostname

from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.store.backup.manifest import check_files, check_owner, read_manifest
from ioc.store.backup.older import find_backups, refuse_damaged
from ioc.store.backup.place import disk_trouble
from ioc.store.backup.take import Note, newest_backup
from ioc.store.doctor.finding import Finding, broken, warning, well
from ioc.store.vault import Vault

BACKUP_AGE = timedelta(hours=26)  # daily, with room for one that takes long


def check_backup(known: Mapping[str, str], city: str, vault: Vault, now: datetime) -> Iterator[Finding]:
    """How old the newest backup is, and whether it is there and whole. One that another machine made (a container has a
    name of its own) is not looked for here."""
    note = newest_backup(known)
    if note is None:
        yield warning("backup", "Chưa có bản sao nào: ioc backup THƯ_MỤC", "There is no backup yet: ioc backup FOLDER")
    elif note.machine not in ("", gethostname()):
        vi, en = f" trên máy {note.machine}, không xem được từ đây", f" on {note.machine}, not looked at from here"
        yield _of_age(note, now, Text(vi, en))
    elif wrong := _wrong(Path(note.folder), city, vault):
        yield _not_there(note, wrong, city, vault, now, known.get("epoch", ""))
    else:
        yield _of_age(note, now, Text("", ""))


def _of_age(note: Note, now: datetime, where: Text) -> Finding:
    told = f"{_hours(note.at, now)} h, {note.folder}"
    vi, en = f"{told}{where.vi}", f"{told}{where.en}"
    if note.at > now:
        return warning(
            "backup",
            f"Bản sao mới nhất ghi là tạo sau bây giờ, đồng hồ đã sai: {vi}",
            f"The newest backup was made after now, a clock was wrong: {en}",
        )
    if now - note.at > BACKUP_AGE:
        return warning("backup", f"Bản sao mới nhất đã cũ: {vi}", f"The newest backup is old: {en}")
    return well("backup", f"Bản sao mới nhất: {vi}", f"The newest backup: {en}")


def _wrong(folder: Path, city: str, vault: Vault) -> Text | None:
    """Why a folder is not the whole backup it was; files are not read through unless they were touched."""
    if not folder.is_dir():
        return Text("không còn", "it is not there")
    try:
        with disk_trouble():
            manifest = read_manifest(folder)
            check_owner(manifest, vault, city)
            check_files(folder, manifest, only_touched=True)
            refuse_damaged(manifest)
    except Problem as problem:
        return problem.detail or problem.title
    return None


def _not_there(note: Note, wrong: Text, city: str, vault: Vault, now: datetime, epoch: str) -> Finding:
    """The newest one is lost: what is left beside it decides how bad that is."""
    vi = f"Bản sao mới nhất, {note.folder}: {wrong.vi}"
    en = f"The newest backup, {note.folder}: {wrong.en}"
    try:
        with disk_trouble():
            others = find_backups(Path(note.folder).parent, city, vault, now, epoch).whole
    except Problem:  # the whole folder is gone
        others = []
    if not others:
        return broken("backup", f"{vi}; cạnh đó không có bản nào toàn vẹn", f"{en}; no whole one is beside it")
    manifest, folder = others[0]
    told = f"{folder.name}, {_hours(manifest.made, now)} h"
    return warning("backup", f"{vi}; bản toàn vẹn mới nhất ở đó: {told}", f"{en}; the newest whole one there: {told}")


def _hours(at: datetime, now: datetime) -> str:
    return f"{(now - at).total_seconds() / 3600:.1f}"
