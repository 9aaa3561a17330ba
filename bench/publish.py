"""Publish: `store.write(append)` with group commit, beside the bare driver that inserts the same rows in the same
transactions into the same table of another database."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg

from bench.frame import Goal, Report, Row, Size, in_turn_async
from bench.samples import some_events
from bench.stores import CITY, durable_postgres, folder, fresh_postgres, fresh_sqlite, open_store
from ioc.core.envelope import Envelope
from ioc.store import Store, Transaction

GOAL = Goal(ratio=0.5)
AT_ONCE = 500
BATCH = 100
SQLITE_INSERT = "insert into event values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
POSTGRES_INSERT = (
    b"insert into event values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"  # all columns
)
Inserted = list[tuple[Any, ...]]


def run(size: Size) -> Report:
    """On SQLite, synchronous=FULL on both sides."""
    report = Report("publish (SQLite, every commit flushed)")
    with folder() as home:
        ours, bare = fresh_sqlite(home, "ours"), fresh_sqlite(home, "bare")
        limit = SqliteLimit(_file(ours), _file(bare))
        report.rows = asyncio.run(_rows(ours, home, limit, size))
        limit.close()
    return report


def run_postgresql(size: Size) -> Report:
    """On PostgreSQL with fsync on both sides; without an installed server there is nothing to measure."""
    report = Report("publish (PostgreSQL, every commit flushed)")
    try:
        with folder() as home, durable_postgres() as server:
            ours, bare = fresh_postgres(server), fresh_postgres(server)
            limit = PostgresLimit(ours, bare)
            report.rows = asyncio.run(_rows(ours, home, limit, size))
            limit.close()
    except FileNotFoundError as error:
        report.notes.append(f"not measured: {error}")
    return report


async def _rows(url: str, home: Path, limit: SqliteLimit | PostgresLimit, size: Size) -> list[Row]:
    store = await open_store(url, home)
    commits = watch_commits(store)
    count, times = size.of(2_000, 200), size.of(5, 1)
    rows = []
    try:
        for name, publish in ((f"one write an event, {AT_ONCE} at once", singly), ("100 appends a write", in_batches)):
            pair = Pair(store, commits, limit, publish, count)
            figures = await in_turn_async(times, pair.round)
            rows.append(Row(name, "events/s", figures[0], pair.bare[1:], limit.name, GOAL))
    finally:
        await store.close()
    return rows


class Pair:
    """Ours and the bare driver, straight one after the other, because the driver repeats our transactions."""

    def __init__(
        self, store: Store, commits: list[int], limit: SqliteLimit | PostgresLimit, publish: Publish, count: int
    ) -> None:
        self._store, self._commits, self._limit = store, commits, limit
        self._publish, self._count = publish, count
        self.bare: list[float] = []

    async def round(self) -> float:
        """Events a second of ours; the bare driver's go to `bare`."""
        events = some_events(self._count, CITY)
        before = await self._store.log.head()
        self._commits.clear()
        began = time.perf_counter()
        await self._publish(self._store, events)
        took = time.perf_counter() - began
        batches = self._limit.read(before, self._commits)
        began = time.perf_counter()
        self._limit.insert(batches)
        self.bare.append(self._count / (time.perf_counter() - began))
        return self._count / took


Publish = Callable[[Store, Sequence[Envelope]], Any]


async def singly(store: Store, events: Sequence[Envelope]) -> None:
    """Every event a job of its own, as many doors at once give them."""
    for start in range(0, len(events), AT_ONCE):
        await asyncio.gather(*(store.write(append(event)) for event in events[start : start + AT_ONCE]))


async def in_batches(store: Store, events: Sequence[Envelope]) -> None:
    """A hundred events a job, as a module that handles a batch gives them."""
    for start in range(0, len(events), BATCH):
        await store.write(append(*events[start : start + BATCH]))


def append(*events: Envelope) -> Callable[[Transaction], int]:
    """A job that appends these events together."""

    def job(tx: Transaction) -> int:
        return [tx.append(event) for event in events][-1]

    return job


def watch_commits(store: Store) -> list[int]:
    """The last position of every commit, from now on."""
    positions: list[int] = []
    ring = store.log_bell.ring

    def ring_and_note(number: int) -> None:
        positions.append(number)
        ring(number)

    setattr(store.log_bell, "ring", ring_and_note)  # noqa: B010 - a bell has no ear for others
    return positions


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _cut(rows: Inserted, ends: Sequence[int]) -> list[Inserted]:
    """The rows by commit."""
    starts = [rows[0][0] - 1, *ends[:-1]]
    return [rows[a - starts[0] : b - starts[0]] for a, b in zip(starts, ends, strict=True)]


class SqliteLimit:
    """sqlite3 by itself."""

    name = "sqlite3 executemany, same rows and commits"

    def __init__(self, ours: Path, bare: Path) -> None:
        self._ours = sqlite3.connect(ours)
        self._bare = sqlite3.connect(bare, isolation_level=None)
        self._bare.executescript("pragma journal_mode=wal; pragma synchronous=full;")

    def read(self, after: int, ends: Sequence[int]) -> list[Inserted]:
        """What ours has stored since, in its commits."""
        query = "select * from event where position > ? order by position"
        return _cut(self._ours.execute(query, (after,)).fetchall(), ends)

    def insert(self, batches: list[Inserted]) -> None:
        """The same rows, the same commits."""
        for rows in batches:
            self._bare.execute("begin immediate")
            self._bare.executemany(SQLITE_INSERT, rows)
            self._bare.execute("commit")

    def close(self) -> None:
        """Lets both files go."""
        self._ours.close()
        self._bare.close()


class PostgresLimit:
    """psycopg by itself."""

    name = "psycopg executemany, same rows and commits"

    def __init__(self, ours: str, bare: str) -> None:
        self._ours = psycopg.connect(ours, autocommit=True)
        self._bare = psycopg.connect(bare)

    def read(self, after: int, ends: Sequence[int]) -> list[Inserted]:
        """What ours has stored since, in its commits."""
        query = "select * from event where position > %s order by position"
        return _cut(self._ours.execute(query, (after,)).fetchall(), ends)

    def insert(self, batches: list[Inserted]) -> None:
        """The same rows, the same commits."""
        with self._bare.cursor() as cursor:
            for rows in batches:
                cursor.executemany(POSTGRES_INSERT, rows)
                self._bare.commit()

    def close(self) -> None:
        """Lets both databases go."""
        self._ours.close()
        self._bare.close()
