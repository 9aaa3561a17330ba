"""Reading time series: each usable point, or one a step of time, from points and, where the hours are over, from their
numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, bindparam, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ioc.contract.context import Point
from ioc.core.quality import Grade
from ioc.store.columns import utc
from ioc.store.series_bulk import DAY_MS, HOUR_MS
from ioc.store.series_tables import series, series_day, series_hour, series_point, series_touched

if TYPE_CHECKING:
    from ioc.store.access import Access

MOST_POINTS = 50_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class SeriesView:
    """A series as seen from outside. `last_at`, `last_value` are its newest reading's, `same` how often that value came
    in a row, `quality` and `reason` how it was judged."""

    kind: str
    key: str
    unit: str
    first_at: datetime | None
    last_at: datetime | None
    last_value: float | None
    same: int
    quality: str
    reason: str | None


class SeriesReader:
    """Points of series. `since` is inside, `until` is not; both carry a zone."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def points(
        self, kind: str, key: str, since: datetime, until: datetime, every: timedelta | None = None
    ) -> list[Point]:
        """Good and suspect readings, oldest first: each one, or their mean, number, least and most a step of `every`.

        Steps are whole in UTC and named by their begin; empty ones are left out. Single readings are kept 30 days,
        whole hours 400 days, and whole days ten years.

        Raises:
            ValueError: more than 50,000 points would come, `every` is less than a millisecond, or a time has no zone.
        """
        begin, end = _ms(since), _ms(until)
        step = None if every is None else every // _MS
        if step is not None and (step < 1 or (end - begin) // step > MOST_POINTS):
            raise ValueError(f"at most {MOST_POINTS} points: ask for a shorter time or longer steps")
        async with self._access.read() as connection:
            found = (await connection.execute(_ID, {"its_kind": kind, "its_key": key})).scalar_one_or_none()
            if found is None or begin >= end:
                return []
            if step is None:
                return await _each(connection, found, begin, end)
            rows = await _steps(connection, found, begin, end, step)
        return [_mean(*row) for row in rows]

    async def list(self, owner: str | None = None, kind: str | None = None, limit: int = 1_000) -> list[SeriesView]:
        """Series by kind and key."""
        statement = select(series).order_by(series.c.kind, series.c.key).limit(limit)
        if owner is not None:
            statement = statement.where(series.c.owner == owner)
        if kind is not None:
            statement = statement.where(series.c.kind == kind)
        async with self._access.read() as connection:
            return [_view(row) for row in await connection.execute(statement)]


_p, _h, _d = series_point.c, series_hour.c, series_day.c
_ID = select(series.c.id).where(series.c.kind == bindparam("its_kind"), series.c.key == bindparam("its_key"))
_INSIDE = (
    (_p.series == bindparam("its_id"))
    & (_p.at_ms >= bindparam("begin"))
    & (_p.at_ms < bindparam("end"))
    & (_p.grade <= int(Grade.SUSPECT))
)
_EACH = select(_p.at_ms, _p.value, _p.grade).where(_INSIDE).order_by(_p.at_ms).limit(MOST_POINTS + 1)
_STEP = bindparam("step", type_=BigInteger)
_POINT_STEP = (_p.at_ms - _p.at_ms % cast(_STEP, BigInteger)).label("at")
_STEPS = (
    select(_POINT_STEP, func.count(), func.sum(_p.value), func.min(_p.value), func.max(_p.value))
    .where(_INSIDE)
    .group_by(_POINT_STEP)
)
_HOUR_STEP = (_h.hour_ms - _h.hour_ms % cast(_STEP, BigInteger)).label("at")
_HOURS = (_h.series == bindparam("its_id")) & (_h.hour_ms >= bindparam("begin")) & (_h.hour_ms < bindparam("end"))
_HOUR_STEPS = (
    select(_HOUR_STEP, func.sum(_h.n), func.sum(_h.total), func.min(_h.least), func.max(_h.most))
    .where(_HOURS)
    .group_by(_HOUR_STEP)
)
_DAY_STEP = (_d.day_ms - _d.day_ms % cast(_STEP, BigInteger)).label("at")
_DAYS = (_d.series == bindparam("its_id")) & (_d.day_ms >= bindparam("begin")) & (_d.day_ms < bindparam("end"))
_DAY_STEPS = (
    select(_DAY_STEP, func.sum(_d.n), func.sum(_d.total), func.min(_d.least), func.max(_d.most))
    .where(_DAYS)
    .group_by(_DAY_STEP)
)
_UNSETTLED = select(func.min(series_touched.c.hour_ms)).where(series_touched.c.series == bindparam("its_id"))

Sums = tuple[int, int, float, float, float]  # begin of the step, number, sum, least, most


async def _each(connection: AsyncConnection, id: int, begin: int, end: int) -> list[Point]:
    rows = (await connection.execute(_EACH, {"its_id": id, "begin": begin, "end": end})).all()
    if len(rows) > MOST_POINTS:
        raise ValueError(f"at most {MOST_POINTS} points: ask for a shorter time or for steps")
    return [Point(_time(at), value, 1, value, value, grade != Grade.GOOD) for at, value, grade in rows]


async def _steps(connection: AsyncConnection, id: int, begin: int, end: int, step: int) -> list[Sums]:
    """Whole hours that are over come from their numbers, where steps are whole hours, and so do days; the rest from
    the points."""
    low, high = begin, begin
    if step % HOUR_MS == 0:
        unsettled = (await connection.execute(_UNSETTLED, {"its_id": id})).scalar_one()
        low = -(-begin // HOUR_MS) * HOUR_MS
        high = max(low, min(end if unsettled is None else min(end, unsettled), end) // HOUR_MS * HOUR_MS)
        low, high = min(low, end), min(high, end)
    first_day, last_day = low, low
    if step % DAY_MS == 0:
        first_day = min(-(-low // DAY_MS) * DAY_MS, high)
        last_day = max(first_day, high // DAY_MS * DAY_MS)
    parts = [(_STEPS, begin, low), (_HOUR_STEPS, low, first_day), (_DAY_STEPS, first_day, last_day)]
    parts += [(_HOUR_STEPS, last_day, high), (_STEPS, high, end)]
    sums: dict[int, Sums] = {}
    for statement, first, last in parts:
        if first < last:
            bounds = {"its_id": id, "begin": first, "end": last, "step": step}
            for at, *numbers in (await connection.execute(statement, bounds)).all():
                sums[at] = _together(sums.get(at), (at, *numbers))
    return [sums[at] for at in sorted(sums)]


def _together(one: Sums | None, other: tuple[Any, ...]) -> Sums:
    at, n, total, least, most = other
    if one is None:
        return at, int(n), total, least, most
    return at, one[1] + int(n), one[2] + total, min(one[3], least), max(one[4], most)


def _mean(at_ms: int, n: int, total: float, least: float, most: float) -> Point:
    return Point(_time(at_ms), total / n, n, least, most)


def _ms(at: datetime) -> int:
    """The first whole millisecond not before the time."""
    return -((_EPOCH - utc(at)) // _MS)


def _time(at_ms: int) -> datetime:
    return _EPOCH + at_ms * _MS


def _view(row: Any) -> SeriesView:
    return SeriesView(
        kind=row.kind,
        key=row.key,
        unit=row.unit,
        first_at=_time(row.oldest_ms) if row.oldest_ms is not None else None,
        last_at=_time(row.at_ms) if row.at_ms is not None else None,
        last_value=row.value if row.run else None,
        same=row.run or 0,
        quality=Grade(row.grade or 0).word,
        reason=row.reason,
    )
