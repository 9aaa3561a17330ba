"""Accounts, sessions and keys over a real store, on both kinds of database where it matters."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ioc.auth import Auth, AuthSettings
from ioc.core.clock import SetClock
from ioc.store import Store, StoreSettings, migrate

AUTH_HOME = Path(__file__).resolve().parents[2] / "ioc" / "auth"
CITY = "kyanh"
SECRET = bytes(range(100, 132))
PASSWORD = "mật khẩu đủ dài 1"
START = datetime(2026, 11, 21, 13, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> SetClock:
    return SetClock(START)


@pytest.fixture
async def auth_store(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    """An open store on SQLite with the tables of people."""
    migrate.upgrade(sqlite_url, [AUTH_HOME])
    opened = await Store.open(StoreSettings(sqlite_url, CITY, tmp_path / "state", bytes(range(32))))
    yield opened
    await opened.close()


@pytest.fixture
async def auth(quick_passwords: None, auth_store: Store, clock: SetClock) -> Auth:
    return Auth(auth_store, AuthSettings(city=CITY, secret=SECRET, secure=False), clock)
