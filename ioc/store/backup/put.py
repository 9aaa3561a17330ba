"""Putting a backup back: into an empty place, or in place of what is kept aside; all of it, or as it was before.

A mark beside the store says so from before the first change until all is through. Whoever is killed on the way leaves
it there: nobody else opens the store, and the next restore goes on, with what was kept aside first as its way back.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.store.audit import first_wrong
from ioc.store.backup.facts import Facts
from ioc.store.backup.manifest import Manifest, check_manifest, read_manifest
from ioc.store.backup.mark import Unfinished, remove_mark, set_mark, unfinished
from ioc.store.backup.place import Place, bad_backup, to_disk
from ioc.store.backup.take import note_backup
from ioc.store.carried_holds import carry_over, holds_in
from ioc.store.database import event_database
from ioc.store.errors import is_unavailable, plain_reason
from ioc.store.looking import looking
from ioc.store.migrate import newer_than_build, renew_epoch
from ioc.store.personal import erase_again
from ioc.store.releases import recall_again, recalls
from ioc.store.settings import StoreSettings
from ioc.store.store import Store
from ioc.store.tables import personal
from ioc.store.vault import Vault


class Restored(msgspec.Struct, frozen=True):
    """What was put back. `erased` people were erased after the backup and were erased again; `spared` (by reference)
    were to be, and were not, because a legal hold is on them. `held` holds of the store it replaced are in force that
    were not in the backup, `let_go` had ended there since. `broken_audit` is the first line of the audit chain that is
    wrong, as it was when the backup was made. `aside` has what was there before, None where nothing was. `unread` says
    that the store it replaced could not be asked who had been erased, and what is held: somebody may be back, and what
    is to be kept may go. `went_on` says that an earlier restore had been broken off."""

    manifest: Manifest
    epoch: str
    erased: int
    spared: list[str]
    held: int
    let_go: int
    broken_audit: int | None
    aside: str | None
    unread: bool
    went_on: bool


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
    if not manifest.wrong:  # else it is known not to be sound, and better than nothing
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
    last: Callable[[], None] = lambda: None,
) -> Restored:
    """Restores a backup with everything stopped. With `aside`, what is in the place is kept in that folder first.

    `migrate` brings the tables to this build; `last` is done before the place counts as restored. People in `erased`,
    and those erased in what is replaced, stay erased, but for whom a legal hold is on; the holds of what is replaced
    are carried over, and pictures withdrawn in it stay withdrawn. What goes wrong leaves the place as it was; who is
    killed, or loses power, leaves a mark (`ioc.store.backup.mark`), and the next call goes on: `aside` is then the
    former one's.

    Raises:
        Problem: as `checked`; `not-empty` without `aside`; `in-use`; `restore-runs`; `restore-differs`;
            `restore-failed`, and all is as before; `restore-stuck`: neither went.
    """
    vault = Vault(settings.key, settings.city)
    manifest = checked(place, folder, vault, settings.city, homes)
    with place.alone():
        place.refuse_company()
        former = unfinished(settings.url)
        mark = _mark_of(place, folder, settings, aside, erased, former)
        return _put_in_place(place, folder, settings, migrate, manifest, mark, former, last)


def _put_in_place(
    place: Place,
    folder: Path,
    settings: StoreSettings,
    migrate: Callable[[], None],
    manifest: Manifest,
    mark: Unfinished,
    former: Unfinished | None,
    last: Callable[[], None],
) -> Restored:
    _make_room(mark, former)
    set_mark(settings.url, mark)  # from here on nobody else commits (see `ioc.store.guard`)
    try:
        mark = _kept(place, settings, mark)
        place.clear()
        _refuse_difference(manifest.facts, place.load(folder))
        migrate()
        renew_epoch(settings.url)
        done = asyncio.run(_begin_anew(settings, manifest, mark, went_on=former is not None))
        note_backup(settings.url, manifest, folder)  # the note in a copy is of the one before it
        last()
        remove_mark(settings.url)
        return done
    except BaseException as error:
        _undo(place, settings.url, mark, error)
        if isinstance(error, Problem) or not isinstance(error, Exception):
            raise
        raise _failed(error) from error


def undo_restore(place: Place, url: str) -> Unfinished:
    """Brings back what was there before a restore that was broken off; returns its mark. May be done again.

    Raises:
        Problem: `nothing-to-undo`; `in-use`; `restore-runs`; `restore-stuck`: what was there cannot be brought back
            from here.
    """
    with place.alone():
        mark = unfinished(url)
        if mark is None:
            title = Text("Không có việc khôi phục nào dở dang", "No restore is on its way")
            raise Problem("nothing-to-undo", title, 409)
        place.refuse_company()
        _undo(place, url, mark)
        return mark


def _mark_of(
    place: Place,
    folder: Path,
    settings: StoreSettings,
    aside: Path | None,
    erased: Sequence[str],
    former: Unfinished | None,
) -> Unfinished:
    """The mark of this restore. One that was broken off goes on, and what it kept stays the way back: what is in the
    place now is neither of the two."""
    backup, now = str(folder.absolute()), datetime.now(UTC)
    known = [*erased, *(former.erased if former else ())]
    if former and former.kept:
        return msgspec.structs.replace(former, backup=backup, erased=sorted(set(known)))
    if place.empty():
        return Unfinished(backup, now, None, kept=True, erased=sorted(set(known)))
    kept_before = former.aside if former else None
    to = str(aside.absolute()) if aside else kept_before
    if to is None:
        raise _not_empty()
    withdrawn = former.withdrawn if former else []
    return Unfinished(backup, now, to, kept=False, erased=sorted(set(known)), withdrawn=withdrawn)


def _make_room(mark: Unfinished, former: Unfinished | None) -> None:
    """An empty folder for what is there; a half-filled one of a restore that was broken off is nothing to keep."""
    if mark.kept or mark.aside is None:
        return
    if former and former.aside:
        shutil.rmtree(former.aside, ignore_errors=True)
    Path(mark.aside).mkdir(parents=True, mode=0o700)


def _kept(place: Place, settings: StoreSettings, mark: Unfinished) -> Unfinished:
    """Keeps what is there, if that is not done yet; only the mark that is set then allows to touch it."""
    if mark.kept or mark.aside is None:
        return mark
    place.refuse_company()  # whoever came before the mark was there
    place.settle()
    mark = _outliving(settings, mark)  # now that nobody can commit any more
    aside = Path(mark.aside or "")
    place.keep(aside)
    to_disk(aside.parent)
    kept = msgspec.structs.replace(mark, kept=True)
    set_mark(settings.url, kept)
    return kept


def _undo(place: Place, url: str, mark: Unfinished, why: BaseException | None = None) -> None:
    """Brings back what was there; where that does not go either, the mark stays and says where it is."""
    try:
        mark = unfinished(url) or mark  # it may have been set anew meanwhile
        aside = Path(mark.aside) if mark.aside else None
        if mark.kept and aside:
            to_disk(aside)  # it is there
            place.bring_back(aside)
        elif mark.kept:
            place.clear()
        remove_mark(url)
    except Exception as error:
        raise _stuck(mark, why, error) from why
    if aside:
        shutil.rmtree(aside, ignore_errors=True)  # a second copy of what is in its place again


async def _begin_anew(settings: StoreSettings, manifest: Manifest, mark: Unfinished, *, went_on: bool) -> Restored:
    """Opens the store in its new epoch, as its processes will."""
    store = await Store.open(settings, guarded=False)
    try:
        if await store.log.head() != manifest.facts.log.last:
            raise _differs("log", manifest.facts.log.last, await store.log.head())
        broken = await asyncio.to_thread(_broken_audit, settings)
        told = {"made": manifest.made, "position": manifest.facts.log.last, "epoch": store.epoch}
        carried = await store.write(lambda tx: carry_over(tx, mark.holds, by="restore"))
        erased, spared = await store.write(lambda tx: erase_again(tx, mark.erased, by="restore"))
        await store.write(lambda tx: recall_again(tx, mark.withdrawn, by="restore"))
        await store.write(lambda tx: tx.audit("restore", "store.restored", settings.city, told))
        return Restored(
            manifest=manifest,
            epoch=store.epoch,
            erased=erased,
            spared=spared,
            held=carried.held,
            let_go=carried.let_go,
            broken_audit=broken,
            aside=mark.aside,
            unread=mark.unread,
            went_on=went_on,
        )
    finally:
        await store.close()


def _broken_audit(settings: StoreSettings) -> int | None:
    with looking(settings.url, settings.city) as (events, _):
        return first_wrong(events, Vault(settings.key, settings.city))


def _outliving(settings: StoreSettings, mark: Unfinished) -> Unfinished:
    """The mark with who is erased, what is held and which pictures are withdrawn in the store that is to be replaced;
    `unread` where it cannot be read any more."""
    engine = event_database(settings.url, settings.city).writer()
    try:
        with engine.connect() as connection:
            statement = select(personal.c.ref).where(personal.c.erased.is_not(None))
            gone = [ref for ref in connection.execute(statement).scalars() if isinstance(ref, str)]
            return msgspec.structs.replace(
                mark,
                erased=sorted({*mark.erased, *gone}),
                holds=holds_in(connection),
                withdrawn=[*mark.withdrawn, *recalls(connection)],
                unread=False,
            )
    except (SQLAlchemyError, sqlite3.Error, ValueError, TypeError):  # of the driver itself, or of a damaged row
        return msgspec.structs.replace(mark, unread=True)
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


def _failed(error: Exception) -> Problem:
    title = Text("Không khôi phục được; dữ liệu vẫn như trước", "The restore failed; the data are as before")
    return Problem("restore-failed", title, 500, _said(error))


def _stuck(mark: Unfinished, why: BaseException | None, error: Exception) -> Problem:
    title = Text("Chưa trả lại được dữ liệu trước đó", "What was there before could not be brought back yet")
    told = [*([_said(why)] if why else []), _said(error), mark.told]
    detail = Text("; ".join(one.vi for one in told), "; ".join(one.en for one in told))
    return Problem("restore-stuck", title, 500, detail)


def _said(error: BaseException) -> Text:
    if isinstance(error, Problem):
        return error.detail or error.title
    if is_unavailable(error):
        return Text(plain_reason(error), plain_reason(error))
    told = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0][:300]}"
    return Text(told, told)


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
