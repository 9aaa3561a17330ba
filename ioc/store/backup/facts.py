"""What a database holds, in numbers: taken when a backup is made, compared when it is put back."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Column, Connection, Table, column, func, inspect, select, table, text
from sqlalchemy.exc import DatabaseError

from ioc.store.as_stored import select_stored, stored_rows
from ioc.store.errors import is_unavailable
from ioc.store.guard import RESTORE_MARK
from ioc.store.tables import audit, event, observation_batch, platform

VERSIONS = "alembic_version"

# Not of an extension (PostGIS brings tables), not a part of another table (its rows count there).
_OWN_TABLES = """
select c.relname from pg_class c
where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
  and c.relname <> :mark and not exists (select 1 from pg_depend d
    where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
order by c.relname
"""


class Span(msgspec.Struct, frozen=True):
    """Positions of a log: the first, the last, and how many rows there are."""

    first: int = 0
    last: int = 0
    count: int = 0

    @property
    def whole(self) -> bool:
        """Whether no position between the first and the last is missing (each is there once at most)."""
        return self.count == (self.last - self.first + 1 if self.count else 0)


class Facts(msgspec.Struct, frozen=True):
    """Rows by table, revisions by version table, and the spans of the logs. `known` are the platform's own notes."""

    tables: dict[str, int]
    revisions: dict[str, list[str]]
    known: dict[str, str]
    log: Span = Span()
    observations: Span = Span()
    audit: Span = Span()

    def joined(self, other: Facts) -> Facts:
        """The facts of a store that lies in two databases."""
        spans = {name: max(getattr(self, name), getattr(other, name), key=_count) for name in _SPANS}
        return Facts(self.tables | other.tables, self.revisions | other.revisions, self.known | other.known, **spans)


_SPANS = {"log": event.c.position, "observations": observation_batch.c.position, "audit": audit.c.seq}


def read_facts(connection: Connection) -> Facts:
    """What this connection's transaction sees."""
    names = own_tables(connection)
    spans = {name: span_of(connection, of.table, of) for name, of in _SPANS.items() if of.table.name in names}
    return Facts(
        tables=_counted(connection, [name for name in names if not name.startswith(VERSIONS)]),
        revisions={name: _revisions(connection, name) for name in names if name.startswith(VERSIONS)},
        known=read_known(connection) if "platform" in names else {},
        **spans,
    )


def read_known(connection: Connection) -> dict[str, str]:
    """The platform's notes: epoch, city, check of the key, newest backup; of a damaged one what can be shown."""
    rows = stored_rows(connection, platform, select_stored(platform))
    return {row.values["name"]: row.values["value"] for row in rows}


def own_tables(connection: Connection) -> Sequence[str]:
    """The tables of the product and its modules, by name."""
    if connection.dialect.name == "postgresql":
        return list(connection.execute(text(_OWN_TABLES), {"mark": RESTORE_MARK}).scalars())
    return sorted(inspect(connection).get_table_names())


def span_of(connection: Connection, of: Table, number: Column[int]) -> Span:
    """First, last and number of rows of a numbered table."""
    least, most, count = connection.execute(
        select(func.min(number), func.max(number), func.count()).select_from(of)
    ).one()
    return Span(int(least or 0), int(most or 0), int(count))


def _counted(connection: Connection, names: Sequence[str]) -> dict[str, int]:
    """Rows by table; one whose pages are damaged has no number."""
    found = {}
    for name in names:
        try:
            found[name] = _rows(connection, name)
        except DatabaseError as error:
            if connection.dialect.name != "sqlite" or not is_unavailable(error):
                raise
    return found


def _rows(connection: Connection, name: str) -> int:
    return int(connection.execute(select(func.count()).select_from(table(name))).scalar_one())


def _revisions(connection: Connection, name: str) -> list[str]:
    return sorted(connection.execute(select(table(name, column("version_num")))).scalars())


def _count(span: Span) -> int:
    return span.count
