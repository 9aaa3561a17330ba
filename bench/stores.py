"""Migrated stores in a folder of their own, on SQLite as shipped and on a PostgreSQL that flushes every commit."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from ioc.store import Store, StoreSettings, migrate
from tests.servers import Postgres, postgres

CITY = "thanhhoa"
KEY = bytes(range(32))


@contextmanager
def folder() -> Iterator[Path]:
    """A short temporary folder."""
    made = Path(tempfile.mkdtemp(prefix="ioc-b-", dir="/tmp"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def fresh_sqlite(home: Path, name: str) -> str:
    """The address of a new, migrated SQLite store."""
    url = f"sqlite:///{home}/{name}/ioc.db"
    migrate.upgrade(url)
    return url


@contextmanager
def durable_postgres() -> Iterator[Postgres]:
    """A private cluster with fsync on."""
    with postgres(durable=True) as server:
        yield server


def fresh_postgres(server: Postgres) -> str:
    """The address of a new, migrated PostgreSQL store."""
    url = server.create(f"b_{uuid4().hex}")
    migrate.upgrade(url)
    return url


async def open_store(url: str, home: Path) -> Store:
    """A store with a state folder of its own."""
    return await Store.open(StoreSettings(url, CITY, home / uuid4().hex[:8], KEY))
