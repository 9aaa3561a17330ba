"""Seeded bugs of the store, each of a kind that real systems had."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from chaos_faults import FOLDER
from sqlalchemy import func, select

LATE_S = 0.05


def _unfenced(cursors: ModuleType) -> None:
    """Whoever comes may move a cursor, from wherever it is."""

    def move(tx: Any, held: Any, to_position: int) -> Any:
        mine = cursors.cursor.c.consumer == held.consumer
        tx.execute(cursors.update(cursors.cursor).where(mine).values(position=to_position, beat=tx.now))
        return cursors.replace(held, position=to_position)

    cursors.move = move  # type: ignore[attr-defined]


def _unlocked_before_commit(database: ModuleType) -> None:
    """The lock goes when the work is done, not when it is committed."""

    right = database.PostgresDatabase.locked

    @contextmanager
    def locked(self: Any, connection: Any, *, patient: bool = False) -> Iterator[None]:
        if not (FOLDER / "armed").exists():  # with this bug the city would not even start
            with right(self, connection, patient=patient):
                yield
            return
        with connection.begin():
            connection.execute(select(func.pg_advisory_lock(self._lock)))
            try:
                yield
            finally:
                connection.execute(select(func.pg_advisory_unlock(self._lock)))
            time.sleep(0.01)

    database.PostgresDatabase.locked = locked  # type: ignore[attr-defined]


def _identity_column(transaction: ModuleType) -> None:
    """Positions come from a sequence, so a later one may be seen before an earlier one is there."""
    kind = transaction.Transaction
    from sqlalchemy import text

    def append(self: Any, envelope: Any) -> int:
        position = int(self.connection.execute(text("select nextval('chaos_position')")).scalar_one())
        self.numbers.position = max(position, self.numbers.position or 0)
        self._pending.append(transaction.log.to_row(position, envelope))
        return position

    flush = kind.flush

    def sometimes_later(self: Any) -> None:
        if self._pending and random.random() < 0.2:
            rows, engine = list(self._pending), self.connection.engine
            self._pending.clear()
            threading.Timer(LATE_S, _insert, (engine, transaction.log.insert_all, rows)).start()
        flush(self)

    kind.append, kind.flush = append, sometimes_later


def _insert(engine: Any, insert_all: Any, rows: list[Any]) -> None:
    with engine.begin() as connection:
        insert_all(connection, rows)


def _keyless(accepted: ModuleType) -> None:
    """A repeat is taken for something new."""
    accepted.accept = lambda tx, wanted: [None] * len(wanted)  # type: ignore[attr-defined]


CHANGES = {
    "unfenced-cursor": {"ioc.store.cursors": _unfenced},
    "lock-released-early": {"ioc.store.database": _unlocked_before_commit},
    "identity-column": {"ioc.store.transaction": _identity_column},
    "retry-without-key": {"ioc.store.accepted": _keyless},
}
