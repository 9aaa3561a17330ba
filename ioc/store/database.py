"""The two kinds of database, behind one shape: an engine to write, an engine to read, and the city's lock.

The lock is held from before the transaction begins until it has committed. That, and nothing else, makes positions
contiguous and equal to the order of commits.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg
from sqlalchemy import Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ioc.store.errors import Superseded
from ioc.store.event_partitions import look_ahead, looked_ahead
from ioc.store.guard import RESTORE_MARK, STANDING, Guard, file_id, mark_beside, remember_file
from ioc.store.settings import StoreSettings
from ioc.store.standing_still import WRITER, put_out

CONNECT_LIMIT_S = 2
BUSY_LIMIT_S = 5.0
WRITE_LIMIT_S = 10.0  # of one statement under the lock
PATIENCE_S = 30.0  # longer than the lock is left to a writer that stands still
WAL_LIMIT_BYTES = 64 * 1024 * 1024
_LOCK = "select pg_advisory_xact_lock(%s)"
# Who has it waits for nobody else for long: the whole city waits behind. Migrations have to.
_LOCK_LIMITED = f"{_LOCK}, set_config('lock_timeout', '500ms', true)"
PROGRESS_STEPS = 20_000  # SQLite virtual-machine steps between two looks at the clock


class Database(Protocol):
    """Where one log lives."""

    def writer(self, *, limited: bool = False) -> Engine:
        """The engine of the one writer thread, whose statements are `limited` in time; migrations and the like have
        no limit on SQLite, and take theirs away on PostgreSQL."""
        ...

    def reader(self, settings: StoreSettings) -> AsyncEngine:
        """The read-only engine, with a bounded pool and a limit on every statement."""
        ...

    def single(self, reader: AsyncEngine) -> AsyncEngine:
        """The same pool for who reads one statement at a time, without a transaction where that is less work."""
        ...

    def locked(self, connection: Connection, *, patient: bool = False) -> AbstractContextManager[None]:
        """One transaction under the city's lock: committed at the end, rolled back on an error.

        Who is `patient` outwaits an owner that stands still in the middle of its work until it is put out.
        Raises Superseded where there is a guard and a backup takes the store's place, or took it.
        """
        ...

    def settle(self) -> None:
        """Waits until the commit that is under way, if any, has ended."""
        ...

    def forget_deleted(self) -> None:
        """Takes what was deleted out of the journal too, as far as readers allow it."""
        ...


class SqliteDatabase:
    """A SQLite file in WAL mode with synchronous=FULL; the lock is a flock on a file beside it. `mark` is where the one
    of a restore would be."""

    def __init__(self, path: Path, mark: Path, guard: Guard | None = None) -> None:
        self.path, self._mark, self._guard = path, mark, guard
        self._opened = file_id(path)
        self._lock = path.with_name(path.name + ".lock")

    def writer(self, *, limited: bool = False) -> Engine:
        """The engine of the one writer thread; makes the folder where it is missing."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            f"sqlite:///{self.path}", poolclass=NullPool, hide_parameters=True, connect_args={"timeout": BUSY_LIMIT_S}
        )
        remember_file(engine, self.path)
        event.listen(engine, "connect", _writer_pragmas)
        event.listen(engine, "begin", _begin_immediate)
        if limited:
            watch = _StatementLimit(WRITE_LIMIT_S)
            event.listen(engine, "connect", watch.attach_writer)
            event.listen(engine, "before_cursor_execute", watch.start)
        return engine

    def reader(self, settings: StoreSettings) -> AsyncEngine:
        """The read-only engine: every transaction is one snapshot."""
        engine = create_async_engine(
            f"sqlite+aiosqlite:///{self.path}",
            hide_parameters=True,
            pool_size=settings.readers,
            max_overflow=0,
            pool_timeout=settings.pool_wait_s,
            connect_args={"timeout": BUSY_LIMIT_S},
        )
        watch = _StatementLimit(settings.read_limit_s)
        event.listen(engine.sync_engine, "connect", _reader_pragmas)
        event.listen(engine.sync_engine, "connect", watch.attach)
        event.listen(engine.sync_engine, "begin", _begin_deferred)
        event.listen(engine.sync_engine, "before_cursor_execute", watch.start)
        return engine

    def single(self, reader: AsyncEngine) -> AsyncEngine:
        """The reader itself: a transaction in a file costs nothing."""
        return reader

    @contextmanager
    def locked(self, connection: Connection, *, patient: bool = False) -> Iterator[None]:
        """One transaction under the flock, which the system frees even when the process is killed; all are patient."""
        with self._flocked():
            if self._guard is not None:
                self._guard.judge_file(self._mark, self.path, self._opened, connection)
            with connection.begin():
                yield

    def settle(self) -> None:
        """The file is not opened: it may be a damaged one."""
        with self._flocked():
            pass

    @contextmanager
    def _flocked(self) -> Iterator[None]:
        handle = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def forget_deleted(self) -> None:
        """Moves the journal into the file (where deleted content is overwritten) and cuts it to nothing."""
        connection = sqlite3.connect(self.path, timeout=BUSY_LIMIT_S)
        try:
            connection.execute("pragma wal_checkpoint(truncate)")
        finally:
            connection.close()


class PostgresDatabase:
    """A PostgreSQL database; the lock is an advisory lock of the transaction. `of_events`: its first question is mostly
    where the log ends."""

    def __init__(self, url: str, lock_name: str, guard: Guard | None = None, *, of_events: bool = False) -> None:
        self._url = make_url(url).set(drivername="postgresql+psycopg")
        self._guard, self._of_events = guard, of_events
        self._lock = int.from_bytes(hashlib.sha256(lock_name.encode()).digest()[:8], "big", signed=True)

    def writer(self, *, limited: bool = False) -> Engine:
        """The engine of the one writer thread.

        A writer that stops in mid-transaction (a paused process) is thrown out after some seconds, by the server or by
        who waits (see `standing_still`), so that it cannot hold the city's lock for ever; its late commit is refused.
        """
        statement = f"-c statement_timeout={int(WRITE_LIMIT_S * 1000)}"
        limits = f"-c lock_timeout=3000 {statement} -c idle_in_transaction_session_timeout=5000"
        args = _connect_args(limits) | {"application_name": WRITER}
        options = {"limited": limited}
        engine = create_engine(
            self._url, poolclass=NullPool, hide_parameters=True, connect_args=args, execution_options=options
        )
        event.listen(engine, "connect", _durable)
        return engine

    def reader(self, settings: StoreSettings) -> AsyncEngine:
        """The read-only engine: every transaction is one snapshot, which ends with a reader that stands still: what it
        looked at is kept from upgrades, retention and vacuum."""
        still_s = settings.read_limit_s + settings.pool_wait_s  # so long its reader would wait, too
        limits = (
            f"-c default_transaction_read_only=on -c statement_timeout={int(settings.read_limit_s * 1000)}"
            f" -c idle_in_transaction_session_timeout={int(still_s * 1000)}"
        )
        return create_async_engine(
            self._url,
            hide_parameters=True,
            pool_size=settings.readers,
            max_overflow=0,
            pool_timeout=settings.pool_wait_s,
            pool_pre_ping=True,
            isolation_level="REPEATABLE READ",
            connect_args=_connect_args(limits),
        )

    def single(self, reader: AsyncEngine) -> AsyncEngine:
        """Without a transaction: two journeys to the server less for each read."""
        return reader.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def locked(self, connection: Connection, *, patient: bool = False) -> Iterator[None]:
        """One transaction under the advisory lock; the server frees it only after the commit is visible."""
        with self._begun_at_last(connection, time.monotonic() + (PATIENCE_S if patient else 0)):
            yield

    def _begun_at_last(self, connection: Connection, until: float) -> ExitStack:
        """The transaction, entered; an owner that stands still is put out each time it was waited for in vain."""
        while True:
            try:
                return self._begun(connection)
            except DBAPIError as error:
                if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
                    raise
                put_out(connection, self._lock)
                if time.monotonic() >= until:
                    raise

    def _begun(self, connection: Connection) -> ExitStack:
        with ExitStack() as stack:
            stack.enter_context(connection.begin())
            self._take_lock(connection)
            return stack.pop_all()

    def _take_lock(self, connection: Connection) -> None:
        """Takes the lock, and asks on the same way to the server and back whether a commit is allowed and what it will
        ask first: while one holds the lock, all others wait."""
        driver: Any = connection.connection.driver_connection
        ahead = look_ahead(connection) if self._of_events else None
        limited = connection.get_execution_options().get("limited", False)
        try:
            with driver.pipeline():
                driver.execute(_LOCK_LIMITED if limited else _LOCK, (self._lock,))
                standing = driver.execute(STANDING, (RESTORE_MARK,)) if self._guard else None
                asked = ahead and driver.execute(*ahead)
        except psycopg.Error as error:
            if isinstance(error, psycopg.errors.UndefinedTable) and self._guard and self._guard.life:
                raise Superseded from error  # they were there when it was opened
            dialect = connection.dialect
            raise DBAPIError.instance(
                _LOCK, None, error, psycopg.Error, hide_parameters=True, dialect=dialect
            ) from error
        if self._guard is not None and standing is not None:
            self._guard.judge(*standing.fetchone())
        looked_ahead(connection, asked and asked.fetchone())

    def settle(self) -> None:
        """Patiently: a writer that stands still in the middle of its work is put out by the server."""
        engine = self.writer()
        try:
            with engine.connect() as connection, self.locked(connection, patient=True):
                pass
        finally:
            engine.dispose()

    def forget_deleted(self) -> None:
        """Nothing to do: the server's own vacuum overwrites dead rows."""


def event_database(url: str, city: str, guard: Guard | None = None) -> Database:
    """The database of the event log and of everything that commits with it."""
    if is_sqlite(url):
        path = sqlite_path(url)
        return SqliteDatabase(path, mark_beside(path), guard)
    return PostgresDatabase(url, f"ioc:log:{city}", guard, of_events=True)


def observation_database(url: str, city: str, guard: Guard | None = None) -> Database:
    """The database of the observation log: on SQLite a file of its own, so that it never waits for events."""
    if is_sqlite(url):
        path = sqlite_path(url)
        own = path.with_name(f"{path.stem}-observations{path.suffix}")
        return SqliteDatabase(own, mark_beside(path), guard)
    return PostgresDatabase(url, f"ioc:observations:{city}", guard)


def is_sqlite(url: str) -> bool:
    """Whether the address is of SQLite; raises ValueError when it is neither SQLite nor PostgreSQL."""
    kind = make_url(url).get_backend_name()
    if kind not in {"sqlite", "postgresql"}:
        raise ValueError(f"the store is SQLite or PostgreSQL, not {kind}")
    return kind == "sqlite"


def sqlite_path(url: str) -> Path:
    """The file of a SQLite address; raises ValueError for a database in memory, which processes cannot share."""
    name = make_url(url).database
    if not name or name == ":memory:":
        raise ValueError("the store must be a file: several processes share it")
    return Path(name).absolute()


def _durable(connection: Any, _record: object) -> None:
    """What is acknowledged must outlive a crash, even where the server's default is quicker and forgets."""
    with connection.cursor() as cursor:
        if cursor.execute("show synchronous_commit").fetchone()[0] == "off":
            cursor.execute("set synchronous_commit = on")
    connection.commit()


def _connect_args(limits: str) -> dict[str, Any]:
    return {
        "connect_timeout": CONNECT_LIMIT_S,
        "options": limits,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
    }


def _run(connection: Any, *statements: str) -> None:
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()


def _writer_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by us, immediately
    _run(
        connection,
        "pragma journal_mode=wal",
        "pragma synchronous=full",
        "pragma secure_delete=on",  # an erased key must not stay readable in a free page
        f"pragma journal_size_limit={WAL_LIMIT_BYTES}",
    )


def _reader_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    _run(connection, "pragma query_only=on")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("begin immediate")


def _begin_deferred(connection: Connection) -> None:
    connection.exec_driver_sql("begin")


class _StatementLimit:
    """Ends a SQLite statement that runs too long; PostgreSQL has a setting for it, SQLite only a callback."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s

    def attach(self, connection: Any, record: Any) -> None:
        until = record.info["until"] = [float("inf")]
        connection.run_async(
            lambda driver: driver.set_progress_handler(lambda: time.monotonic() > until[0], PROGRESS_STEPS)
        )

    def attach_writer(self, connection: Any, record: Any) -> None:
        """The same for a connection without an event loop."""
        until = record.info["until"] = [float("inf")]
        connection.set_progress_handler(lambda: time.monotonic() > until[0], PROGRESS_STEPS)

    def start(self, connection: Connection, *_statement: object) -> None:
        connection.info["until"][0] = time.monotonic() + self._limit_s
