"""The module's indicators: open calls by priority, how long calls wait for a unit today, units free to go."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from statistics import median
from typing import Any

from sqlalchemy import func, select

from ioc.contract import Latest
from ioc.core.clock import VIETNAM, iso, parse_time
from ioc.core.text import Text
from modules.emergency.fleet import Heard
from modules.emergency.states import OPEN
from modules.emergency.tables import call
from modules.emergency.views import both

PRIORITIES = (1, 2, 3, 4)


async def figures(connection: Any, units: Iterable[Heard], now: datetime) -> list[Latest]:
    """All indicators as of now."""
    counted = select(call.c.priority, call.c.simulated, func.count()).where(call.c.state.in_(OPEN))
    rows = (await connection.execute(counted.group_by(call.c.priority, call.c.simulated))).all()
    waits = select(call.c.received_at, call.c.assigned_at, call.c.simulated).where(
        call.c.assigned_at.is_not(None), call.c.received_at >= iso(start_of_day(now))
    )
    assigned = (await connection.execute(waits)).all()
    return [*_open_calls(rows, now), _wait(assigned, now), _free_units(list(units), now)]


def start_of_day(now: datetime) -> datetime:
    """Local midnight in Vietnam, as the day of `now` began."""
    return datetime.combine(now.astimezone(VIETNAM).date(), time(), VIETNAM)


def _open_calls(rows: Iterable[Any], now: datetime) -> list[Latest]:
    found = list(rows)
    return [
        _indicator(
            f"open_p{priority}",
            Text(f"Cuộc gọi P{priority} đang mở", f"Open P{priority} calls"),
            sum(count for level, _, count in found if level == priority),
            "calls",
            now,
            simulated=any(simulated for level, simulated, _ in found if level == priority),
        )
        for priority in PRIORITIES
    ]


def _wait(rows: Iterable[Any], now: datetime) -> Latest:
    found = list(rows)
    seconds = [(parse_time(end) - parse_time(start)).total_seconds() for start, end, _ in found]
    return _indicator(
        "call_to_assign_s",
        Text("Trung vị từ gọi đến giao việc, hôm nay", "Median call to assignment, today"),
        round(median(seconds), 1) if seconds else None,
        "s",
        now,
        simulated=any(simulated for _, _, simulated in found),
    )


def _free_units(units: list[Heard], now: datetime) -> Latest:
    free = [unit for unit in units if unit.state == "available"]
    name = Text("Đơn vị sẵn sàng", "Units available")
    return _indicator("units_available", name, len(free), "units", now, simulated=any(u.simulated for u in free))


def _indicator(
    name: str, text: Text, value: float | None, unit: str, now: datetime, *, simulated: bool
) -> Latest:  # fmt: skip
    body: dict[str, object] = {
        "module": "emergency",
        "name": both(text),
        "value": value,
        "unit": unit,
        "at": iso(now),
        "simulated": simulated,
    }
    return Latest("kpi", f"emergency.{name}", body, now)
