"""Partitions of PostgreSQL: each is called after what it holds, `<table>_<first>_<after last>`, in the table's own
measure (positions, or days since 1970). SQLite has none of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

_PARTS = text("""
select c.relname, greatest(c.reltuples, 0)::bigint from pg_inherits i join pg_class c on c.oid = i.inhrelid
where i.inhparent = to_regclass(:of)
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
