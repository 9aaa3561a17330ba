"""The least a server can do that answers only for what is on the disk: one thread that commits all that waits."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

GROUP = 500
_FLUSHED = "pragma journal_mode=wal; pragma synchronous=full;"


class Form(NamedTuple):
    """How something is kept: the table, and what puts a row into it."""

    schema: str
    insert: str


# What came in one request as one row: id, at, body.
ENTRY = Form(
    """create table entry (position integer primary key, id text not null unique, at text not null, body blob not null);
    create index entry_at on entry (at);""",
    "insert into entry (id, at, body) values (?, ?, ?)",
)
# A reading a row, each once by its id: the least that can be asked for by source and time.
READING = Form(
    """create table reading (id text primary key, kind text, key text, value real, unit text, at text, quality text)
    without rowid; create index reading_of on reading (kind, key, at);""",
    "insert into reading values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
)


class BareWriter:
    """Group commit to SQLite, flushed, without anything around it."""

    def __init__(self, path: Path, form: Form = ENTRY) -> None:
        self._path, self._form = path, form
        self._queue: queue.SimpleQueue[tuple[Sequence[Sequence[Any]], asyncio.Future[None]]] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._run, daemon=True).start()

    def write(self, *rows: Sequence[Any]) -> asyncio.Future[None]:
        """Rows in the order of the form's columns; done after their commit."""
        future = self._loop.create_future()
        self._queue.put((rows, future))
        return future

    def _run(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None)
        connection.executescript(_FLUSHED + self._form.schema)
        while True:
            group = self._group()
            connection.execute("begin immediate")
            connection.executemany(self._form.insert, [row for rows, _ in group for row in rows])
            connection.execute("commit")
            self._loop.call_soon_threadsafe(_settle, [future for _, future in group])

    def _group(self) -> list[tuple[Sequence[Sequence[Any]], asyncio.Future[None]]]:
        group = [self._queue.get()]
        while len(group) < GROUP:
            try:
                group.append(self._queue.get_nowait())
            except queue.Empty:
                break
        return group


def _settle(futures: list[asyncio.Future[None]]) -> None:
    for future in futures:
        if not future.done():
            future.set_result(None)
