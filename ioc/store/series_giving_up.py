"""Series given up before their time, with all that is kept of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from ioc.store.held_sources import HeldNow
from ioc.store.series_sweep import of_sources
from ioc.store.series_tables import series, series_day, series_hour, series_point, series_touched

if TYPE_CHECKING:
    from ioc.store.transaction import Transaction


def give_up(tx: Transaction, ids: Sequence[int], held: HeldNow) -> list[int]:
    """Takes out series with their points, hours and days, but those that are held; which went."""
    free = series.c.id.in_(ids) & ~of_sources(held(tx.connection))
    ids = tx.execute(select(series.c.id).where(free)).scalars().all()
    for table in (series_point, series_hour, series_day, series_touched):
        tx.execute(delete(table).where(table.c.series.in_(ids)))
    tx.execute(delete(series).where(series.c.id.in_(ids)))
    return list(ids)
