"""Which backups in a folder are older than the newest few. Only what is proved to be a whole backup of the city counts,
and its order rests on what is in it: clocks go wrong.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.store.backup.manifest import MANIFEST, Manifest, check_files, check_owner, read_manifest
from ioc.store.backup.place import bad_backup, disk_trouble
from ioc.store.vault import Vault

PART = ".part"  # the end of what is half made, or half removed


class Found(msgspec.Struct, frozen=True):
    """Backups of a folder: those that are whole, newest first, and what is left alone, each with the reason."""

    whole: list[tuple[Manifest, Path]]
    left: list[tuple[Path, Text]]


def find_backups(to: Path, city: str, vault: Vault, now: datetime, epoch: str) -> Found:
    """Looks a folder of backups through. A backup of a moment after `now` was made by a clock that was wrong then, or
    is now. `epoch` is the present lifetime of the log: within it, whose log goes further is newer.

    Files that were written after their manifest are read through, of the others only the length is looked at.
    """
    whole, left = [], []
    for folder in _candidates(to, city):
        try:
            whole.append((_proved(folder, city, vault, now), folder))
        except Problem as problem:
            left.append((folder, problem.detail or problem.title))
    lives: dict[str, datetime] = {}
    for manifest, _ in whole:
        lives[manifest.epoch] = max(manifest.made, lives.get(manifest.epoch, manifest.made))

    def age(one: tuple[Manifest, Path]) -> tuple[object, ...]:
        manifest, facts = one[0], one[0].facts
        reached = (facts.log.last, facts.audit.last, facts.observations.last)
        return manifest.epoch == epoch, lives[manifest.epoch], reached, manifest.made

    return Found(sorted(whole, key=age, reverse=True), left)


def older_backups(made: Path, city: str, vault: Vault, keep: int) -> tuple[list[Path], list[tuple[Path, Text]]]:
    """What may go from the folder of a backup that was just made, so that it and the newest others are `keep`; and what
    neither counts nor goes, with the reasons. The oldest that stays is read through before anything may go. After a
    backup of a damaged store nothing goes: the others may be the last sound ones.

    Raises:
        Problem: `disk`.
    """
    newest = read_manifest(made)
    with disk_trouble():
        found = find_backups(made.parent, city, vault, newest.made, newest.epoch)
        if newest.wrong:
            return [], found.left
        others, left = [one for one in found.whole if one[1] != made], list(found.left)
        stay = max(keep, 1) - 1
        while stay and len(others) > stay:
            manifest, folder = others[stay - 1]
            try:
                check_files(folder, manifest)
                break
            except Problem as problem:
                left.append((folder, problem.detail or problem.title))
                del others[stay - 1]
    return [folder for _, folder in others[stay:]], left


def remove_backup(folder: Path) -> None:
    """Takes its name from it first, so that nothing half-removed looks like a backup.

    Raises:
        Problem: `disk`.
    """
    with disk_trouble():
        part = folder.with_name(f".{folder.name}{PART}")
        folder.rename(part)
        shutil.rmtree(part)


def _candidates(to: Path, city: str) -> Iterator[Path]:
    """Folders that say they are backups, by their name or by a manifest."""
    for folder in sorted(to.iterdir()):
        if folder.name.startswith(".") or not folder.is_dir():
            continue
        if folder.name.startswith(f"{city}-") or (folder / MANIFEST).exists():
            yield folder


def _proved(folder: Path, city: str, vault: Vault, now: datetime) -> Manifest:
    if folder.is_symlink():
        raise bad_backup("chỉ là một liên kết", "it is only a link")
    manifest = read_manifest(folder)
    check_owner(manifest, vault, city)
    if manifest.made > now:
        at = manifest.made.astimezone().isoformat(" ", "seconds")
        vi, en = f"ghi là tạo lúc {at}, sau bây giờ: đồng hồ đã sai", f"made {at}, after now: a clock was wrong"
        raise bad_backup(vi, en)
    refuse_damaged(manifest)
    with disk_trouble():
        check_files(folder, manifest, only_touched=True)
    return manifest


def refuse_damaged(manifest: Manifest) -> None:
    """Raises Problem `bad-backup` for a copy of a store that was damaged when it was made: it is no way back."""
    if wrong := manifest.wrong:
        vi, en = f"dữ liệu đã hỏng khi sao: {wrong[0].vi}", f"the store was damaged when it was made: {wrong[0].en}"
        raise bad_backup(vi, en)
