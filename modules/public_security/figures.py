"""The module's indicators: cameras that see, open intrusions, records of a day, hot spots, patrols with a fresh fix."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import case, func, select

from ioc.city.profile import City
from ioc.contract import Latest, NearbyUnit
from ioc.core.clock import iso
from ioc.core.dataclass import WALL
from ioc.core.text import Text
from modules.public_security.numbers import Thresholds, look_limits, number, seconds
from modules.public_security.tables import camera, cell, condition, look, near_repeat, record
from modules.public_security.views import both

TREND = 60
TREND_STEP = timedelta(minutes=1)
NAMES: dict[str, tuple[Text, str]] = {
    "cameras_up": (Text("Camera hoạt động", "Cameras that see"), "%"),
    "open_intrusions": (Text("Xâm nhập đang diễn ra", "Intrusions going on"), ""),
    "records_24h": (Text("Tin an ninh 24 giờ", "Security records, 24 h"), ""),
    "hotspots": (Text("Ô điểm nóng", "Hot-spot cells"), ""),
    "near_repeat": (Text("Loại vụ dễ tái diễn gần", "Kinds of case that come again nearby"), ""),
    "looks_open": (Text("Đề xuất tuần tra chờ trả lời", "Patrol proposals that wait"), ""),
    "patrols_fresh": (Text("Tuần tra có vị trí mới", "Patrols with a fresh position"), "%"),
}
SILENT = Text("chưa nhận tín hiệu nào từ camera", "no camera has been heard of")
FEW = Text("chưa loại vụ nào có đủ tin để tính", "no kind of case has enough records")
NONE_FREE = Text("không có tuần tra rảnh với vị trí mới", "no patrol is free with a fresh position")
NO_PATROLS = Text("thành phố chưa khai báo tuần tra", "the city has no patrols")


class Figure(msgspec.Struct, frozen=True):
    """One indicator as of now; `reason` says why there is no value."""

    value: float | None
    simulated: bool
    reason: Text | None = None


class Trends:
    """The last hour of each indicator, one value a minute, in memory: it begins anew with the process."""

    def __init__(self) -> None:
        self._kept: dict[str, deque[float]] = {name: deque(maxlen=TREND) for name in NAMES}
        self._at: datetime | None = None

    def take(self, figures: dict[str, Figure], now: datetime) -> None:
        """Adds a value of each where a minute is over."""
        if self._at is not None and now - self._at < TREND_STEP:
            return
        self._at = now
        for name, figure in figures.items():
            if figure.value is not None:
                self._kept[name].append(figure.value)

    def of(self, name: str) -> list[float]:
        """The values, oldest first."""
        return list(self._kept[name])


async def figures(
    connection: Any, city: City, patrols: Sequence[NearbyUnit], numbers: Thresholds, now: datetime
) -> dict[str, Figure]:  # fmt: skip
    """All indicators as of now."""
    open_most = timedelta(hours=number(numbers, "open_most_h", now))
    fresh = seconds(numbers, "patrol.fix_fresh_s", now)
    asked = iso(now - look_limits(numbers, now).age)
    least = int(number(numbers, "hotspot.least_records", now))
    hidden = [one.id for one in city.cameras if one.data_class not in WALL]  # a wall shows the figures
    lasting = (condition.c.kind == "intrusion") & condition.c.ended_at.is_(None) & condition.c.camera.notin_(hidden)
    return {
        "cameras_up": await _cameras(connection, city, now, seconds(numbers, "camera.seen_s", now)),
        "open_intrusions": await _count(connection, condition, lasting, condition.c.began_at >= iso(now - open_most)),
        "records_24h": await _count(connection, record, record.c.t_from >= iso(now - timedelta(days=1))),
        "hotspots": await _count(connection, cell, cell.c.hot, cell.c.count >= least),
        "near_repeat": await _near_repeat(connection),
        "looks_open": await _looks(connection, patrols, asked, now, fresh),
        "patrols_fresh": _patrols(city, patrols, now, fresh),
    }


async def _count(connection: Any, table: Any, *conditions: Any) -> Figure:
    query = select(func.count(), func.max(case((table.c.simulated, 1), else_=0))).where(*conditions)
    found, simulated = (await connection.execute(query)).one()
    return Figure(int(found), bool(simulated))


async def _cameras(connection: Any, city: City, now: datetime, seen: timedelta) -> Figure:
    expected = {one.id for one in city.cameras if one.life == "live" and one.data_class in WALL}
    rows = [row for row in (await connection.execute(select(camera))).mappings().all() if row["id"] in expected]
    if not rows:
        return Figure(None, False, SILENT)
    up = sum(1 for row in rows if row["state"] == "ok" and row["at"] >= iso(now - seen))
    return Figure(round(100 * up / len(expected), 1), any(row["simulated"] for row in rows))


async def _near_repeat(connection: Any) -> Figure:
    """Types in which near-repeat stands; no value where none could be judged."""
    rows = (await connection.execute(select(near_repeat.c.state, near_repeat.c.simulated))).all()
    judged = [row for row in rows if row.state != "few"]
    if not judged:
        return Figure(None, False, FEW)
    return Figure(sum(row.state == "stands" for row in judged), any(row.simulated for row in judged))


async def _looks(
    connection: Any, patrols: Sequence[NearbyUnit], since: str, now: datetime, fresh: timedelta
) -> Figure:  # fmt: skip
    """Proposals that wait, of those a wall may know of; no value where no patrol could be proposed at all."""
    shown = look.c.dataclass.in_([one.value for one in WALL])
    found = await _count(connection, look, look.c.state == "open", look.c.made_at > since, shown)
    if not found.value and not any(one.state == "available" and now - one.fix_at <= fresh for one in patrols):
        return Figure(None, False, NONE_FREE)
    return found


def _patrols(city: City, heard: Sequence[NearbyUnit], now: datetime, fresh: timedelta) -> Figure:
    patrols = sum(1 for unit in city.units if unit.kind == "police")
    if not patrols:
        return Figure(None, False, NO_PATROLS)
    known = sum(1 for unit in heard if now - unit.fix_at < fresh)
    return Figure(round(100 * known / patrols, 1), any(unit.simulated for unit in heard))


def latest(name: str, figure: Figure, trend: list[float], numbers: Thresholds, now: datetime) -> Latest:
    """An indicator for the screens, with its limit."""
    text, unit = NAMES[name]
    body: dict[str, object] = {
        "module": "public_security",
        "name": both(text),
        "value": figure.value,
        "unit": unit,
        "at": iso(now),
        "simulated": figure.simulated,
        "trend": trend,
    }
    side = "lo" if unit == "%" else "hi"
    body[f"limit_{side}"] = number(numbers, f"limit.{name}_{side}", now)
    if figure.reason is not None:
        body["reason"] = both(figure.reason)
    return Latest("kpi", f"public_security.{name}", body, now)
