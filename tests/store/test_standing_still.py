"""An owner of the city's lock that stands still in mid-commit, wherever that is, is put out by who waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from ioc.store import Store, StoreSettings, StoreUnavailable, migrate
from ioc.store.database import PostgresDatabase, event_database
from ioc.store.standing_still import take_time
from tests.conftest import CITY, MASTER_KEY
from tests.events import an_event
from tests.servers import wait_until
from tests.store.test_upgrading import a_module

LIMIT_S = 60.0
TRIES = 3  # each waits for the lock for three seconds: together longer than it is left to who stands still
Stop = Callable[[sa.Connection, ExitStack], None]


def _before_its_first_word(connection: sa.Connection, stack: ExitStack) -> None:
    pass


def _behind_many_rows(connection: sa.Connection, stack: ExitStack) -> None:
    connection.exec_driver_sql("insert into coming values (%s)", [(1,), (2,)])


def _in_the_middle_of_many_rows(connection: sa.Connection, stack: ExitStack) -> None:
    stack.enter_context(_driver(connection).pipeline())
    _driver(connection).execute("insert into coming values (1)")


def _in_the_middle_of_a_copy(connection: sa.Connection, stack: ExitStack) -> None:
    stack.enter_context(_driver(connection).cursor().copy("copy coming from stdin")).write_row((1,))


def _driver(connection: sa.Connection) -> Any:
    return connection.connection.driver_connection


STOPS = (_before_its_first_word, _behind_many_rows, _in_the_middle_of_many_rows, _in_the_middle_of_a_copy)


@pytest.fixture
def database(postgres_url: str) -> PostgresDatabase:
    found = event_database(postgres_url, CITY)
    assert isinstance(found, PostgresDatabase)
    return found


@contextmanager
def _writer(database: PostgresDatabase) -> Iterator[sa.Connection]:
    with database.writer().connect() as connection:
        connection.exec_driver_sql("create temporary table coming (n int)")
        connection.commit()
        yield connection


@pytest.mark.parametrize("stop", STOPS)
async def test_an_owner_that_stands_still_is_put_out(
    postgres_url: str, database: PostgresDatabase, tmp_path: Path, stop: Stop
) -> None:
    other = await Store.open(StoreSettings(postgres_url, CITY, tmp_path, MASTER_KEY))
    with _writer(database) as owner:
        with pytest.raises(sa.exc.DBAPIError), ExitStack() as stack:
            stack.enter_context(database.locked(owner))
            stack.callback(owner.exec_driver_sql, "select 'nó thức dậy và làm tiếp'")
            stop(owner, stack)
            assert await _until_written(other) == 1
        owner.invalidate()
    await other.close()


async def _until_written(store: Store) -> int:
    async with asyncio.timeout(LIMIT_S):
        while True:
            try:
                return await store.write(lambda tx: tx.append(an_event()))
            except StoreUnavailable:
                await asyncio.sleep(0.05)


def test_a_start_puts_out_an_owner_that_stands_still(postgres_url: str) -> None:
    """Nobody else waits: every process of the city is to be started anew."""
    database = event_database(postgres_url, "")
    assert isinstance(database, PostgresDatabase)
    with _writer(database) as owner:
        with pytest.raises(sa.exc.DBAPIError), ExitStack() as stack:
            stack.enter_context(database.locked(owner))
            stack.callback(owner.exec_driver_sql, "select 1")
            _in_the_middle_of_many_rows(owner, stack)
            migrate.upgrade(postgres_url)
        owner.invalidate()


async def test_the_snapshot_of_a_reader_that_stands_still_ends(
    postgres_url: str, database: PostgresDatabase, tmp_path: Path
) -> None:
    settings = StoreSettings(postgres_url, CITY, tmp_path, MASTER_KEY, read_limit_s=0.3, pool_wait_s=0.2)
    engine = database.reader(settings)
    with database.writer().connect() as watch:
        alive = sa.text("select count(*) from pg_stat_activity where pid = :pid")
        async with engine.connect() as reader:
            pid = (await reader.execute(sa.text("select pg_backend_pid()"))).scalar_one()
            await asyncio.to_thread(wait_until, lambda: not _count(watch, alive, pid), "its session is ended")
            await reader.invalidate()
    await engine.dispose()


def _count(connection: sa.Connection, statement: sa.TextClause, pid: int) -> int:
    with connection.begin():
        return int(connection.execute(statement, {"pid": pid}).scalar_one())


def test_an_owner_at_work_is_left_alone(database: PostgresDatabase) -> None:
    with _writer(database) as owner, ThreadPoolExecutor(1) as working, database.locked(owner):
        at_work = working.submit(owner.exec_driver_sql, "select pg_sleep(9)")
        _wait_in_vain(database)
        at_work.result(LIMIT_S)
        owner.exec_driver_sql("insert into coming values (1)")


def test_one_that_may_take_its_time_is_left_alone(database: PostgresDatabase) -> None:
    with _writer(database) as owner, database.locked(owner):
        take_time(owner)
        owner.exec_driver_sql("insert into coming values (%s)", [(1,), (2,)])
        _wait_in_vain(database)
        owner.exec_driver_sql("insert into coming values (3)")


def test_an_upgrade_may_take_its_time(database: PostgresDatabase, postgres_url: str, tmp_path: Path) -> None:
    """What a module's own code does in it may take longer than a city's writer may stand still."""
    begun, ends = tmp_path / "begun", tmp_path / "ends"
    does = (
        "from pathlib import Path",
        f"Path({str(begun)!r}).touch()",
        f"while not Path({str(ends)!r}).exists(): pass",
    )
    with ThreadPoolExecutor(1) as upgrading:
        upgrade = upgrading.submit(migrate.upgrade, postgres_url, [a_module(tmp_path, "\n    ".join(does))])
        try:
            wait_until(lambda: upgrade.done() or begun.exists(), "the upgrade has the lock")
            _wait_in_vain(event_database(postgres_url, ""))
        finally:
            ends.touch()
        upgrade.result(LIMIT_S)
    assert not any(line.behind for line in migrate.state(postgres_url, [tmp_path / "noise"]))


def _wait_in_vain(database: Any) -> None:
    with database.writer().connect() as waiting:
        for _ in range(TRIES):
            with pytest.raises(sa.exc.DBAPIError) as refused, database.locked(waiting):
                pass
            assert isinstance(refused.value.orig, psycopg.errors.LockNotAvailable)
