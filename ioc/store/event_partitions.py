"""On PostgreSQL the log lies in partitions by ranges of position, so that no table and no index of it grows for
ever.

A unique key of PostgreSQL must hold the partition's column, and an event's id does not. So the id is unique in each
partition by an index, and over all of them by a look at the older ones in the commit that brings the event, under the
city's lock, which every writer holds: nothing can come between.
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from ioc.store.partitions import Part, in_order, partitioned, parts

TABLE = "event"
# Positions in one partition: some 10 GB with its indexes, which can be looked over, copied and put in order anew in an
# hour. A read by time or id looks into each partition, so there should be tens of them after years and not thousands.
SIZE = 10_000_000

_END = """
select (select max(position) from event where position >= %s), array(select c.relname::text
    from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'event'::regclass)
"""
_LAST = text("select coalesce(max(position), 0) from event")
# What a connection has learnt: where the partition begins in which the log ended, and the greatest id before that. It
# saves a step into each older partition in every commit; the older ones change no more.
_FLOOR = "log begins its last partition at"
_GREATEST = "greatest id before"
_SEEN = "the end of the log as it was when the lock was given"
_LATER = text("select cast(:greatest as varchar) < (select min(one) from unnest(cast(:ids as varchar[])) one)")
_GREATEST_BEFORE = text("select max(id) from event where position < :first")
# Between the least and the greatest id of a commit. UUIDv7 rise with time, so this is one step in each older index, to
# its newest page, and finds nothing but next to the border between two partitions.
_NEAR = text("""
select 1 from event where position < :first
    and id between (select min(one) from unnest(cast(:ids as varchar[])) one)
        and (select max(one) from unnest(cast(:ids as varchar[])) one)
order by id limit 1
""")
_TWICE = text("""
select id from event where id = any(cast(:ids as varchar[])) group by id having count(*) > 1 limit 1
""")


def end_of_log(connection: Connection) -> tuple[int, Part | None]:
    """The last position as this transaction sees it (0: none), and the partition that takes the next one.

    The partition is made when it is missing. None where the log is one table: on SQLite, or as an older build has it.
    Ask it before this transaction writes events: what the connection learns from it must not be undone.
    """
    if not partitioned(connection):
        return _last(connection), None
    seen = connection.info.pop(_SEEN, None)
    last, names = seen or connection.exec_driver_sql(_END, (connection.info.get(_FLOOR, 0),)).one()
    if last is None:  # nothing at all, or less than there was
        last = _last(connection)
    there = in_order(TABLE, names)
    if not there:
        return last, None
    connection.info[_FLOOR] = _holding(connection, there, last).first
    return last, _holding(connection, there, last + 1)


def look_ahead(connection: Connection) -> tuple[str, tuple[int]] | None:
    """The question about the end of the log, in the driver's words, for who takes the lock and asks in one go; None
    until the connection has learnt where the log ends."""
    floor = connection.info.get(_FLOOR)
    return None if floor is None else (_END, (floor,))


def looked_ahead(connection: Connection, seen: tuple[int | None, list[str]] | None) -> None:
    """Keeps the answer for this transaction's first event; None: nothing was asked."""
    connection.info[_SEEN] = seen


def part_of(connection: Connection, position: int) -> Part:
    """The partition that takes a position beyond the one before; it is made when it is missing."""
    return _holding(connection, parts(connection, TABLE), position)


def make_ahead(connection: Connection) -> list[Part]:
    """Sees to it that there is room for the next SIZE events; returns what was made."""
    there = parts(connection, TABLE)
    if not there:
        return []
    last = _last(connection)
    made = []
    while there[-1].after < last + 1 + SIZE:
        there.append(_make(connection, there[-1].after))
        made.append(there[-1])
    return made


def refuse_repeats(connection: Connection, first: int, ids: Sequence[str]) -> None:
    """Raises sqlalchemy's IntegrityError when an id of events that are in is also in a partition before `first`."""
    if _are_later(connection, first, ids):
        return
    near = connection.execute(_NEAR, {"first": first, "ids": list(ids)}).first()
    twice = near and connection.execute(_TWICE, {"ids": list(ids)}).scalar_one_or_none()
    if twice:
        known = psycopg.errors.UniqueViolation(f"Key (id)=({twice}) already exists in another partition of the log")
        raise IntegrityError("insert into event", None, known)


def _are_later(connection: Connection, first: int, ids: Sequence[str]) -> bool:
    """Whether all ids come after the greatest one before `first`, in the order of the database's own letters.

    It is learnt only by a commit that began behind the border: one that crosses it may be undone with what it has seen.
    """
    if connection.info.get(_FLOOR) != first:
        return False
    known = connection.info.get(_GREATEST)
    if known is None or known[0] != first:
        known = first, connection.execute(_GREATEST_BEFORE, {"first": first}).scalar_one()
        connection.info[_GREATEST] = known
    return bool(connection.execute(_LATER, {"greatest": known[1], "ids": list(ids)}).scalar_one())


def _last(connection: Connection) -> int:
    return int(connection.execute(_LAST).scalar_one())


def _holding(connection: Connection, there: Sequence[Part], position: int) -> Part:
    for part in there:
        if part.first <= position < part.after:
            return part
    made = _make(connection, there[-1].after)
    while position >= made.after:
        made = _make(connection, made.after)
    return made


def _make(connection: Connection, first: int) -> Part:
    """Made beside the table and attached to it, which readers and a running backup do not notice."""
    part = Part(TABLE, first, first + SIZE)
    for statement in (
        f"create table {part.name} (like event including all)",
        f"alter table {part.name} add constraint {part.name}_id_key unique (id)",
        f"alter table event attach partition {part.name} for values from ({part.first}) to ({part.after})",
    ):
        connection.execute(text(statement))
    return part
