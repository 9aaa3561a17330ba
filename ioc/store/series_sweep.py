"""Keeps time series bounded: hours that are over are put into numbers, what is old goes, what was seen is packed.

Each step is a short commit of its own, so that readings never wait long for it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Table, delete, false, func, insert, or_, select, tuple_

from ioc.core.quality import Grade
from ioc.store.held_sources import HeldNow
from ioc.store.partitions import partitioned
from ioc.store.point_partitions import drop_past, make_ahead
from ioc.store.series_bulk import DAY_MS, HOUR_MS
from ioc.store.series_tables import (
    observation_mark,
    series,
    series_day,
    series_hour,
    series_point,
    series_seen,
    series_touched,
)
from ioc.store.tables import observation_batch
from ioc.store.upsert import insert_for

if TYPE_CHECKING:
    from ioc.store.access import Access
    from ioc.store.transaction import Transaction

POINTS_KEPT = timedelta(days=30)
HOURS_KEPT = timedelta(days=400)
DAYS_KEPT = timedelta(days=3_653)  # ten years: what a yearly report compares
SEEN_KEPT = timedelta(hours=48)
SEEN_MOST = 8_000_000  # of one owner
SETTLED = timedelta(minutes=5)  # after the end of an hour its numbers are made
TURN_S = 0.02  # how long one commit may work
CHUNK = 5_000  # rows of one delete
_NUMBERS = ("n", "total", "least", "most")
PACKED = 10_000  # readings of a row that is not packed further


def of_sources(held: Sequence[str]) -> ColumnElement[bool]:
    """The condition that a series is one of these sources: `kind:key`, or a kind."""
    c, names = series.c, [one.partition(":") for one in held]
    return or_(false(), *((c.kind == kind) & (c.key == key) if colon else c.kind == kind for kind, colon, key in names))


async def sweep_series(access: Access, now: datetime, held: HeldNow) -> int:
    """Everything but what is of sources that are held, in small commits, each of which asks what is `held`; returns how
    many points went."""
    now_ms = int(now.timestamp() * 1000)
    while await access.write(lambda tx: _roll_up(tx, now_ms)):
        continue
    removed = await access.write(lambda tx: _turn_partitions(tx, now_ms, held))
    removed += await _remove_old(access, now_ms, held)
    while await access.write(lambda tx: _forget_seen(tx, now_ms)):
        continue
    while await access.write(_pack_seen):
        continue
    await access.write(_remove_marks)
    return removed


def _turn_partitions(tx: Transaction, now_ms: int, held: HeldNow) -> int:
    """On PostgreSQL: days to come get their place, days past their time go as a whole; about how many points went."""
    if not partitioned(tx.connection):
        return 0
    make_ahead(tx.connection, now_ms)
    kept = tx.execute(select(series.c.id).where(of_sources(held(tx.connection)))).scalars().all()
    return drop_past(tx.connection, now_ms - _in_ms(POINTS_KEPT), kept)


def _roll_up(tx: Transaction, now_ms: int) -> bool:
    """Puts hours into numbers for a moment; True while there are more."""
    over = series_touched.c.hour_ms <= now_ms - HOUR_MS - _in_ms(SETTLED)
    until = time.monotonic() + TURN_S
    for one, hour in tx.execute(select(series_touched).where(over).limit(100)).all():
        _put_hour(tx, one, hour, whole=hour >= now_ms - _in_ms(POINTS_KEPT) + HOUR_MS)
        day = hour - hour % DAY_MS
        _put_day(tx, one, day, whole=day >= now_ms - _in_ms(HOURS_KEPT) + DAY_MS)
        tx.execute(delete(series_touched).where(series_touched.c.series == one, series_touched.c.hour_ms == hour))
        if time.monotonic() > until:
            return True
    return tx.execute(select(series_touched.c.series).where(over).limit(1)).first() is not None


def _put_hour(tx: Transaction, one: int, hour: int, *, whole: bool) -> None:
    """The numbers of one hour, from all its usable points. Of an hour so long ago that its points may have gone
    (not `whole`) the numbers that are there stay."""
    p = series_point.c
    inside = (p.series == one) & (p.at_ms >= hour) & (p.at_ms < hour + HOUR_MS) & (p.grade <= int(Grade.SUSPECT))
    value = p.value
    numbers = select(func.count(), func.sum(value), func.min(value), func.max(value)).where(inside)
    _put_numbers(tx, series_hour, {"series": one, "hour_ms": hour}, tx.execute(numbers).one(), whole=whole)


def _put_day(tx: Transaction, one: int, day: int, *, whole: bool) -> None:
    """The numbers of one day (UTC), from those of its hours; of a day whose hours may have gone what is there stays."""
    h = series_hour.c
    inside = (h.series == one) & (h.hour_ms >= day) & (h.hour_ms < day + DAY_MS)
    numbers = select(func.sum(h.n), func.sum(h.total), func.min(h.least), func.max(h.most)).where(inside)
    _put_numbers(tx, series_day, {"series": one, "day_ms": day}, tx.execute(numbers).one(), whole=whole)


def _put_numbers(tx: Transaction, table: Table, key: dict[str, int], numbers: Sequence[Any], *, whole: bool) -> None:
    if not numbers[0]:
        return
    row = key | dict(zip(_NUMBERS, (int(numbers[0]), *numbers[1:]), strict=True))
    put = insert_for(tx.connection, table).values(row)
    if not whole:
        tx.execute(put.on_conflict_do_nothing())
        return
    changed = {name: put.excluded[name] for name in _NUMBERS}
    tx.execute(put.on_conflict_do_update(index_elements=list(key), set_=changed))


async def _remove_old(access: Access, now_ms: int, held: HeldNow) -> int:
    """Points and hours past their time, series after series; returns how many points went."""
    after: int | None = 0
    removed = 0
    while after is not None:
        after, gone = await access.write(partial(_remove_some, after=after, now_ms=now_ms, held=held))
        removed += gone
    return removed


def _remove_some(tx: Transaction, after: int, now_ms: int, held: HeldNow) -> tuple[int | None, int]:
    """Goes on after a series for a moment; after which to go on (None: that was the last) and how many points went."""
    until, removed = time.monotonic() + TURN_S, 0
    free = (series.c.id > after) & ~of_sources(held(tx.connection))
    ids = tx.execute(select(series.c.id).where(free).order_by(series.c.id).limit(CHUNK)).scalars().all()
    for one in ids:
        gone = _remove_points(tx, one, now_ms)
        removed += gone
        if gone >= CHUNK:
            return one - 1, removed
        hours = (series_hour.c.series == one) & (series_hour.c.hour_ms < now_ms - _in_ms(HOURS_KEPT))
        tx.execute(delete(series_hour).where(hours))
        days = (series_day.c.series == one) & (series_day.c.day_ms < now_ms - _in_ms(DAYS_KEPT))
        tx.execute(delete(series_day).where(days))
        dead = (series.c.newest_ms < now_ms - _in_ms(HOURS_KEPT)) & (series.c.id == one)
        if tx.execute(delete(series).where(dead)).rowcount:
            tx.execute(delete(series_day).where(series_day.c.series == one))
        if time.monotonic() > until:
            return one, removed
    return (ids[-1] if ids else None), removed


def _remove_points(tx: Transaction, one: int, now_ms: int) -> int:
    """Old ones, and those of a future so far that they would stay for ever."""
    p, kept = series_point.c, _in_ms(POINTS_KEPT)
    outside = or_(p.at_ms < now_ms - kept, p.at_ms > now_ms + kept)
    some = select(p.at_ms).where(p.series == one, outside).limit(CHUNK)
    return tx.execute(delete(series_point).where(p.series == one, p.at_ms.in_(some))).rowcount


def _forget_seen(tx: Transaction, now_ms: int) -> bool:
    """Forgets what was seen too long ago, or too much of it; True while there is more."""
    c = series_seen.c
    so_far = func.sum(c.readings).over(partition_by=c.owner, order_by=c.position.desc())
    counted = select(c.owner, c.position, c.at_ms, so_far.label("so_far")).subquery()
    gone = or_(counted.c.at_ms < now_ms - _in_ms(SEEN_KEPT), counted.c.so_far > SEEN_MOST)
    some = select(counted.c.owner, counted.c.position).where(gone).limit(CHUNK)
    return tx.execute(delete(series_seen).where(tuple_(c.owner, c.position).in_(some))).rowcount > 0


def _pack_seen(tx: Transaction) -> bool:
    """Joins the short rows of one owner and hour into one; True while there are more such."""
    c = series_seen.c
    hour = (c.at_ms - c.at_ms % HOUR_MS).label("hour")
    short = c.readings < PACKED
    crowded = select(c.owner, hour).where(short).group_by(c.owner, hour).having(func.count() > 1).limit(1)
    found = tx.execute(crowded).first()
    if found is None:
        return False
    own = (c.owner == found.owner) & (c.at_ms >= found.hour) & (c.at_ms < found.hour + HOUR_MS) & short
    rows = tx.execute(select(series_seen).where(own).order_by(c.position).limit(CHUNK)).all()
    taken, count = [], 0
    for row in rows:
        taken.append(row)
        count += row.readings
        if count >= PACKED:
            break
    gone = [row.position for row in taken]
    last = taken[-1]
    tx.execute(delete(series_seen).where(c.owner == found.owner, c.position >= gone[0], c.position <= gone[-1], short))
    whole = b"".join(bytes(row.hashes) for row in taken)
    packed = {"owner": last.owner, "position": last.position, "at_ms": last.at_ms, "readings": count, "hashes": whole}
    tx.execute(insert(series_seen).values(packed))
    return True


def _remove_marks(tx: Transaction) -> int:
    """Judgements whose batch is gone."""
    first = select(func.coalesce(func.min(observation_batch.c.position), 0)).scalar_subquery()
    return tx.execute(delete(observation_mark).where(observation_mark.c.position < first)).rowcount


def _in_ms(length: timedelta) -> int:
    return length // timedelta(milliseconds=1)
