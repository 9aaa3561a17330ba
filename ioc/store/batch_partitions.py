"""On PostgreSQL the batches of readings lie in partitions, one a day of when they came: days past their time go in one
step, and nothing is deleted row by row.

The measure of `Part` is days since 1970, UTC. A batch's position, and its door, key and owner, are unique in each day
by indexes, and over all days because positions are given out, and repeats looked for, under the lock of these batches.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select, text

from ioc.store.partitions import Part, drop, in_order, partitioned, parts
from ioc.store.tables import observation_batch

TABLE = "observation_batch"
AHEAD = 3  # days after today that have their partition
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END = {
    "sqlite": "select coalesce(max(position), 0), null from observation_batch",
    "postgresql": """select coalesce((select max(position) from observation_batch), 0), array(select c.relname::text
        from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'observation_batch'::regclass)""",
}


def end_of_batches(connection: Connection, at: datetime) -> tuple[int, Part | None]:
    """The last position as this transaction sees it (0: none), and the partition that takes what comes at a time.

    The partition is made when it is missing. None where all is one table: on SQLite, or as an older build has it.
    """
    last, names = connection.exec_driver_sql(_END[connection.dialect.name]).one()
    there = in_order(TABLE, names or ())
    return int(last), _holding(connection, there, day_of(at)) if there else None


def make_ahead(connection: Connection, now: datetime) -> None:
    """Makes the partitions of today and the next days where there are none."""
    if there := parts(connection, TABLE):
        for day in range(day_of(now), day_of(now) + AHEAD + 1):
            _holding(connection, there, day)


def kept_from(connection: Connection, limit: datetime) -> datetime:
    """Batches that came before this are to go, when they are kept until `limit`: here the begin of its day, for whole
    days go; on SQLite it is the limit itself."""
    return begin_of(day_of(limit)) if partitioned(connection) and parts(connection, TABLE) else limit


def drop_past(connection: Connection, limit: datetime) -> int:
    """Drops the days that end before a time and do not hold the newest batch; about how many batches went."""
    gone = 0
    newest = select(observation_batch.c.at).order_by(observation_batch.c.position.desc()).limit(1)
    at = connection.execute(newest).scalar_one_or_none()
    for part in parts(connection, TABLE):
        past = begin_of(part.after) <= limit
        if past and not (at and part.first <= day_of(at) < part.after) and drop(connection, part):
            gone += part.rows
    return gone


def day_of(at: datetime) -> int:
    """The day of a time, since 1970."""
    return (at - _EPOCH) // _DAY


def begin_of(day: int) -> datetime:
    """When a day begins, in UTC."""
    return _EPOCH + day * _DAY


def make(connection: Connection, part: Part) -> Part:
    """Made beside the table and attached to it, which readers and a running backup do not notice."""
    bounds = f"from ('{begin_of(part.first).isoformat()}') to ('{begin_of(part.after).isoformat()}')"
    for statement in (
        f"create table {part.name} (like {TABLE} including all)",
        f"alter table {part.name} add constraint {part.name}_pkey primary key (position)",
        f"create unique index {part.name}_door_key_owner_idx on {part.name} (door, key, owner)",
        f"alter table {TABLE} attach partition {part.name} for values {bounds}",
    ):
        connection.execute(text(statement))
    return part


def _holding(connection: Connection, there: Sequence[Part], day: int) -> Part:
    """A clock that jumps may ask for any day: where no partition has it, it gets one of its own."""
    found = next((part for part in there if part.first <= day < part.after), None)
    return found or make(connection, Part(TABLE, day, day + 1))
