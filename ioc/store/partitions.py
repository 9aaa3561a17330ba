"""Partitions of PostgreSQL: each is called after what it holds, `<table>_<first>_<after last>`, in the table's own
measure (positions, or days since 1970). SQLite has none of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

PATIENCE_MS = 200  # for readers to end; a backup reads for longer
_PARTS = text("""
select c.relname, greatest(c.reltuples, 0)::bigint from pg_inherits i join pg_class c on c.oid = i.inhrelid
where i.inhparent = to_regclass(:of)
""")
_VIEWS = text("""
select distinct v.oid::regclass::text, pg_get_viewdef(v.oid) from pg_depend d
join pg_rewrite r on r.oid = d.objid join pg_class v on v.oid = r.ev_class
where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass
  and d.refobjid = to_regclass(:of) and v.relkind = 'v'
""")


@dataclass(frozen=True, slots=True)
class Part:
    """A partition: what it holds, the last not included, and about how many rows are in it."""

    table: str
    first: int
    after: int
    rows: int = 0

    @property
    def name(self) -> str:
        """Its own table."""
        return f"{self.table}_{self.first}_{self.after}"


def partitioned(connection: Connection) -> bool:
    """Whether this kind of database has partitions."""
    return connection.dialect.name == "postgresql"


def parts(connection: Connection, table: str) -> list[Part]:
    """The partitions of a table, the first one first, without its rest; none where an older build has left it whole."""
    if not partitioned(connection):
        return []
    rows = connection.execute(_PARTS, {"of": table}).all()
    return in_order(table, [name for name, _ in rows], [count for _, count in rows])


def in_order(table: str, names: Sequence[str], rows: Sequence[int] | None = None) -> list[Part]:
    """Partitions read from their names; a name that tells no range is left out."""
    found = []
    for name, count in zip(names, rows or [0] * len(names), strict=True):
        first, _, after = name.removeprefix(f"{table}_").partition("_")
        if first.isdigit() and after.isdigit():
            found.append(Part(table, int(first), int(after), count))
    return sorted(found, key=lambda part: part.first)


def drop(connection: Connection, part: Part) -> bool:
    """Drops a partition; False where somebody reads its table for longer than others may wait: try it later.

    Whoever comes to the table meanwhile waits behind this, so it gives up soon, and undoes no more than itself.
    """
    try:
        with connection.begin_nested():
            connection.execute(text(f"set local lock_timeout = {PATIENCE_MS}"))
            connection.execute(text(f"drop table {part.name}"))
            connection.execute(text("set local lock_timeout to default"))
    except OperationalError as error:
        if isinstance(error.orig, psycopg.errors.LockNotAvailable):
            return False
        raise
    return True


def views_on(connection: Connection, table: str) -> list[tuple[str, str]]:
    """The views on a table, ours and those that others have made, and what each says."""
    return [(name, definition) for name, definition in connection.execute(_VIEWS, {"of": table})]


def put_views(connection: Connection, views: Sequence[tuple[str, str]]) -> None:
    """Views follow a table that is renamed: these look at what bears its name now. Who may read
    them stays."""
    for name, definition in views:
        connection.exec_driver_sql(f"create or replace view {name} as {definition}")
