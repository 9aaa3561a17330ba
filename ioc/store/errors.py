"""What goes wrong with a database, told apart: it is away (try again), or the work itself was wrong."""

from __future__ import annotations

import errno
import os
import re
import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ioc.core.errors import Problem
from ioc.core.text import Text

RETRY_AFTER_S = 2


class StoreUnavailable(Problem):
    """The database is down, full or too busy: HTTP 503 with Retry-After. What was asked may be asked again."""

    def __init__(self, reason: str) -> None:
        text = Text("Hệ thống lưu trữ tạm thời không sẵn sàng", "The store is not available at the moment")
        super().__init__("store-unavailable", text, 503, retry_after_s=RETRY_AFTER_S)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.code}: {self.reason}"


class TookTooLong(StoreUnavailable):
    """The job's own work under the lock took longer than a commit may, and held up all others: most likely its own
    fault. Whether it was committed in the end is not known."""

    def __init__(self) -> None:
        super().__init__("its own work in the commit takes too long")


class Blocked(StoreUnavailable):
    """What a commit needs is not to be had, and no job has brought that about, however long it takes."""


class Locked(Blocked):
    """Somebody beside the city's processes holds a table or row that a commit needs: an administrator's change of a
    table, or an index that is being made."""


class Full(Blocked):
    """The database's disk is full. The little that still fits may be another's commit, which proves nothing."""


class Superseded(StoreUnavailable):
    """A backup takes the place of this store, or took it since it was opened. The process that hears it begins anew."""

    def __init__(self) -> None:
        super().__init__("a backup takes, or took, the place of this store")
        vi = "Dữ liệu đang được, hoặc đã được, thay bằng một bản sao: hãy chạy lại sau khi khôi phục xong"
        self.title = Text(
            vi, "A backup takes, or took, the place of this store: begin anew when the restore is through"
        )


class Fenced(Exception):
    """Another owner has taken the cursor over, or it is not where this owner thought: stop working."""


class SchemaMissing(Problem):
    """The database was never migrated (or holds another product's tables)."""

    def __init__(self) -> None:
        super().__init__(
            "schema-missing",
            Text("Cơ sở dữ liệu chưa có bảng của hệ thống", "The database does not have the system's tables"),
            500,
            Text(
                "Hãy chạy bằng lệnh ioc (lệnh này tự tạo bảng), hoặc kiểm tra IOC_DATABASE_URL, IOC_STATE_DIR.",
                "Start it with the ioc command, which makes them, or check IOC_DATABASE_URL and IOC_STATE_DIR.",
            ),
        )


class WrongKey(Problem):
    """The master key is not the one this store's personal data was sealed with."""

    def __init__(self) -> None:
        super().__init__(
            "wrong-key",
            Text("IOC_PERSONAL_KEY không phải khoá của dữ liệu này", "IOC_PERSONAL_KEY is not the key of this store"),
            500,
            Text(
                "Dữ liệu cá nhân đã được mã hoá bằng một khoá khác. Hãy đặt lại đúng khoá cũ; đừng tạo khoá mới.",
                "Its personal data were encrypted with another key. Set that key again; do not make a new one.",
            ),
        )


class Unidentified(Problem):
    """The log has events, but what says whose they are is gone: any key would be taken for the right one."""

    def __init__(self) -> None:
        super().__init__(
            "store-unidentified",
            Text("Dữ liệu này không còn nói là của ai", "This store no longer says whose it is"),
            500,
            Text(
                "Bảng platform thiếu city hoặc key_check dù nhật ký có sự kiện: khôi phục từ bản sao (ioc restore).",
                "Table platform lacks city or key_check though the log has events: restore a backup (ioc restore).",
            ),
        )


class WrongCity(Problem):
    """The store belongs to another city: its log, people and personal data are not ours."""

    def __init__(self, theirs: str, ours: str) -> None:
        super().__init__(
            "wrong-city",
            Text(f"Dữ liệu này là của {theirs}, không phải {ours}", f"This store is {theirs}'s, not {ours}'s"),
            500,
            Text(
                "Mỗi thành phố có dữ liệu riêng: kiểm tra IOC_CITY_DIR, IOC_STATE_DIR, IOC_DATABASE_URL hoặc --state.",
                "Each city has a store of its own: check IOC_CITY_DIR, IOC_STATE_DIR, IOC_DATABASE_URL or --state.",
            ),
        )


# Primary result codes of SQLite that speak of the file, disk or lock and not of the statement, and what they say.
_SQLITE_AWAY = {
    sqlite3.SQLITE_BUSY: "the database is held by another process",
    sqlite3.SQLITE_LOCKED: "the database is held by another process",
    sqlite3.SQLITE_INTERRUPT: "the work took too long and was ended",
    sqlite3.SQLITE_NOMEM: "there is no memory left for the database",
    sqlite3.SQLITE_READONLY: "the database's file is read-only",
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written",
    sqlite3.SQLITE_CORRUPT: "the database's file is damaged",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_CANTOPEN: "the database's file cannot be opened",
    sqlite3.SQLITE_NOTADB: "the database's file is none",
}


# What the server, and the driver where there is none, say of who wants in; a failed connection has no SQLSTATE.
_SAID = {
    "the database server does not take this password": re.compile(
        "password authentication failed|no password supplied"
    ),
    "the database server does not take this user": re.compile('role ".*" does not exist|no pg_hba.conf entry'),
    "the database server has no such database": re.compile('database ".*" does not exist'),
}
_DISK_FULL, _NO_SPACE = "53100", os.strerror(errno.ENOSPC)
_TOO_MUCH = "54"  # SQLSTATE class: the statement asks for more than the server can ever do


def plain_reason(error: BaseException) -> str:
    """Why the database is away, in plain words: a driver's own hold statements, their values and addresses."""
    if isinstance(error, StoreUnavailable):
        return error.reason
    if isinstance(error, PoolTimeout):
        return "all connections to the database are busy"
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, OSError):
        return f"the system refuses a file: {cause.strerror or type(cause).__name__}"
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        return _SQLITE_AWAY.get(code, "the database's file cannot be used")
    if isinstance(cause, psycopg.errors.ReadOnlySqlTransaction):
        return "the database server is read-only here"
    if _is_full(error):
        return "the disk is full"
    if is_locked(error):
        return "somebody else holds a table that is needed"
    if isinstance(cause, psycopg.OperationalError) and (said := _said_by_server(str(cause))):
        return said
    state = getattr(cause, "sqlstate", None)
    return f"the database server gave up (SQLSTATE {state})" if state else "the database server does not answer"


def _said_by_server(words: str) -> str | None:
    return next((plain for plain, pattern in _SAID.items() if pattern.search(words)), None)


# The same for who reads the wall; what is not here says something of a system that has no Vietnamese.
_IN_VIETNAMESE = {
    "all connections to the database are busy": "mọi kết nối tới cơ sở dữ liệu đều bận",
    "somebody else holds a table that is needed": "có người khác đang giữ một bảng cần dùng",
    "the database is held by another process": "một tiến trình khác đang giữ cơ sở dữ liệu",
    "the database server does not answer": "máy chủ cơ sở dữ liệu không trả lời",
    "the database server does not take this password": "máy chủ cơ sở dữ liệu không nhận mật khẩu này",
    "the database server does not take this user": "máy chủ cơ sở dữ liệu không nhận người dùng này",
    "the database server has no such database": "máy chủ không có cơ sở dữ liệu này",
    "the database server is read-only here": "máy chủ cơ sở dữ liệu ở đây chỉ cho đọc",
    "the database's file cannot be opened": "không mở được tệp cơ sở dữ liệu",
    "the database's file cannot be used": "không dùng được tệp cơ sở dữ liệu",
    "the database's file is damaged": "tệp cơ sở dữ liệu đã hỏng",
    "the database's file is none": "tệp này không phải cơ sở dữ liệu",
    "the database's file is read-only": "tệp cơ sở dữ liệu chỉ cho đọc",
    "the disk cannot be read or written": "không đọc hoặc ghi được đĩa",
    "the disk is full": "đĩa đã đầy",
    "the work took too long and was ended": "việc quá lâu nên đã bị dừng",
    "there is no memory left for the database": "cơ sở dữ liệu hết bộ nhớ",
}


def in_both(reason: str) -> Text:
    """Such a reason in both languages."""
    return Text(_IN_VIETNAMESE.get(reason, reason), reason)


def unavailable(error: BaseException) -> StoreUnavailable:
    """The same in our words; of a database that is away, or not free."""
    if isinstance(error, StoreUnavailable):
        return error
    kind = Locked if is_locked(error) else Full if _is_full(error) else StoreUnavailable
    away = kind(plain_reason(error))
    away.__cause__ = error
    return away


def _is_full(error: BaseException) -> bool:
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        return (getattr(cause, "sqlite_errorcode", 0) & 0xFF) == sqlite3.SQLITE_FULL
    if isinstance(cause, OSError):
        return cause.errno in (errno.ENOSPC, errno.EDQUOT)
    state = getattr(cause, "sqlstate", None)
    # A failed connection has the server's words alone.
    return state == _DISK_FULL or (isinstance(cause, psycopg.OperationalError) and _NO_SPACE in str(cause))


def is_locked(error: BaseException) -> bool:
    """Whether somebody else has what a statement needs; the rest of its transaction may go on."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(cause, psycopg.errors.LockNotAvailable | psycopg.errors.DeadlockDetected)


def is_unavailable(error: BaseException) -> bool:
    """Whether an error means that the database is away, not that the statement was wrong."""
    if isinstance(error, PoolTimeout | StoreUnavailable):
        return True
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, OSError):  # no file is left to take the lock with, or the disk is away
        return True
    if isinstance(cause, sqlite3.Error):
        return (getattr(cause, "sqlite_errorcode", 0) & 0xFF) in _SQLITE_AWAY
    if isinstance(cause, psycopg.errors.OperationalError) and (cause.sqlstate or "").startswith(_TOO_MUCH):
        return False
    gone = isinstance(error, DBAPIError) and error.connection_invalidated
    return gone or isinstance(cause, psycopg.OperationalError | psycopg.errors.ReadOnlySqlTransaction)
