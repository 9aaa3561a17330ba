"""The newest 500 events in a box and an hour, over a million: `Log.query` beside the bare driver with the SQL one
would write, on both back ends, question for question in turn.

Both fetch position and body; who asks makes of them what it needs. A million events lie over 100 hours; a box is a
sixteenth of the city, so that some 600 of an hour's 10,000 lie in it. The plans of ours are looked at too: not one may
do without the index of times.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, event

from bench.frame import Goal, Report, Row, Size, percentile
from bench.million import HOURS, fill
from bench.samples import BOX
from bench.stores import durable_postgres, folder, fresh_postgres, fresh_sqlite, open_store
from ioc.store import Store

GOAL = Goal(at_most_ratio=1.5)
LIMIT = 500
QUESTIONS = 200
INDEXES = ("ix_event_time", "_time_idx")  # of the log as one table, of a partition
SQLITE_SQL = """select position, body from event where time >= ? and time < ? and lon between ? and ?
    and lat between ? and ? order by time desc limit 500"""
POSTGRES_SQL = SQLITE_SQL.replace("?", "%s").encode()


@dataclass(frozen=True)
class Question:
    """A box in degrees and an hour."""

    west: float
    south: float
    east: float
    north: float
    since: datetime

    @property
    def until(self) -> datetime:
        """The end of the hour."""
        return self.since + timedelta(hours=1)


Bare = Callable[[Question], Sequence[Any]]


def run(size: Size) -> Report:
    """A million events on SQLite, then on PostgreSQL where it is installed."""
    report = Report(f"box (newest {LIMIT} in a box and an hour, of {_count(size):,} events)")
    end = datetime.now(UTC)
    with folder() as home:
        url = fresh_sqlite(home, "ours")
        asyncio.run(_add(report, "SQLite", url, home, end, size))
        try:
            with durable_postgres() as server:
                url = fresh_postgres(server)
                asyncio.run(_add(report, "PostgreSQL", url, home, end, size))
        except FileNotFoundError as error:
            report.notes.append(f"PostgreSQL not measured: {error}")
    return report


def _count(size: Size) -> int:
    return size.of(1_000_000, 20_000)


async def _add(report: Report, name: str, url: str, home: Path, end: datetime, size: Size) -> None:
    store = await open_store(url, home)
    try:
        fill(url, _count(size), end)
        with _bare(url) as bare, _plans(url) as plans:
            sides = await _in_turn(store, bare, end, size.of(5, 1), size.of(QUESTIONS, 20))
    finally:
        await store.close()
    ours, theirs = sides
    for percent, goal in ((50, None), (99, GOAL)):
        mine, other = ([percentile(one, percent) for one in side] for side in (ours, theirs))
        report.rows.append(Row(f"{name}, p{percent}", "ms", mine, other, "the driver with the bare SQL", goal))
    by_time = sum(map(by_time_index, plans))
    report.rows.append(
        Row(f"{name}, plans by the index of times", "plans", [by_time], [len(plans)], "plans", Goal(ratio=1))
    )


async def _in_turn(
    store: Store, bare: Bare, end: datetime, rounds: int, number: int
) -> tuple[list[list[float]], list[list[float]]]:
    """Milliseconds of each question of each round, of ours and of the bare driver; the first round does not count."""
    chance = random.Random(HOURS)
    ours: list[list[float]] = []
    theirs: list[list[float]] = []
    for _ in range(rounds + 1):
        ours.append([])
        theirs.append([])
        for index in range(number):
            question = a_question(chance, end)
            for mine in (True, False) if index % 2 else (False, True):
                began = time.perf_counter()
                found = await _asked(store, question) if mine else bare(question)
                (ours if mine else theirs)[-1].append((time.perf_counter() - began) * 1000)
                assert len(found) <= LIMIT
    return ours[1:], theirs[1:]


async def _asked(store: Store, one: Question) -> Sequence[Any]:
    box = (one.west, one.south, one.east, one.north)
    return await store.log.query(bbox=box, since=one.since, until=one.until, limit=LIMIT)


def a_question(chance: random.Random, end: datetime) -> Question:
    """Somewhere in the city, some hour of those there are."""
    across, up = (BOX[2] - BOX[0]) / 4, (BOX[3] - BOX[1]) / 4
    west, south = chance.uniform(BOX[0], BOX[2] - across), chance.uniform(BOX[1], BOX[3] - up)
    since = end - timedelta(hours=chance.uniform(1, HOURS))
    return Question(west, south, west + across, south + up, since)


@contextmanager
def _bare(url: str) -> Iterator[Bare]:
    """What asks the bare driver."""
    if url.startswith("sqlite"):
        file = sqlite3.connect(url.removeprefix("sqlite:///"))
        try:
            yield lambda one: file.execute(SQLITE_SQL, _values(one, _text)).fetchall()
        finally:
            file.close()
        return
    with psycopg.connect(url, autocommit=True) as server:
        yield lambda one: server.execute(POSTGRES_SQL, _values(one, lambda at: at)).fetchall()


def _values(one: Question, time_as: Callable[[datetime], Any]) -> tuple[Any, ...]:
    return (time_as(one.since), time_as(one.until), one.west, one.east, one.south, one.north)


def _text(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat(" ", "microseconds")


@contextmanager
def _plans(url: str) -> Iterator[list[str]]:
    """How the database goes about each of ours: filled at the end of the block, each distinct statement explained with
    the values of every tenth time it was asked."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if "BETWEEN" in statement:
            asked.append((statement, parameters))

    plans: list[str] = []
    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield plans
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    plans += [_explained(url, *one) for one in asked[::10]]


def _explained(url: str, statement: str, parameters: Any) -> str:
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as file:
            return str(file.execute(f"explain query plan {statement}", parameters).fetchall())
    with psycopg.connect(url) as server:
        return str(server.execute(f"explain {statement}".encode(), parameters).fetchall())


def by_time_index(plan: str) -> bool:
    """Whether a plan finds its rows by the index of times."""
    return any(index in plan for index in INDEXES)
