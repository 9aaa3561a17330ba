"""A plain look at a database, from outside the city's processes: read-only, one snapshot, and no file is made."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, NullPool, create_engine, make_url, text

from ioc.store.database import (
    BUSY_LIMIT_S,
    CONNECT_LIMIT_S,
    Database,
    SqliteDatabase,
    event_database,
    observation_database,
)


@contextmanager
def looking(url: str, city: str) -> Iterator[tuple[Connection, Connection]]:
    """The events' database and the readings' (on PostgreSQL the same, in the same snapshot).

    The readings are looked at later than the events, as cursors over them lie among the events.
    """
    events = event_database(url, city)
    with snapshot(events, url) as connection:
        if not isinstance(events, SqliteDatabase):
            yield connection, connection
            return
        connection.execute(text("select count(*) from sqlite_master"))  # the snapshot begins with the first look
        with snapshot(observation_database(url, city), url) as readings:
            yield connection, readings


@contextmanager
def reading_file(path: Path) -> Iterator[Connection]:
    """A SQLite file, read-only."""
    engine = create_engine("sqlite://", creator=lambda: read_only(path), poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("begin")
        yield connection
    engine.dispose()


def read_only(path: Path) -> sqlite3.Connection:
    """A connection that can neither write nor make the file. Text that is no UTF-8 is read too: its odd bytes are
    half surrogates then."""
    address = f"file:{quote(str(path))}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=BUSY_LIMIT_S, isolation_level=None)
    connection.text_factory = _any_text
    return connection


def _any_text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


@contextmanager
def snapshot(database: Database, url: str) -> Iterator[Connection]:
    """One database, read-only; a file must be there."""
    if isinstance(database, SqliteDatabase):
        with reading_file(database.path) as connection:
            yield connection
        return
    engine = _postgres(url)
    with engine.connect() as connection:
        connection.execute(text("set transaction isolation level repeatable read, read only"))
        yield connection
    engine.dispose()


def _postgres(url: str) -> Engine:
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"connect_timeout": CONNECT_LIMIT_S, "application_name": "ioc doctor"},
    )
