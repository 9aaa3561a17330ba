"""Where a city's store lies, as something that is copied out of and put back into."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import URL, make_url

from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.store.backup.facts import Facts


class Place(Protocol):
    """One store, on either kind of database. `kind` is the word the manifest says."""

    kind: str

    def bytes_needed(self) -> int:
        """About how much room a copy takes."""
        ...

    def copy_into(self, folder: Path) -> Facts:
        """Puts a copy of one moment into the folder, while others write; returns what is in it."""
        ...

    def prove(self, folder: Path) -> None:
        """Reads a copy from end to end; raises Problem `bad-backup` when it cannot be trusted."""
        ...

    def empty(self) -> bool:
        """Whether nothing of a city is there."""
        ...

    def alone(self) -> AbstractContextManager[None]:
        """The one restore of this place, whichever machine runs it; raises Problem `restore-runs` beside another."""
        ...

    def refuse_company(self) -> None:
        """Raises Problem `in-use` when others are connected."""
        ...

    def settle(self) -> None:
        """Waits until every commit that was under way has ended. After the mark of a restore is set no new one is let
        in (see `ioc.store.guard`), so that from then on nothing changes but by the restore. Raises StoreUnavailable
        when one does not end."""
        ...

    def keep(self, folder: Path) -> None:
        """Keeps what is there in the empty folder too, whole and on the disk; the place stays as it is."""
        ...

    def bring_back(self, folder: Path) -> None:
        """Makes the place what `keep` kept, whatever is in it now; broken off, it may be done again."""
        ...

    def clear(self) -> None:
        """Makes the place empty."""
        ...

    def load(self, folder: Path) -> Facts:
        """Puts a copy into the empty place; returns what is there then. All of it or nothing of each file."""
        ...


def bad_backup(vi: str, en: str) -> Problem:
    """A copy that cannot be trusted."""
    return Problem("bad-backup", Text("Bản sao không dùng được", "This backup cannot be used"), detail=Text(vi, en))


@contextmanager
def disk_trouble() -> Iterator[None]:
    """Says in words what a disk refuses.

    Raises:
        Problem: `disk`: a folder that is not there, belongs to others, is full.
    """
    try:
        yield
    except OSError as error:
        told = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        title = Text("Không đọc hoặc ghi được tệp", "A file cannot be read or written")
        raise Problem("disk", title, 500, Text(told, told)) from error


def in_use(vi: str, en: str) -> Problem:
    """Others work in the place."""
    title = Text("Thành phố còn đang chạy", "The city still runs")
    return Problem("in-use", title, 409, Text(vi, en))


def restore_runs() -> Problem:
    """Another restore is at work in the place."""
    title = Text("Một lần khôi phục khác đang chạy", "Another restore is on its way")
    vi, en = "Chờ nó xong, hoặc xem trên máy khác", "Wait until it is through; it may run on another machine"
    return Problem("restore-runs", title, 409, Text(vi, en))


def server_address(url: str) -> URL:
    """The address of a PostgreSQL store, with our driver."""
    return make_url(url).set(drivername="postgresql+psycopg")


def to_disk(path: Path) -> None:
    """Waits until a file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
