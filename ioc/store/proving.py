"""Proves that what is past its time is gone: counts what should not be there any more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, func, select

from ioc.store.accepted import SWEPT_AFTER
from ioc.store.batch_partitions import kept_from
from ioc.store.evidence import Part, is_held_evidence, past_time
from ioc.store.held_sources import held_sources
from ioc.store.holds import is_held
from ioc.store.keeping import Keeping
from ioc.store.series_sweep import POINTS_KEPT, of_sources
from ioc.store.series_tables import series, series_point
from ioc.store.tables import accepted, evidence, observation_batch, personal

GRACE = timedelta(hours=3)  # the sweep runs every hour


class Overdue(msgspec.Struct, frozen=True):
    """What is still there although its time, and the grace after it, are over and nothing holds it: keys of doors,
    batches of readings, series with such points, people, events with pictures in the open, and with sealed originals.
    `held` people and `held_evidence` events are kept by a hold."""

    accepted: int
    observations: int
    series: int
    personal: int
    held: int
    evidence: int
    originals: int
    held_evidence: int

    def told(self) -> dict[str, int]:
        """As numbers by name."""
        return msgspec.structs.asdict(self)

    @property
    def gone(self) -> bool:
        """Whether everything that should be gone is."""
        late = (self.accepted, self.observations, self.series, self.personal, self.evidence, self.originals)
        return not any(late)


def find_overdue(events: Connection, readings: Connection, now: datetime, keeping: Keeping) -> Overdue:
    """Looks at both databases."""
    alive = personal.c.wrapped_key.is_not(None)
    late = personal.c.created < now - keeping.personal - GRACE if keeping.personal else personal.c.ref.is_(None)
    last = select(func.max(observation_batch.c.position)).scalar_subquery()
    limit = kept_from(readings, now - keeping.observations - GRACE)
    batch = (observation_batch.c.at < limit) & (observation_batch.c.position < last)
    return Overdue(
        accepted=_count(events, select(accepted.c.key).where(accepted.c.at < now - SWEPT_AFTER - GRACE)),
        observations=_count(readings, select(observation_batch.c.position).where(batch)),
        series=_late_series(readings, held_sources(events), now),
        personal=_count(events, select(personal.c.ref).where(alive, late, ~is_held(personal.c.ref))),
        held=_count(events, select(personal.c.ref).where(alive, late, is_held(personal.c.ref))),
        evidence=_late_evidence(events, "open", now, keeping, held=False),
        originals=_late_evidence(events, "original", now, keeping, held=False),
        held_evidence=_late_evidence(events, "open", now, keeping, held=True),
    )


def _late_evidence(events: Connection, part: Part, now: datetime, keeping: Keeping, *, held: bool) -> int:
    there = is_held_evidence() if held else ~is_held_evidence()
    return _count(events, select(evidence.c.event).where(past_time(part, now, keeping.evidence, GRACE), there))


def _late_series(readings: Connection, held: list[str], now: datetime) -> int:
    """Each series' oldest point is one step in its index; points are never counted one by one."""
    limit = int((now - POINTS_KEPT - GRACE).timestamp() * 1000)
    oldest = select(func.min(series_point.c.at_ms)).where(series_point.c.series == series.c.id).scalar_subquery()
    return _count(readings, select(series.c.id).where(oldest < limit, ~of_sources(held)))


def _count(connection: Connection, some: Select[Any]) -> int:
    return int(connection.execute(select(func.count()).select_from(some.subquery())).scalar_one())
