"""On PostgreSQL the points of series lie in partitions, one a day of their time: a day past its time goes in one step.

The measure of `Part` is days since 1970. What lies outside all partitions (years to come, the far past) is in
`series_point_rest`, so that no point is ever refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from ioc.store import partitions
from ioc.store.partitions import Part
from ioc.store.series_bulk import DAY_MS

AHEAD = 3  # days after today that have their partition
TABLE = "series_point"
REST = "series_point_rest"


def parts(connection: Connection) -> list[Part]:
    """The partitions, oldest first."""
    return partitions.parts(connection, TABLE)


def make_ahead(connection: Connection, now_ms: int) -> list[Part]:
    """Makes the partitions of today and the next days where there are none; returns those made."""
    there, today = parts(connection), now_ms // DAY_MS
    missing = [day for day in range(today, today + AHEAD + 1) if not any(p.first <= day < p.after for p in there)]
    made = [Part(TABLE, day, day + 1) for day in missing]
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

    A partition with such points stays, and is swept row by row; one that somebody reads for long goes next time."""
    gone = 0
    for part in parts(connection):
        past = part.after * DAY_MS <= before_ms and not _has(connection, part, held)
        if past and partitions.drop(connection, part):
            gone += part.rows
    return gone


def _has(connection: Connection, part: Part, held: Sequence[int]) -> bool:
    if not held:
        return False
    statement = text(f"select 1 from {part.name} where series = any(:held) limit 1")  # noqa: S608 - a name of ours
    return connection.execute(statement, {"held": list(held)}).first() is not None
