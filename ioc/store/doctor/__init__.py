"""Looks a store over and says in words what is wrong; changes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.store import migrate
from ioc.store.backup.facts import own_tables, read_known
from ioc.store.backup.mark import unfinished
from ioc.store.database import is_sqlite, sqlite_path
from ioc.store.doctor.backups import check_backup
from ioc.store.doctor.finding import Finding, Severity, broken, told_by, warning, well
from ioc.store.doctor.positions import check_cursors, check_log, check_observations, check_parts
from ioc.store.doctor.records import (
    SOUND_SO_FAR,
    check_audit,
    check_batches,
    check_bodies,
    check_ids,
    check_letters,
    check_migrations,
    check_owner,
    check_pages,
    check_retention,
    check_rows,
)
from ioc.store.keeping import Keeping
from ioc.store.looking import looking
from ioc.store.proving import find_overdue
from ioc.store.series_tables import series_cursor
from ioc.store.tables import cursor, dead_letter, dead_replay, latest, metadata, observation_metadata, platform, seat
from ioc.store.vault import Vault

KEEPING = Keeping()
SMALL = (platform, cursor, seat, latest, dead_letter, dead_replay)  # what all goes on from; the rest is looked at deep
DAMAGE = frozenset({"store", "store.pages", "store.rows", "log.positions", "observations.positions", "cursors"})
__all__ = ["Finding", "Severity", "broken", "examine_log", "examine_store", "find_damage", "warning", "well"]


def examine_store(
    url: str, city: str, vault: Vault, homes: Sequence[Path], now: datetime, keeping: Keeping = KEEPING, *, deep: bool
) -> Iterator[Finding]:
    """Everything about the store; `deep` reads every event, every line of the audit trail and every page."""

    def look(events: Connection, readings: Connection) -> Iterator[Finding]:
        known = read_known(events)
        yield from check_owner(known, city, vault)
        yield from told_by("store.tables", lambda: check_migrations(migrate.state(url, homes)))
        yield from _log(events, readings, now, keeping, rows=not deep)
        yield from told_by("backup", lambda: check_backup(known, city, vault, now))
        if {"legal_hold", "evidence"} <= set(own_tables(events)):  # an older build has none yet
            yield from told_by("retention", lambda: check_retention(find_overdue(events, readings, now, keeping)))
        if deep:
            yield from _deep(events, readings, vault)

    return _examine(url, city, look)


def examine_log(url: str, city: str, now: datetime, keeping: Keeping = KEEPING) -> Iterator[Finding]:
    """Positions, cursors and dead letters only."""
    return _examine(url, city, lambda events, readings: _log(events, readings, now, keeping))


def find_damage(url: str, city: str, now: datetime, keeping: Keeping = KEEPING) -> list[Text]:
    """What of the store's own promises does not hold, as far as a quick look tells: pages, positions, cursors, rows."""

    def look(events: Connection, readings: Connection) -> Iterator[Finding]:
        yield from check_pages(events, "events", quick=True)
        yield from check_pages(readings, "readings", quick=True)
        yield from _log(events, readings, now, keeping)

    found = _examine(url, city, look)
    return [one.text for one in found if one.severity is Severity.BROKEN and one.check in DAMAGE]


def _examine(url: str, city: str, look: Callable[[Connection, Connection], Iterator[Finding]]) -> Iterator[Finding]:
    """What is found in a store that is there and can be read; else that it is not."""
    try:
        if mark := unfinished(url):  # what lies there is half of a backup: looking at it would tell nothing
            yield broken("restore", mark.told.vi, mark.told.en)
            return
    except Problem as problem:
        yield _away(problem)
        return
    if is_sqlite(url) and not sqlite_path(url).exists():
        yield _no_tables()
        return
    try:
        with looking(url, city) as (events, readings):
            if "platform" not in own_tables(events):
                yield _no_tables()
                return
            yield from look(events, readings)
    except (SQLAlchemyError, sqlite3.Error) as error:
        yield _away(error)


def _log(
    events: Connection, readings: Connection, now: datetime, keeping: Keeping, *, rows: bool = True
) -> Iterator[Finding]:
    if rows:
        yield from check_rows(events, SMALL, SOUND_SO_FAR)
        yield from check_rows(readings, [series_cursor], SOUND_SO_FAR)
    yield from told_by("log.positions", lambda: check_log(events))
    yield from told_by("observations.positions", lambda: check_observations(readings, now, keeping.observations))
    yield from told_by("cursors", lambda: check_cursors(events, readings))
    yield from told_by("parts", lambda: check_parts(events, now))
    yield from told_by("dead.letters", lambda: check_letters(events, now))


def _deep(events: Connection, readings: Connection, vault: Vault) -> Iterator[Finding]:
    yield from told_by("store.rows", lambda: check_rows(events, metadata.sorted_tables))
    yield from told_by("store.rows", lambda: check_rows(readings, observation_metadata.sorted_tables))
    yield from told_by("audit.chain", lambda: check_audit(events, vault))
    yield from told_by("log.bodies", lambda: check_bodies(events))
    yield from told_by("log.ids", lambda: check_ids(events))
    yield from told_by("observations.bodies", lambda: check_batches(readings))
    yield from check_pages(events, "events")
    yield from check_pages(readings, "readings")


def _no_tables() -> Finding:
    return broken("store", "Chưa có dữ liệu của thành phố ở đây", "There is no store of a city here")


def _away(error: Exception) -> Finding:
    said = str(error).splitlines()[0][:200]
    return broken("store", f"Không đọc được cơ sở dữ liệu: {said}", f"The database cannot be read: {said}")
