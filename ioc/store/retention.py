"""Nothing grows without bound: what is swept, and when. The event log is the archive and is never swept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Table, delete, func, select, tuple_

from ioc.store import batch_partitions
from ioc.store.accepted import SWEPT_AFTER
from ioc.store.event_partitions import make_ahead
from ioc.store.held_sources import HeldNow
from ioc.store.keeping import Keeping
from ioc.store.personal import erase_old
from ioc.store.proving import Overdue
from ioc.store.series_sweep import sweep_series
from ioc.store.tables import accepted, dead_letter, latest, observation_batch

if TYPE_CHECKING:
    from ioc.store.access import Access
    from ioc.store.transaction import Transaction

LATEST_LIMIT = 20_000
DEAD_READINGS_MOST = 10_000
_PEOPLE = 200  # a commit: each has a line of its own in the audit chain
_CHUNK = 1_000  # rows a commit: a sweep must not hold the city's lock for long


@dataclass(frozen=True, slots=True)
class Swept:
    """How many rows went."""

    accepted: int
    latest: int
    observations: int
    points: int
    dead_readings: int
    people: int


async def sweep(
    events: Access,
    observations: Access,
    now: datetime,
    *,
    keeping: Keeping,
    latest_limit: int,
    held: HeldNow,
) -> Swept:
    """Removes what is past its time and under no hold, in small commits; and sees to room for events to come.

    The newest last-known value and the newest batch always stay: their numbers say where to go on.
    """
    await events.write(lambda tx: make_ahead(tx.connection))
    floor = select(latest.c.seq).order_by(latest.c.seq.desc()).limit(1).offset(max(latest_limit, 1)).scalar_subquery()
    return Swept(
        accepted=await _remove(events, accepted, accepted.c.at < now - SWEPT_AFTER),
        latest=await _remove(events, latest, latest.c.seq <= floor),
        observations=await _remove_batches(observations, now, now - keeping.observations),
        points=await sweep_series(observations, now, held),
        dead_readings=await _remove(events, dead_letter, _surplus_readings()),
        people=await _erase_people(events, now, keeping),
    )


async def _remove_batches(observations: Access, now: datetime, limit: datetime) -> int:
    """On PostgreSQL whole days, so that only what lies in one day with the newest goes row by row."""

    def turn(tx: Transaction) -> tuple[int, datetime]:
        batch_partitions.make_ahead(tx.connection, now)
        return batch_partitions.drop_past(tx.connection, limit), batch_partitions.kept_from(tx.connection, limit)

    dropped, before = await observations.write(turn)
    last = select(func.max(observation_batch.c.position)).scalar_subquery()
    old = (observation_batch.c.at < before) & (observation_batch.c.position < last)
    return dropped + await _remove(observations, observation_batch, old)


def _surplus_readings() -> ColumnElement[bool]:
    """The oldest readings among the dead letters where there are too many: a broken handler makes them without end."""
    c = dead_letter.c
    reading = c.kind == "reading"
    floor = select(c.at).where(reading).order_by(c.at.desc()).limit(1).offset(DEAD_READINGS_MOST).scalar_subquery()
    return reading & (c.at <= floor)


async def _erase_people(events: Access, now: datetime, keeping: Keeping) -> int:
    if keeping.personal is None:
        return 0
    before, erased = now - keeping.personal, 0
    while gone := await events.write(lambda tx: erase_old(tx, before, _PEOPLE)):
        erased += gone
    if erased:
        await events.forget_deleted()
    return erased


async def prove(events: Access, overdue: Overdue) -> None:
    """Notes in the audit chain what a look after the sweep found."""
    told = overdue.told()
    await events.write(lambda tx: tx.audit("retention", "retention.proved", "store", told))


async def _remove(access: Access, table: Table, condition: ColumnElement[bool]) -> int:
    key, removed = tuple_(*table.primary_key), 0
    some = select(*table.primary_key).where(condition).limit(_CHUNK)
    while gone := await access.write(lambda tx: tx.execute(delete(table).where(key.in_(some))).rowcount):
        removed += gone
    return removed
