"""What all tests may ask for: real servers, and a fresh migrated store on either kind of database."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from argon2 import PasswordHasher
from hypothesis import settings

from ioc.auth import passwords
from ioc.store import Store, StoreSettings, migrate
from tests import servers

settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")

CITY = "kyanh"
MASTER_KEY = bytes(range(32))
PATIENT = {"write_limit_s": 30.0, "pool_wait_s": 10.0}  # a busy machine is no outage; tests of outages set their own


@pytest.fixture(scope="session")
def valkey() -> Iterator[servers.Valkey]:
    """The embedded Valkey on a unix socket, one a session; a test that kills it starts it again."""
    with servers.valkey() as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[servers.Postgres]:
    """A private PostgreSQL cluster with PostGIS, one a session."""
    with servers.postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres: servers.Postgres) -> servers.Postgres:
    """The cluster, with the migrated database `postgres.template` to clone from."""
    migrate.upgrade(postgres.create(postgres.template))
    return postgres


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a migrated SQLite store to copy from."""
    folder = tmp_path_factory.mktemp("sqlite-template")
    migrate.upgrade(f"sqlite:///{folder}/ioc.db")
    return folder


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a fresh, migrated SQLite store."""
    folder = tmp_path / "store"
    shutil.copytree(sqlite_template, folder)
    return f"sqlite:///{folder}/ioc.db"


@pytest.fixture
def postgres_url(postgres_template: servers.Postgres) -> Iterator[str]:
    """The address of a fresh, migrated PostgreSQL store."""
    name = f"t_{uuid4().hex}"
    yield postgres_template.create(name, postgres_template.template)
    postgres_template.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh, migrated store: the test runs once on each kind of database."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
def store_settings(database_url: str, tmp_path: Path) -> StoreSettings:
    """Settings of a fresh store, once on each kind of database."""
    return StoreSettings(database_url, CITY, tmp_path / "state", MASTER_KEY, **PATIENT)


@pytest.fixture
async def store(store_settings: StoreSettings) -> AsyncIterator[Store]:
    """An open, empty store, once on each kind of database."""
    opened = await Store.open(store_settings)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_store(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    """An open, empty store on SQLite, for tests that are not about the database."""
    opened = await Store.open(StoreSettings(sqlite_url, CITY, tmp_path / "state", MASTER_KEY, **PATIENT))
    yield opened
    await opened.close()


@contextmanager
def least_hashing() -> Iterator[None]:
    """Argon2id at its least cost, for tests about accounts; `tests/auth/test_passwords.py` tries the real one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture
def quick_passwords() -> Iterator[None]:
    with least_hashing():
        yield
