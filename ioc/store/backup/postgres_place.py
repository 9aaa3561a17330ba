"""A store on PostgreSQL: one database, dumped by pg_dump in the very snapshot its numbers are taken from."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from ioc.core.errors import Problem
from ioc.core.text import Text, counted
from ioc.store.backup.facts import Facts, own_tables, read_facts
from ioc.store.backup.place import bad_backup, in_use, restore_runs, server_address, to_disk
from ioc.store.database import CONNECT_LIMIT_S, event_database, observation_database
from ioc.store.errors import StoreUnavailable, plain_reason
from ioc.store.guard import RESTORE_MARK

DUMP = "store.dump"
LEAVING_S = 10.0
GONE_S = 1.0
_LOCK = "select pg_try_advisory_lock(hashtext('ioc restore'), 0)"
_OTHERS = """
select count(*) from pg_stat_activity where datname = current_database() and backend_type = 'client backend'
  and pid not in (pg_backend_pid(), :holding)
"""
# What is ours and no table, nor comes and goes with one: views, sequences and enumerations of modules.
_OWN_REST = """
select 'view', c.relname from pg_class c
where c.relnamespace = current_schema()::regnamespace and c.relkind = 'v' and not exists (
  select 1 from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
union all select 'sequence', c.relname from pg_class c
where c.relnamespace = current_schema()::regnamespace and c.relkind = 'S' and not exists (
  select 1 from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('e', 'a', 'i'))
union all select 'type', t.typname from pg_type t
where t.typnamespace = current_schema()::regnamespace and t.typtype = 'e' and not exists (
  select 1 from pg_depend d where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e')
"""


class PostgresPlace:
    """The database of a city, which must be the city's alone.

    Needs pg_dump and pg_restore of the server's version or a newer one.
    """

    kind = "postgresql"

    def __init__(self, url: str, city: str) -> None:
        self._url = server_address(url)
        self._holding = 0  # the pid that stands for this restore; see `alone`
        self._databases = event_database(url, city), observation_database(url, city)

    def bytes_needed(self) -> int:
        """See Place; a dump is compressed and takes less."""
        with self._connected() as connection:
            return int(connection.execute(text("select pg_database_size(current_database())")).scalar_one())

    def copy_into(self, folder: Path) -> Facts:
        """See Place."""
        with self._connected() as connection:
            connection.execute(text("set transaction isolation level repeatable read, read only"))
            snapshot = connection.execute(text("select pg_export_snapshot()")).scalar_one()
            words = ["--format=custom", "--no-owner", "--no-privileges", "--no-comments", "--lock-wait-timeout=30s"]
            words += [f"--snapshot={snapshot}", f"--exclude-table={RESTORE_MARK}", f"--file={folder / DUMP}"]
            self._run("pg_dump", *words)
            facts = read_facts(connection)
        to_disk(folder / DUMP)
        return facts

    def prove(self, folder: Path) -> None:
        """See Place: everything is unpacked, to nowhere."""
        try:
            _program("pg_restore", f"--file={os.devnull}", str(folder / DUMP))
        except ToolFailed as failed:
            raise bad_backup(f"{DUMP} hỏng: {failed}", f"{DUMP} is damaged: {failed}") from failed

    def empty(self) -> bool:
        """See Place."""
        with self._connected() as connection:
            return not own_tables(connection)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """See Place. The lock is a connection's, and gone a moment after the process that had it was killed."""
        with self._connected() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            until = time.monotonic() + GONE_S
            while not connection.execute(text(_LOCK)).scalar_one():
                if time.monotonic() > until:
                    raise restore_runs()
                time.sleep(0.05)
            self._holding = connection.execute(text("select pg_backend_pid()")).scalar_one()
            try:
                yield
            finally:
                self._holding = 0

    def refuse_company(self) -> None:
        """See Place. The server still shows who has just left for a moment, also ourselves."""
        until = time.monotonic() + LEAVING_S
        while others := self._others():
            if time.monotonic() > until:
                raise in_use(
                    f"{others} kết nối khác đang mở tới cơ sở dữ liệu: hãy dừng mọi dịch vụ, trên mọi máy",
                    f"{counted(others, 'other connection')} to the database open: stop every service, on every machine",
                )
            time.sleep(0.05)

    def _others(self) -> int:
        with self._connected() as connection:
            return int(connection.execute(text(_OTHERS), {"holding": self._holding}).scalar_one())

    def settle(self) -> None:
        """See Place."""
        try:
            for database in self._databases:
                database.settle()
        except OperationalError as error:
            raise StoreUnavailable(plain_reason(error)) from error

    def keep(self, folder: Path) -> None:
        """See Place. What is kept is a dump, read through."""
        self.copy_into(folder)
        self.prove(folder)
        to_disk(folder)

    def bring_back(self, folder: Path) -> None:
        """See Place."""
        self.clear()
        self.load(folder)

    def clear(self) -> None:
        """See Place. Extensions stay: they may belong to the server's owner."""
        with self._connected() as connection:
            quoted = connection.dialect.identifier_preparer.quote_identifier
            for name in own_tables(connection):
                connection.execute(text(f"drop table if exists {quoted(name)} cascade"))
            for kind, name in connection.execute(text(_OWN_REST)).all():
                connection.execute(text(f"drop {kind} if exists {quoted(name)} cascade"))
            connection.commit()

    def load(self, folder: Path) -> Facts:
        """See Place; one transaction."""
        words = ["--no-owner", "--no-privileges", "--no-comments", "--exit-on-error", "--single-transaction"]
        self._run("pg_restore", *words, str(folder / DUMP))
        with self._connected() as connection:
            connection.execute(text("analyze"))
            connection.commit()
            return read_facts(connection)

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        engine = create_engine(
            self._url,
            poolclass=NullPool,
            hide_parameters=True,
            connect_args={"connect_timeout": CONNECT_LIMIT_S, "application_name": "ioc backup"},
        )
        try:
            with engine.connect() as connection:
                yield connection
        except OperationalError as error:
            raise StoreUnavailable(plain_reason(error)) from error
        finally:
            engine.dispose()

    def _run(self, program: str, *words: str) -> None:
        """The password goes by the environment: a command line is for everyone to read."""
        where = conninfo_to_dict(self._url.set(drivername="postgresql").render_as_string(hide_password=False))
        password = where.pop("password", None)
        own = {"PGPASSWORD": str(password)} if password else {}
        address = make_conninfo(**{name: str(value) for name, value in where.items()})
        _program(program, f"--dbname={address}", *words, **own)


class ToolFailed(Problem):
    """pg_dump or pg_restore ended with an error."""

    def __init__(self, program: str, said: str) -> None:
        super().__init__("tool-failed", Text(f"{program} không làm được", f"{program} failed"), 500, Text(said, said))
        self.said = said

    def __str__(self) -> str:
        return self.said


def _program(name: str, *words: str, **own: str) -> None:
    found = shutil.which(name)
    if found is None:
        vi, en = f"Thiếu {name}: hãy cài postgresql-client", f"There is no {name}: install postgresql-client"
        raise Problem("no-pg-tools", Text(vi, en))
    done = subprocess.run(  # noqa: S603 - a program of the system with words of our own
        [found, *words], env=os.environ | own, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if done.returncode:
        raise ToolFailed(name, done.stderr.decode(errors="replace").strip()[-600:])
