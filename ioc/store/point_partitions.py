"""On PostgreSQL the points of series lie in partitions, one a day of their time: a day past its time goes in one step.

A partition is called after the days it holds, `series_point_<first>_<after last>` in days since 1970. What lies outside
all of them (years to come, the far past) is in `series_point_rest`, so that no point is ever refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from ioc.store.series_bulk import DAY_MS

AHEAD = 3  # days after today that have their partition
REST = "series_point_rest"
_PREFIX = "series_point_"
_PARTS = """
select c.relname, greatest(c.reltuples, 0)::bigint from pg_inherits i
join pg_class c on c.oid = i.inhrelid where i.inhparent = 'series_point'::regclass and c.relname <> 'series_point_rest'
"""


@dataclass(frozen=True, slots=True)
class Part:
    """A partition: its days, the last one not included, and about how many points it holds."""

    first: int
    after: int
    points: int = 0

    @property
    def name(self) -> str:
        """Its table."""
        return f"{_PREFIX}{self.first}_{self.after}"


def partitioned(connection: Connection) -> bool:
    """Whether this database has partitions."""
    return connection.dialect.name == "postgresql"


def parts(connection: Connection) -> list[Part]:
    """The partitions, oldest first."""
    rows = connection.execute(text(_PARTS)).all()
    found = [(name.removeprefix(_PREFIX).split("_"), points) for name, points in rows]
    return sorted((Part(int(days[0]), int(days[1]), points) for days, points in found), key=lambda part: part.first)


def make_ahead(connection: Connection, now_ms: int) -> list[Part]:
    """Makes the partitions of today and the next days where there are none; returns those made."""
    there, today = parts(connection), now_ms // DAY_MS
    missing = [day for day in range(today, today + AHEAD + 1) if not any(p.first <= day < p.after for p in there)]
    made = [Part(day, day + 1) for day in missing]
    for part in made:
        make(connection, part)
    return made


def make(connection: Connection, part: Part) -> None:
    """Makes a partition, with the points of its days that came when there was none."""
    bounds = f"from ({part.first * DAY_MS}) to ({part.after * DAY_MS})"
    inside = f"at_ms >= {part.first * DAY_MS} and at_ms < {part.after * DAY_MS}"
    for statement in (
        f"create table {part.name} (like series_point including defaults including constraints)",
        f"with moved as (delete from {REST} where {inside} returning *) insert into {part.name} select * from moved",  # noqa: S608
        f"alter table series_point attach partition {part.name} for values {bounds}",
    ):
        connection.execute(text(statement))


def drop_past(connection: Connection, before_ms: int, held: Sequence[int]) -> int:
    """Drops the partitions that end before a time and hold no point of the `held` series; about how many points went.

    A partition with such points stays, and is swept row by row."""
    gone = 0
    for part in parts(connection):
        if part.after * DAY_MS <= before_ms and not _has(connection, part, held):
            connection.execute(text(f"drop table {part.name}"))
            gone += part.points
    return gone


def _has(connection: Connection, part: Part, held: Sequence[int]) -> bool:
    if not held:
        return False
    statement = text(f"select 1 from {part.name} where series = any(:held) limit 1")  # noqa: S608 - a name of ours
    return connection.execute(statement, {"held": list(held)}).first() is not None
