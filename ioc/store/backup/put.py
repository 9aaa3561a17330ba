"""Putting a backup back: into an empty place, or in place of what is set aside; all of it, or as it was before."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.store.backup.facts import Facts
from ioc.store.backup.manifest import Manifest, check_manifest, read_manifest
from ioc.store.backup.place import Place, bad_backup
from ioc.store.database import event_database
from ioc.store.migrate import newer_than_build, renew_epoch
from ioc.store.personal import erase_again
from ioc.store.settings import StoreSettings
from ioc.store.store import Store
from ioc.store.tables import personal
from ioc.store.vault import Vault


class Restored(msgspec.Struct, frozen=True):
    """What was put back. `erased` people were erased after the backup and were erased again; `broken_audit` is the
    first line of the audit chain that is wrong, as it was when the backup was made. `unread` says that the store it
    replaced could not be asked who had been erased: somebody may be back."""

    manifest: Manifest
    epoch: str
    erased: int
    broken_audit: int | None
    unread: bool = False


def checked(place: Place, folder: Path, vault: Vault, city: str, homes: Sequence[Path]) -> Manifest:
    """The manifest of a backup that can be put into this place by this build.

    Raises:
        Problem: `bad-backup`: it was damaged, is of the other kind of database, or of a newer build.
        WrongCity, WrongKey: it is another city's or another key's.
    """
    manifest = read_manifest(folder)
    check_manifest(folder, manifest, vault, city)
    if manifest.kind != place.kind:
        raise bad_backup(f"bản sao của {manifest.kind}", f"it is of {manifest.kind}, the store is {place.kind}")
    if newer := newer_than_build(manifest.facts.revisions, homes):
        names = ", ".join(newer)
        raise bad_backup(f"do bản phần mềm mới hơn tạo ({names})", f"a newer build made it ({names})")
    place.prove(folder)
    return manifest


def put_back(
    place: Place,
    folder: Path,
    settings: StoreSettings,
    migrate: Callable[[], None],
    homes: Sequence[Path],
    *,
    aside: Path | None,
    erased: Sequence[str] = (),
) -> Restored:
    """Restores a backup with everything stopped. With `aside`, what is in the place is kept in that folder first.

    `migrate` brings the tables to this build. People in `erased`, and those erased in what is set aside, stay erased.
    Anything that goes wrong leaves the place as it was.

    Raises:
        Problem: as `checked`; `not-empty` without `aside`; `in-use`; `restore-differs`.
    """
    vault = Vault(settings.key, settings.city)
    manifest = checked(place, folder, vault, settings.city, homes)
    place.refuse_company()
    if aside is None and not place.empty():
        raise _not_empty()
    known = [] if place.empty() else _erased_now(settings)
    gone = [*erased, *(known or ())]
    undo = place.clear
    if aside:
        aside.mkdir(parents=True, mode=0o700)
        undo = place.set_aside(aside)
    try:
        _refuse_difference(manifest.facts, place.load(folder))
        migrate()
        renew_epoch(settings.url)
        done = asyncio.run(_begin_anew(settings, manifest, gone))
        return msgspec.structs.replace(done, unread=known is None)
    except BaseException:
        undo()
        raise


async def _begin_anew(settings: StoreSettings, manifest: Manifest, gone: Sequence[str]) -> Restored:
    """Opens the store in its new epoch, as its processes will."""
    store = await Store.open(settings)
    try:
        if await store.log.head() != manifest.facts.log.last:
            raise _differs("log", manifest.facts.log.last, await store.log.head())
        broken = await store.audit.verify()
        told = {"made": manifest.made, "position": manifest.facts.log.last, "epoch": store.epoch}
        erased = await store.write(lambda tx: erase_again(tx, gone, by="restore"))
        await store.write(lambda tx: tx.audit("restore", "store.restored", settings.city, told))
        return Restored(manifest, store.epoch, erased, broken)
    finally:
        await store.close()


def _erased_now(settings: StoreSettings) -> list[str] | None:
    """Who is erased in the store that is to be replaced; None where it cannot be read any more."""
    engine = event_database(settings.url, settings.city).writer()
    try:
        with engine.connect() as connection:
            statement = select(personal.c.ref).where(personal.c.erased.is_not(None))
            return list(connection.execute(statement).scalars())
    except (SQLAlchemyError, sqlite3.Error):  # opening a damaged file fails in the driver itself
        return None
    finally:
        engine.dispose()


def _refuse_difference(said: Facts, found: Facts) -> None:
    for name, rows in said.tables.items():
        if found.tables.get(name) != rows:
            raise _differs(name, rows, found.tables.get(name))
    for name in ("log", "observations", "audit"):
        if getattr(said, name) != getattr(found, name):
            raise _differs(name, getattr(said, name), getattr(found, name))


def _differs(what: str, said: object, found: object) -> Problem:
    title = Text("Dữ liệu khôi phục khác bản sao", "What was put back differs from the backup")
    return Problem("restore-differs", title, 500, Text(f"{what}: {found}, cần {said}", f"{what}: {found}, not {said}"))


def _not_empty() -> Problem:
    return Problem(
        "not-empty",
        Text("Nơi khôi phục đã có dữ liệu", "There is a store already"),
        409,
        Text(
            "Thêm --replace để thay nó; dữ liệu hiện có được giữ lại trước.",
            "Give --replace to put the backup in its place; what is there is kept first.",
        ),
    )
