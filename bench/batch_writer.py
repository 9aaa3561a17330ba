"""Writing in batches, from a log of batches into rows: ours beside the fastest words each driver has, COPY by psycopg
and sqlite3's executemany, a thousand rows a commit, every commit flushed on both sides.

Readings: `SeriesStep`, a module's writer. It reads batches of 100 from the observation log, knows repeats, judges
every reading by its city's limits, and commits points, states of series, hours to be made anew and its cursor
together, some 5,000 readings a commit; its wait between commits, which is there to save work, is left out. The
driver only puts the same points into the same table. Events: 1,000 appends a `store.write` beside the same rows and
commits.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import psycopg
import structlog

from bench.frame import Goal, Report, Row, Size, in_turn_async
from bench.installed import PROFILE
from bench.publish import Inserted, Pair, PostgresLimit, SqliteLimit, append, watch_commits
from bench.stores import durable_postgres, folder, fresh_postgres, fresh_sqlite, open_store
from ioc.city.profile import load_city
from ioc.contract import Observation
from ioc.core.clock import SystemClock
from ioc.core.envelope import Envelope
from ioc.host.quality_limits import QualityLimits
from ioc.host.series_step import ROWS, SeriesStep, _so_many
from ioc.store import Store

PER_COMMIT = 1_000
PER_BATCH = 100
METERS = 500
OWNER = "meters"
Point = tuple[int, int, float, int]  # as the columns of the table: series, ms since 1970, value, grade
SQLITE_POINT = "insert into series_point (series, at_ms, value, grade) values (?, ?, ?, ?)"
POSTGRES_POINT = b"copy series_point (series, at_ms, value, grade) from stdin (format binary)"
SQLITE_GOAL, POSTGRES_GOAL = Goal(ratio=0.5), Goal(ratio=0.6)
_rounds = count()


class CopyLimit(PostgresLimit):
    """psycopg's COPY by itself."""

    name = "psycopg COPY, same rows and commits"

    def insert(self, batches: list[Inserted]) -> None:
        """The same rows, the same commits."""
        with self._bare.cursor() as cursor:
            for rows in batches:
                with cursor.copy(b"copy event from stdin") as copy:
                    for row in rows:
                        copy.write_row(row)
                self._bare.commit()


def run(size: Size) -> Report:
    """Readings and events on SQLite, then on PostgreSQL where it is installed."""
    report = Report("batches (a thousand rows a commit, every commit flushed)")
    with folder() as home:
        ours, bare = fresh_sqlite(home, "ours"), fresh_sqlite(home, "bare")
        limit = SqliteLimit(_file(ours, "ioc.db"), _file(bare, "ioc.db"))
        points = _points_to_sqlite(_file(bare, "ioc-observations.db"))
        report.rows += asyncio.run(_add("SQLite", ours, home, limit, points, size))
        try:
            with durable_postgres() as server:
                ours, bare = fresh_postgres(server), fresh_postgres(server)
                copied = CopyLimit(ours, bare)
                report.rows += asyncio.run(_add("PostgreSQL", ours, home, copied, _points_to_postgres(bare), size))
        except FileNotFoundError as error:
            report.notes.append(f"PostgreSQL not measured: {error}")
    return report


def _file(url: str, name: str) -> Path:
    return Path(url.removeprefix("sqlite:///")).with_name(name)


async def _add(
    name: str, url: str, home: Path, limit: SqliteLimit | PostgresLimit, keep: KeepPoints, size: Size
) -> list[Row]:
    store = await open_store(url, home)
    goal = POSTGRES_GOAL if name == "PostgreSQL" else SQLITE_GOAL
    times, number = size.of(5, 1), size.of(20_000, 2_000)
    try:
        readings = Readings(store, number)
        ours, theirs = await in_turn_async(times, readings.taken_in, lambda: kept(keep, number))
        pair = Pair(store, watch_commits(store), limit, in_thousands, number)
        appended = await in_turn_async(times, pair.round)
    finally:
        await store.close()
        limit.close()
    peer = "sqlite3 executemany, 1,000 points a commit" if name == "SQLite" else "psycopg COPY, 1,000 points a commit"
    return [
        Row(f"{name}, readings from the log into series", "readings/s", ours, theirs, peer, goal),
        Row(f"{name}, events, {PER_COMMIT:,} a write", "events/s", appended[0], pair.bare[1:], limit.name, goal),
    ]


class Readings:
    """A store's observation log, its series and their one writer."""

    def __init__(self, store: Store, number: int) -> None:
        self._store, self._number = store, number
        city = load_city(PROFILE)
        limits = QualityLimits(city, lambda _key: None)
        self._step = SeriesStep(store, OWNER, "bench", limits, self, SystemClock(), structlog.get_logger())

    def note(self, owner: str, reading: Observation, received_at: datetime, reason: str | None) -> None:
        """Nobody listens."""

    async def taken_in(self) -> float:
        """Readings a second, from the log into their series; that they lie in the log is not timed."""
        began_at = datetime.now(UTC) - timedelta(milliseconds=self._number)
        for batch in range(self._number // PER_BATCH):
            some = range(batch * PER_BATCH, (batch + 1) * PER_BATCH)
            await self._store.observations.write_batch("bench", [_reading(number, began_at) for number in some])
        held, head = await self._step._begin(), await self._store.observations.head()
        began = time.perf_counter()
        while held.position < head:
            waiting = await self._store.observations.of(OWNER, held.position, ROWS)
            held = await self._step._take_in(held, list(_so_many(waiting)))
        return self._number / (time.perf_counter() - began)


def _reading(number: int, began_at: datetime) -> Observation:
    at = began_at + timedelta(milliseconds=number)
    return Observation(
        kind=f"{OWNER}.level",
        key=f"đồng-hồ-{number % METERS}",
        value=50 + number % 97 / 10,
        unit="cm",
        at=at,
        id=f"{number}/{at.timestamp():.3f}",
    )


KeepPoints = Callable[[list[Point]], None]


async def kept(keep: KeepPoints, number: int) -> float:
    """Points a second of the bare driver, a thousand a commit, each moment new."""
    first = next(_rounds) * number
    points = [(at % METERS, first + at, 50 + at % 97 / 10, 0) for at in range(number)]
    began = time.perf_counter()
    for start in range(0, number, PER_COMMIT):
        keep(points[start : start + PER_COMMIT])
    return number / (time.perf_counter() - began)


def _points_to_sqlite(file: Path) -> KeepPoints:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.executescript("pragma journal_mode=wal; pragma synchronous=full;")

    def keep(points: list[Point]) -> None:
        connection.execute("begin immediate")
        connection.executemany(SQLITE_POINT, points)
        connection.execute("commit")

    return keep


def _points_to_postgres(url: str) -> KeepPoints:
    connection = psycopg.connect(url)

    def keep(points: list[Point]) -> None:
        with connection.cursor() as cursor, cursor.copy(POSTGRES_POINT) as copy:
            copy.set_types(("int8", "int8", "float8", "int2"))
            for point in points:
                copy.write_row(point)
        connection.commit()

    return keep


async def in_thousands(store: Store, events: Sequence[Envelope]) -> None:
    """A thousand events a job."""
    for start in range(0, len(events), PER_COMMIT):
        await store.write(append(*events[start : start + PER_COMMIT]))
