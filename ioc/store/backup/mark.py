"""The mark of a restore that has begun and is not through. It lies where the store lies, so that whoever comes to the
store meets it: on SQLite a file beside the events' file, on PostgreSQL a table that is in no backup and is not cleared.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import Column, Connection, MetaData, NullPool, String, Table, create_engine, delete, insert, select
from sqlalchemy.exc import DBAPIError

from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.store.backup.place import server_address, to_disk
from ioc.store.carried_holds import CarriedHold
from ioc.store.database import CONNECT_LIMIT_S, is_sqlite, sqlite_path
from ioc.store.errors import StoreUnavailable, plain_reason
from ioc.store.guard import RESTORE_MARK, mark_beside
from ioc.store.releases import Recall

_mark = Table(RESTORE_MARK, MetaData(), Column("mark", String, nullable=False))


class Unfinished(msgspec.Struct, frozen=True):
    """A restore on its way: of which backup, since when, and the folder that has what was there before (None: nothing
    was there). Until `kept` the store is as it was; from then on only that folder tells how it was. `erased` are the
    people (by reference) who must not come back, `withdrawn` the released pictures nobody may have any more, `holds`
    the legal holds of the store before; `unread` says that it could not tell them.
    """

    backup: str
    began: datetime
    aside: str | None
    kept: bool
    erased: list[str]
    unread: bool = False
    withdrawn: list[Recall] = []
    holds: list[CarriedHold] = []

    @property
    def told(self) -> Text:
        """What is so, and what to do."""
        at = self.began.astimezone().isoformat(" ", "seconds")
        vi = f"Việc khôi phục {self.backup} bắt đầu lúc {at} chưa xong: chạy lại ioc restore, hoặc ioc restore --undo"
        en = f"The restore of {self.backup}, begun {at}, is not through: run ioc restore again, or ioc restore --undo"
        if not self.aside:
            return Text(vi, en)
        return Text(f"{vi}; dữ liệu trước đó ở {self.aside}", f"{en}; what was there before is in {self.aside}")


def unfinished(url: str) -> Unfinished | None:
    """The restore of this store that was begun and is not through.

    Raises:
        Problem: `bad-mark` when its mark cannot be read; StoreUnavailable.
    """
    found = _of_file(url) if is_sqlite(url) else _of_server(url)
    try:
        return None if found is None else msgspec.json.decode(found, type=Unfinished)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        title = Text("Dấu của việc khôi phục chưa xong không đọc được", "The mark of an unfinished restore is damaged")
        raise Problem("bad-mark", title, 500, Text(str(error), str(error))) from None


def refuse_unfinished(url: str) -> None:
    """Keeps everybody out of a store that is neither what it was nor what it shall be.

    Raises:
        Problem: `restore-unfinished`, with what to do; as `unfinished`.
    """
    if mark := unfinished(url):
        title = Text("Việc khôi phục chưa xong", "A restore is not through")
        raise Problem("restore-unfinished", title, 409, mark.told)


def set_mark(url: str, mark: Unfinished) -> None:
    """Puts the mark in place of a former one; when this returns it outlasts a power cut."""
    told = msgspec.json.encode(mark)
    if is_sqlite(url):
        _to_file(_path(url), told)
        return
    with _connected(url) as connection:
        _mark.create(connection, checkfirst=True)
        connection.execute(delete(_mark))
        connection.execute(insert(_mark).values(mark=told.decode()))


def remove_mark(url: str) -> None:
    """The restore is through, or undone."""
    if is_sqlite(url):
        _path(url).unlink(missing_ok=True)
        to_disk(_path(url).parent)
        return
    with _connected(url) as connection:
        _mark.drop(connection, checkfirst=True)


def _path(url: str) -> Path:
    return mark_beside(sqlite_path(url))


def _of_file(url: str) -> bytes | None:
    try:
        return _path(url).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _to_file(path: Path, told: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    coming = path.with_name(path.name + ".coming")
    coming.write_bytes(told)
    to_disk(coming)
    coming.replace(path)
    to_disk(path.parent)


def _of_server(url: str) -> str | None:
    with _connected(url) as connection:
        if not connection.dialect.has_table(connection, RESTORE_MARK):
            return None
        return connection.execute(select(_mark.c.mark)).scalar_one_or_none()


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    """One transaction, on the disk when it ends, whatever the server's default is."""
    engine = create_engine(
        server_address(url),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={
            "connect_timeout": CONNECT_LIMIT_S,
            "application_name": "ioc restore",
            "options": "-c synchronous_commit=on",
        },
    )
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        raise StoreUnavailable(plain_reason(error)) from error
    finally:
        engine.dispose()
