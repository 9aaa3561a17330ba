"""Who may commit: nobody whose store is being replaced by a backup, or was since it was opened.

A restore puts its mark where the store lies (`ioc.store.backup.mark`), lets the commits that are under way end, and
only then keeps and empties the place. Whoever runs even so, such as a machine that had been cut off and is back, is
refused under the city's lock: first by the mark, afterwards because the log is another than the one it opened.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event

from ioc.store.errors import Superseded

RESTORE_MARK = "restore_unfinished"  # on PostgreSQL a table beside the store, not of it
STANDING = "select to_regclass(%s) is not null, (select value from platform where name = 'epoch')"
_FILE, _BEFORE = "file", "file before"

FileId = tuple[int, int]  # device and inode


class Guard:
    """One process's right to commit; lost once, it is lost. `life` is the epoch of the log it opened, once that is
    known."""

    def __init__(self) -> None:
        self.life: str | None = None
        self._lost = False

    def judge(self, restoring: bool, life: str | None) -> None:
        """Raises Superseded while a restore is not through, and when the log is in another life."""
        if restoring or (self.life is not None and life != self.life):
            self._lost = True
        if self._lost:
            raise Superseded

    def judge_file(self, mark: Path, path: Path, opened: FileId | None, connection: Connection) -> None:
        """The same for SQLite, where another log is another file than was `opened` first; see `remember_file`."""
        if mark.exists() or not opened == file_id(path) == connection.info.get(_FILE):
            self._lost = True
        if self._lost:
            raise Superseded


def mark_beside(events: Path) -> Path:
    """The mark of a restore of a SQLite store, by the file of its events."""
    return events.with_name(events.name + ".restore")


def file_id(path: Path) -> FileId | None:
    """Which file bears a name now; None: none does."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def remember_file(engine: Engine, path: Path) -> None:
    """Has each connection know which file it opened, whatever gets its name later. One that was given away while it was
    opened counts as none."""

    def before(_dialect: object, record: Any, _words: object, _named: object) -> None:
        record.info[_BEFORE] = file_id(path)

    def after(_connection: object, record: Any) -> None:
        opened, now = record.info.get(_BEFORE), file_id(path)
        record.info[_FILE] = now if opened in (None, now) else None

    event.listen(engine, "do_connect", before)
    event.listen(engine, "connect", after)
