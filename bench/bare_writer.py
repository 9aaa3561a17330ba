"""The least a server can do that answers only for what is on the disk: one thread that commits all that waits."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

GROUP = 500
_SCHEMA = """
pragma journal_mode=wal;
pragma synchronous=full;
create table entry (position integer primary key, id text not null unique, at text not null, body blob not null);
create index entry_at on entry (at);
"""


class BareWriter:
    """Group commit to SQLite, flushed, without anything around it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._queue: queue.SimpleQueue[tuple[Sequence[Any], asyncio.Future[None]]] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._run, daemon=True).start()

    def write(self, row: Sequence[Any]) -> asyncio.Future[None]:
        """A row of id, at, body; done after its commit."""
        future = self._loop.create_future()
        self._queue.put((row, future))
        return future

    def _run(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None)
        connection.executescript(_SCHEMA)
        while True:
            group = self._group()
            connection.execute("begin immediate")
            connection.executemany("insert into entry (id, at, body) values (?, ?, ?)", [row for row, _ in group])
            connection.execute("commit")
            self._loop.call_soon_threadsafe(_settle, [future for _, future in group])

    def _group(self) -> list[tuple[Sequence[Any], asyncio.Future[None]]]:
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
