"""The module's figures for the wall, counted from the reports' table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

import msgspec
from sqlalchemy import case, func, select

from ioc.contract import Latest
from ioc.core.clock import VIETNAM, iso
from ioc.core.text import Text
from modules.citizen.status import DONE
from modules.citizen.tables import report

MODULE = "citizen"
NAMES = {
    "open": (Text("Phản ánh đang mở", "Open reports"), ""),
    "today": (Text("Phản ánh hôm nay", "Reports today"), ""),
    "on_time": (Text("Xử lý đúng hạn", "Dealt with on time"), "%"),
}


class Figures(msgspec.Struct, frozen=True):
    """`on_time` is the share in percent of what was owed lately, None where nothing was owed yet."""

    open: int
    today: int
    on_time: float | None
    simulated: bool


async def count(connection: Any, now: datetime, days: float) -> Figures:
    """Counts: open now, received since midnight in Vietnam, and on time over the last `days`."""
    is_open = report.c.status.not_in(sorted(DONE))
    today = report.c.received_at >= _midnight(now)
    since = now - timedelta(days=days)
    done = report.c.resolved_at.is_not(None) & (report.c.resolved_at >= since)
    late = is_open & (report.c.due < now)
    kept = done & (report.c.resolved_at <= report.c.due)
    query = select(
        _sum(is_open), _sum(today), _sum(kept), _sum(done | late), func.max(case((report.c.simulated, 1), else_=0))
    )
    opened, new, kept_count, owed, simulated = (await connection.execute(query)).one()
    share = round(100 * kept_count / owed, 1) if owed else None
    return Figures(int(opened or 0), int(new or 0), share, bool(simulated))


def values(figures: Figures, now: datetime) -> Iterator[Latest]:
    """The figures as last-known values of the topic `kpi`."""
    for key, (name, unit) in NAMES.items():
        body: dict[str, object] = {
            "module": MODULE,
            "name": {"vi": name.vi, "en": name.en},
            "value": getattr(figures, key),
            "unit": unit,
            "at": iso(now),
            "simulated": figures.simulated,
        }
        yield Latest("kpi", f"{MODULE}.{key}", body, now)


def _sum(condition: Any) -> Any:
    return func.sum(case((condition, 1), else_=0))


def _midnight(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(VIETNAM).date(), time(), VIETNAM)
