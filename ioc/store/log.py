"""The event log: the table whose row is outbox and archive at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import ColumnElement, Connection, bindparam, func, select

from ioc.core.envelope import Envelope, Recorded, decode, encode
from ioc.store.columns import utc
from ioc.store.tables import event

if TYPE_CHECKING:
    from ioc.store.access import Access

_NAMES = ", ".join(column.name for column in event.c)
_INSERT = {
    name: f"insert into event ({_NAMES}) values ({', '.join([mark] * len(event.c))})"  # noqa: S608 - names of our own
    for name, mark in (("sqlite", "?"), ("postgresql", "%s"))
}

NARROW = timedelta(days=1)  # what a day holds is sorted quickly; longer spans are read from their newest end
BBox = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Row:
    """An event as relayed: its position and its body, byte for byte."""

    position: int
    body: bytes

    @property
    def envelope(self) -> Envelope:
        """The event, read from the body anew each time; raises msgspec.DecodeError when it is no envelope."""
        return decode(self.body)

    def recorded(self) -> Recorded:
        """The event read from the body; raises msgspec.DecodeError when it is no envelope."""
        return Recorded(self.position, decode(self.body))


class Log:
    """Reads the log. Positions are 1, 2, 3 ... without a hole."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def head(self) -> int:
        """The last position, 0 while the log is empty."""
        async with self._access.read_once() as connection:
            return int((await connection.execute(_HEAD)).scalar_one())

    async def after(self, position: int, limit: int = 500) -> list[Row]:
        """The next events after a position, in order."""
        async with self._access.read_once() as connection:
            rows = (await connection.execute(_AFTER, {"position": position, "limit": limit})).all()
        return [Row(number, bytes(body)) for number, body in rows]

    async def find(self, event_id: str) -> Row | None:
        """The event with this id."""
        found = await self._rows(event.c.id == event_id, limit=1)
        return found[0] if found else None

    async def query(
        self,
        *,
        modules: Collection[str] | None = None,
        types: Collection[str] | None = None,
        bbox: BBox | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        severity_min: int | None = None,
        classes: Collection[str] | None = None,
        limit: int = 100,
        before_position: int | None = None,
        correlation: str | None = None,
    ) -> list[Row]:
        """Events that meet every condition given, newest first.

        `bbox` is (west, south, east, north) in degrees WGS 84 and finds events at a point, or whose shape has its
        middle there. `since` (included) and `until` (not included) are about the time of the event. An empty
        collection finds nothing.
        """
        conditions = [
            *_among(modules=modules, types=types, classes=classes),
            *_between(event.c.time, since, until),
            *(_inside(bbox) if bbox else ()),
        ]
        if severity_min is not None:
            conditions.append(event.c.severity >= severity_min)
        if before_position is not None:
            conditions.append(event.c.position < before_position)
        if correlation is not None:
            conditions.append(event.c.correlationid == correlation)
        return await self._rows(*conditions, limit=limit, by_time=_narrow(since, until))

    async def _rows(self, *conditions: ColumnElement[bool], limit: int, by_time: bool = False) -> list[Row]:
        """`by_time`: a sum is in no index, so the rows are found by their time and then sorted. By the index of
        positions a database would walk back from the newest event to the hour that was asked for."""
        newest = (event.c.position + 0).desc() if by_time else event.c.position.desc()
        statement = select(event.c.position, event.c.body).where(*conditions)
        async with self._access.read_once() as connection:
            rows = (await connection.execute(statement.order_by(newest).limit(limit))).all()
        return [Row(number, bytes(body)) for number, body in rows]


def events_of_story(connection: Connection, correlation: str) -> Iterator[Recorded]:
    """Every event of a story, oldest first."""
    statement = select(event.c.position, event.c.body).where(event.c.correlationid == correlation)
    for number, body in connection.execute(statement.order_by(event.c.position)):
        yield Recorded(number, decode(bytes(body)))


_HEAD = select(func.coalesce(func.max(event.c.position), 0))
_AFTER = (
    select(event.c.position, event.c.body)
    .where(event.c.position > bindparam("position"))
    .order_by(event.c.position)
    .limit(bindparam("limit"))
)


_CORRELATION = event.c.keys().index("correlationid")
_TIMES = slice(event.c.keys().index("time"), event.c.keys().index("recordedtime") + 1)  # these two and no other

# The values of one event, in the order of its table's columns; times are in UTC.
EventRow = tuple[object, ...]


def to_row(position: int, envelope: Envelope) -> EventRow:
    """The columns of an event. Raises ValueError when a time of it has no zone."""
    lon, lat = point_of(envelope.data.get("geometry")) or (None, None)
    ward = envelope.data.get("ward")
    return (
        position,
        envelope.id,
        envelope.type,
        envelope.module,
        envelope.severity,
        envelope.dataclass,
        envelope.partitionkey,
        envelope.correlationid,
        envelope.subject,
        utc(envelope.time),
        utc(envelope.recordedtime),
        lon,
        lat,
        ward.get("code") if isinstance(ward, dict) else None,
        envelope.simulated,
        encode(envelope),
    )


def told(rows: Iterable[EventRow]) -> Iterator[tuple[str, bytes]]:
    """Of rows, the correlation id and the body of each."""
    return ((cast(str, row[_CORRELATION]), cast(bytes, row[-1])) for row in rows)


def insert_all(connection: Connection, rows: Sequence[EventRow]) -> None:
    """Puts events into the table, in the driver's own words: nothing else is written so often.

    Raises sqlalchemy's IntegrityError when an id or a position is there already.
    """
    sqlite = connection.dialect.name == "sqlite"
    connection.exec_driver_sql(_INSERT[connection.dialect.name], [_as_text(row) for row in rows] if sqlite else [*rows])


def _as_text(row: EventRow) -> EventRow:
    """The same with its times as SQLAlchemy keeps them in SQLite."""
    return (*row[: _TIMES.start], *map(_text_of_time, row[_TIMES]), *row[_TIMES.stop :])


def _text_of_time(value: object) -> str:
    return cast(datetime, value).replace(tzinfo=None).isoformat(" ", "microseconds")


def point_of(geometry: Any) -> tuple[float, float] | None:
    """Longitude and latitude of a GeoJSON geometry: the point itself, else the middle of the shape's box."""
    if not isinstance(geometry, dict):
        return None
    points = list(_points(geometry.get("coordinates")))
    if not points:
        return None
    lons, lats = [p[0] for p in points], [p[1] for p in points]
    return (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2


def _points(coordinates: Any) -> Iterable[tuple[float, float]]:
    if not isinstance(coordinates, list | tuple) or not coordinates:
        return
    if isinstance(coordinates[0], int | float):
        yield float(coordinates[0]), float(coordinates[1])
        return
    for inner in coordinates:
        yield from _points(inner)


def _narrow(since: datetime | None, until: datetime | None) -> bool:
    return since is not None and until is not None and until - since <= NARROW


def _among(
    modules: Collection[str] | None, types: Collection[str] | None, classes: Collection[str] | None
) -> Iterable[ColumnElement[bool]]:
    for column, values in ((event.c.module, modules), (event.c.type, types), (event.c.dataclass, classes)):
        if values is not None:
            yield column.in_([str(value) for value in values])


def _between(column: Any, since: datetime | None, until: datetime | None) -> Iterable[ColumnElement[bool]]:
    if since is not None:
        yield column >= since
    if until is not None:
        yield column < until


def _inside(bbox: BBox) -> Iterable[ColumnElement[bool]]:
    west, south, east, north = bbox
    yield event.c.lon.between(west, east)
    yield event.c.lat.between(south, north)
