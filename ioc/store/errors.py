"""What goes wrong with a database, told apart: it is away (try again), or the work itself was wrong."""

from __future__ import annotations

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


class Fenced(Exception):
    """Another owner has taken the cursor over, or it is not where this owner thought: stop working."""


class SchemaMissing(Exception):
    """The database was never migrated (or holds another product's tables)."""


class WrongKey(Exception):
    """The master key is not the one this store's personal data was sealed with."""


# Primary result codes of SQLite that speak of the file, disk or lock and not of the statement.
_SQLITE_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOTADB,
}


def is_unavailable(error: BaseException) -> bool:
    """Whether an error means that the database is away, not that the statement was wrong."""
    if isinstance(error, PoolTimeout | StoreUnavailable):
        return True
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        return (getattr(cause, "sqlite_errorcode", 0) & 0xFF) in _SQLITE_AWAY
    gone = isinstance(error, DBAPIError) and error.connection_invalidated
    return gone or isinstance(cause, psycopg.OperationalError | psycopg.errors.ReadOnlySqlTransaction)
