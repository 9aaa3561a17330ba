"""`ioc backup`: a copy of the whole city, made while it runs, and proved."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ioc.cli.evidence import WRONG
from ioc.cli.say import console, say
from ioc.cli.target import CityName, StateDir, Target, standing
from ioc.core.errors import Problem
from ioc.core.text import Text, counted
from ioc.evidence.carrying import EvidenceCopy, carried
from ioc.host.keeping import keeping_of
from ioc.settings import Settings
from ioc.store.backup import Manifest, disk_trouble, older_backups, read_manifest, remove_backup, take_backup
from ioc.store.doctor import find_damage
from ioc.store.vault import Vault

OF_DAMAGED = 3  # exit code: there is a backup, of a store that is damaged


def run_backup(
    to: Annotated[Path, typer.Argument(help="Thư mục chứa các bản sao / folder of backups", file_okay=False)],
    keys_to: Annotated[
        Path | None,
        typer.Option(help="Ghi hai khoá ra tệp này, ngoài thư mục bản sao / write both keys to this file, elsewhere"),
    ] = None,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Kèm hình bằng chứng / take the pictures kept as evidence along")
    ] = False,
    keep: Annotated[int, typer.Option(help="Chỉ giữ N bản mới nhất, 0: giữ hết / keep the newest N", min=0)] = 0,
    city: CityName = "thanh-hoa",
    state: StateDir = None,
) -> None:
    """Makes a backup of store and profile in a new folder, reads it again and compares.

    The city may run. The keys (IOC_PERSONAL_KEY, IOC_SECRET_KEY) are not in it: without the first nobody can read
    people's data, so keep it apart. Photos and other data of people are in the store, encrypted. Pictures kept as
    evidence lie beside the store: they are in it only with --evidence, each held against its hash.

    A damaged store is copied too, as it is: what is wrong with it is said, and the exit code is 3.
    """
    source = standing(city, state)
    pictures = _pictures_of(source) if evidence else None
    with _keys_in(keys_to, to, source.settings):
        made = backup_of(source, to, pictures)
    manifest = read_manifest(made)
    tell(made, manifest)
    _say_of_evidence(manifest, pictures)
    _say_of_keys(keys_to)
    if manifest.wrong:
        if keep:
            vi, en = "Không xoá bản cũ nào", "No older backup is removed"
            say(Text(vi, f"{en}: they may be the last sound ones"), "yellow")
        raise typer.Exit(OF_DAMAGED)
    if keep:
        _keep_newest(made, source, keep)


def _keep_newest(made: Path, source: Target, keep: int) -> None:
    """Removes what is older than the newest, and names what it leaves because it is no whole backup of this city."""
    vault = Vault(source.settings.personal_key_bytes(), source.city.id)
    older, left = older_backups(made, source.city.id, vault, keep)
    for folder, why in left:
        vi, en = f"! Không tính và không xoá {folder.name}: {why.vi}", f"neither counted nor removed: {why.en}"
        say(Text(vi, en), "yellow")
    for folder in older:
        remove_backup(folder)
        say(Text(f"Đã xoá bản cũ {folder.name}", f"Removed {folder.name}"))


def _pictures_of(source: Target) -> EvidenceCopy:
    settings = source.settings
    return EvidenceCopy(settings.store_url, source.city.id, settings.evidence_home)


def backup_of(source: Target, to: Path, pictures: EvidenceCopy | None = None) -> Path:
    """Makes a backup of a city below `to`, with the evidence where `pictures` copies it; returns its folder."""
    settings = source.settings
    profile = {"profile": settings.city_dir}
    if settings.city_overlay and settings.city_overlay.is_dir():
        profile["overlay"] = settings.city_overlay
    vault = Vault(settings.personal_key_bytes(), source.city.id)
    now = datetime.now(UTC)
    url, city = settings.store_url, source.city.id

    def damage() -> list[Text]:
        return find_damage(url, city, now, keeping_of(source.city, now))

    return take_backup(url, city, vault, to.absolute(), profile, now, pictures, damage)


def tell(folder: Path, manifest: Manifest) -> None:
    """Says what a backup holds."""
    facts = manifest.facts
    size = sum(one.bytes for one in manifest.files) / 2**20
    say(
        Text(
            f"✓ Bản sao {folder}: {size:.1f} MiB, {facts.log.count} sự kiện tới vị trí {facts.log.last}, "
            f"{facts.observations.count} lô số đo",
            f"backup: {size:.1f} MiB, {counted(facts.log.count, 'event')} up to position {facts.log.last}, "
            f"{counted(facts.observations.count, 'batch', 'batches')} of readings",
        ),
        "green",
    )
    if files := carried(manifest):
        held = sum(one.bytes for one in files) / 2**20
        told = f"{held:.1f} MiB"
        say(Text(f"Trong đó {len(files)} tệp bằng chứng, {told}", f"{counted(len(files), 'file')} of evidence, {told}"))
    say_damage(manifest)
    if not facts.log.whole and not manifest.wrong:
        vi = f"Nhật ký đã thiếu vị trí: {facts.log.first}-{facts.log.last} chỉ có {facts.log.count}; chạy ioc doctor"
        en = f"the log had lost positions before: {facts.log.count} of {facts.log.first}-{facts.log.last}"
        say(Text(vi, en), "yellow")


def say_damage(manifest: Manifest) -> None:
    """What was wrong with the store when it was copied."""
    for one in manifest.wrong:
        vi, en = f"✗ Dữ liệu đã hỏng khi sao: {one.vi}", f"The store was damaged when it was copied: {one.en}"
        say(Text(vi, en), "bold red")


def _say_of_evidence(manifest: Manifest, pictures: EvidenceCopy | None) -> None:
    """What is missing of the pictures, in words: an engineer must not learn it on the day of a restore."""
    if pictures is None:
        if manifest.facts.tables.get("evidence"):
            vi, en = "Hình bằng chứng KHÔNG có trong bản sao", "The pictures kept as evidence are NOT in it"
            say(
                Text(f"{vi}: thêm --evidence, hoặc sao riêng thư mục", f"{en}: --evidence, or copy their folder"),
                "yellow",
            )
        return
    for one in pictures.left:
        why = WRONG[one.why]
        say(Text(f"! {one.name}: {why.vi}, không có trong bản sao", f"{why.en}: not in the backup"), "bold yellow")


def _say_of_keys(written: Path | None) -> None:
    if written:
        vi = f"Khoá đã ghi ra {written}: chuyển nó tới nơi an toàn khác, đừng để cạnh bản sao"
        say(Text(vi, f"The keys are in {written}: move it to a safe place, never beside the backups"), "yellow")
        return
    say(
        Text(
            "Bản sao KHÔNG có khoá. Mất IOC_PERSONAL_KEY là mất dữ liệu cá nhân: cất khoá ở nơi riêng",
            "The keys are NOT in it. Without IOC_PERSONAL_KEY people's data are lost: keep it, apart",
        ),
        "yellow",
    )


@contextmanager
def _keys_in(file: Path | None, to: Path, settings: Settings) -> Iterator[None]:
    """Writes the keys before the backup is made, so that nothing is made when they cannot be; they go with it."""
    if not file:
        yield
        return
    _refuse_keys_beside_data(file, to)
    with disk_trouble():
        _write_keys(file, settings)
    try:
        yield
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    console.print(str(file))


def _refuse_keys_beside_data(file: Path, to: Path) -> None:
    where, data = file.absolute().parent.resolve(), to.absolute().resolve()
    if where == data or data in where.parents:
        title = Text("Khoá không được nằm cùng bản sao", "The keys may not lie with the backups")
        raise Problem("keys-beside-data", title)
    if file.exists():
        raise Problem("file-exists", Text(f"{file} đã có", f"{file} is there already"))


def _write_keys(file: Path, settings: Settings) -> None:
    lines = (
        f"IOC_PERSONAL_KEY={settings.personal_key.get_secret_value()}\n"
        f"IOC_SECRET_KEY={settings.secret_key.get_secret_value()}\n"
    )
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(lines)
        out.flush()
        os.fsync(handle)
