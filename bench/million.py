"""A log of many events, put straight into the table of a migrated store: by COPY, or by one `executemany`.

The rows are those `append` makes, without a hole, evenly over so many hours. Indexes are taken away meanwhile and made
anew at the end, as a bulk load does it.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from bench.samples import a_point, some_events
from bench.stores import CITY
from ioc.core.ids import new_id
from ioc.store.log import EventRow, to_row
from ioc.store.tables import event

COLUMNS = [column.name for column in event.c]
HOURS = 100
_NAMES = ", ".join(COLUMNS)
_INSERT = f"insert into event ({_NAMES}) values ({', '.join('?' * len(COLUMNS))})"  # noqa: S608 - names of our own
_COPY = f"copy event ({_NAMES}) from stdin"
_SQLITE_INDEXES = "select name, sql from sqlite_master where type = 'index' and tbl_name = 'event' and sql is not null"
_POSTGRES_INDEXES = """select indexname, indexdef from pg_indexes where tablename = 'event'
    and indexname not in (select conname from pg_constraint)"""


def rows(count: int, end: datetime, city: str = CITY) -> Iterator[EventRow]:
    """Rows of the table, oldest first, the newest a moment before `end`."""
    chance, step = random.Random(count), timedelta(hours=HOURS) / count
    model = some_events(1, city)[0]
    for position in range(1, count + 1):
        at, case = end - step * (count - position + 1), f"case-{position // 5}"
        geometry = {"type": "Point", "coordinates": [*a_point(chance)]}
        yield to_row(
            position,
            msgspec.structs.replace(
                model,
                id=new_id(),
                time=at,
                recordedtime=at,
                subject=case,
                correlationid=case,
                partitionkey=f"call-{position % 500}",
                severity=position % 5 + 1,
                data=model.data | {"geometry": geometry},
            ),
        )


def fill(url: str, count: int, end: datetime, city: str = CITY) -> None:
    """Fills the empty log of a store that was opened before, so that it says whose it is."""
    if url.startswith("sqlite"):
        _fill_sqlite(Path(url.removeprefix("sqlite:///")), rows(count, end, city))
    else:
        _fill_postgres(url, rows(count, end, city))


def _fill_sqlite(file: Path, new: Iterator[EventRow]) -> None:
    connection = sqlite3.connect(file, isolation_level=None)
    try:
        connection.execute("pragma synchronous = off")
        indexes = connection.execute(_SQLITE_INDEXES).fetchall()
        connection.execute("begin")
        for name, _ in indexes:
            connection.execute(f'drop index "{name}"')
        connection.executemany(_INSERT, (tuple(map(_for_sqlite, row)) for row in new))
        for _, statement in indexes:
            connection.execute(statement)
        connection.execute("commit")
        connection.execute("pragma wal_checkpoint(truncate)")
    finally:
        connection.close()


def _for_sqlite(value: Any) -> Any:
    """Times as the store keeps them in SQLite."""
    return value.replace(tzinfo=None).isoformat(" ", "microseconds") if isinstance(value, datetime) else value


def _fill_postgres(url: str, new: Iterator[EventRow]) -> None:
    with psycopg.connect(url) as connection:
        indexes = connection.execute(_POSTGRES_INDEXES).fetchall()
        for name, _ in indexes:
            connection.execute(f'drop index "{name}"'.encode())
        with connection.cursor() as cursor, cursor.copy(_COPY.encode()) as copy:
            for row in new:
                copy.write_row(row)
        for _, statement in indexes:  # of the whole table again, with all its partitions
            connection.execute(statement.replace(" ON ONLY ", " ON ").encode())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze event")  # as the server does by itself a moment later
