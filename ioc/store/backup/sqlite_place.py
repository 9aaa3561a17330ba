"""A store on SQLite: two files, copied by VACUUM INTO in one read transaction each, while the city writes."""

from __future__ import annotations

import fcntl
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.store.backup.facts import Facts, own_tables, read_facts
from ioc.store.backup.place import bad_backup, restore_runs, to_disk
from ioc.store.database import BUSY_LIMIT_S, SqliteDatabase, event_database, observation_database
from ioc.store.errors import SchemaMissing, Superseded, plain_reason
from ioc.store.guard import file_id
from ioc.store.looking import read_only, reading_file

_BESIDE = ("", "-wal", "-shm", "-journal")
_COMING = ".coming"


class SqlitePlace:
    """The two files of a city. Deleted content is not in a copy: VACUUM INTO writes only what is there."""

    kind = "sqlite"

    def __init__(self, url: str, city: str) -> None:
        events, observations = event_database(url, city), observation_database(url, city)
        assert isinstance(events, SqliteDatabase) and isinstance(observations, SqliteDatabase)  # noqa: S101
        self._databases = events, observations
        # Events first: a cursor over the readings lies among the events and must not be ahead of the readings' copy.
        self._files = {"events.sqlite": events.path, "observations.sqlite": observations.path}

    def bytes_needed(self) -> int:
        """See Place."""
        return sum(path.stat().st_size for path in self._files.values() if path.exists())

    def copy_into(self, folder: Path) -> Facts:
        """See Place."""
        were = [file_id(path) for path in self._files.values()]
        for name, path in self._files.items():
            if not path.exists():
                raise SchemaMissing  # opening it would leave an empty file there
            try:
                _copy(path, folder / name)
            except sqlite3.Error as error:
                raise _not_copied(path, error) from error
            to_disk(folder / name)
        if were != [file_id(path) for path in self._files.values()]:
            raise Superseded  # the two copies may be of two stores
        try:
            return _facts_of(*(folder / name for name in self._files))
        except SQLAlchemyError as error:  # so damaged that nothing can be told of the copy
            raise _not_copied(self._files["events.sqlite"], error) from error

    def prove(self, folder: Path) -> None:
        """See Place."""
        for name in self._files:
            with closing(read_only(folder / name)) as connection:
                try:
                    said = [row[0] for row in connection.execute("pragma integrity_check(3)")]
                except sqlite3.DatabaseError as error:
                    said = [str(error)]
            if said != ["ok"]:
                raise bad_backup(f"{name} hỏng: {'; '.join(said)}", f"{name} is damaged: {'; '.join(said)}")

    def empty(self) -> bool:
        """See Place. A file that cannot be read is not empty."""
        return all(_is_empty(path) for path in self._files.values())

    @contextmanager
    def alone(self) -> Iterator[None]:
        """See Place."""
        events = self._files["events.sqlite"]
        events.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with events.with_name(events.name + ".restoring").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise restore_runs() from None
            yield

    def refuse_company(self) -> None:
        """Nobody can be asked; the city's own locks say whether it runs."""

    def settle(self) -> None:
        """See Place."""
        for database in self._databases:
            database.settle()

    def keep(self, folder: Path) -> None:
        """See Place. The very files are kept, under a second name, so that even damaged ones are as they were."""
        for file in self._beside():
            if file.exists():
                _second_name(file, folder / file.name)
        to_disk(folder)

    def bring_back(self, folder: Path) -> None:
        """See Place. The events come last: without them the place counts as empty."""
        self.clear()
        for file in reversed(self._beside()):
            kept = folder / file.name
            if kept.exists():
                _second_name(kept, file)
                to_disk(file.parent)

    def clear(self) -> None:
        """See Place."""
        for file in self._beside((*_BESIDE, _COMING)):
            file.unlink(missing_ok=True)

    def _beside(self, ends: tuple[str, ...] = _BESIDE) -> list[Path]:
        return [path.with_name(path.name + end) for path in self._files.values() for end in ends]

    def load(self, folder: Path) -> Facts:
        """See Place. The events come last: without them the place counts as empty."""
        coming = {name: path.with_name(path.name + _COMING) for name, path in self._files.items()}
        for name, path in self._files.items():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.copyfile(folder / name, coming[name])
            to_disk(coming[name])
        for name, path in reversed(self._files.items()):
            coming[name].replace(path)
            to_disk(path.parent)
        return _facts_of(*self._files.values())


def _copy(path: Path, to: Path) -> None:
    """Row by row; of a file whose pages are damaged page by page, as they are: better than no copy at all."""
    with closing(sqlite3.connect(path, timeout=BUSY_LIMIT_S)) as connection:
        try:
            connection.execute("vacuum into ?", (str(to),))
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_CORRUPT:
                raise
            to.unlink(missing_ok=True)
            with closing(sqlite3.connect(to)) as copy:
                connection.backup(copy)
                copy.execute("pragma journal_mode=delete")  # one file, with nothing beside it


def _facts_of(events: Path, observations: Path) -> Facts:
    with reading_file(events) as one, reading_file(observations) as two:
        return read_facts(one).joined(read_facts(two))


def _not_copied(path: Path, error: sqlite3.Error | SQLAlchemyError) -> Problem:
    title = Text(f"Không sao được {path}", f"{path} cannot be copied")
    return Problem("copy-failed", title, 500, Text(plain_reason(error), plain_reason(error)))


def _second_name(file: Path, name: Path) -> None:
    """The same file under another name, without a copy; where the disk is another one, a copy."""
    try:
        name.hardlink_to(file)
    except OSError:
        shutil.copyfile(file, name)
        to_disk(name)


def _is_empty(path: Path) -> bool:
    if not path.exists():
        return True
    try:
        with reading_file(path) as connection:
            return not own_tables(connection)
    except Exception:
        return False
