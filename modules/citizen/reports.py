"""Reports as they lie in the module's tables: what is read, and the statements that change them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, delete, func, insert, literal, select, update
from sqlalchemy.sql import Delete, Insert, Select, Update

from gis.nearest import METRES_PER_DEGREE
from ioc.contract import Run
from ioc.core.text import Text
from modules.citizen.duplicates import Rule, Sighting
from modules.citizen.status import Status, may_follow, meaning
from modules.citizen.tables import IsoTime, media, report, step

MOST = 1000
_UNREAD = ("prints", "code_hash")


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One report without what is sealed. `shown_*` is the rounded place; longitude and latitude in degrees WGS 84."""

    id: str
    number: int
    personal: str
    service_code: str
    agency: str
    status: Status
    emergency: bool
    danger: str | None
    channel: str
    language: str
    notice_version: str | None
    received_at: datetime
    updated_at: datetime
    first_by: datetime
    due: datetime
    resolved_at: datetime | None
    warned_of: datetime | None
    breached: datetime | None
    location: str
    lon: float | None
    lat: float | None
    shown_lon: float | None
    shown_lat: float | None
    ward_code: str | None
    ward_name: str | None
    photo_hash: str | None
    photo: str | None
    photo_published: bool
    published_at: datetime | None
    published_text: str | None
    rating: int | None
    duplicates: str | None
    cluster: str | None
    simulated: bool


class StepTaken(msgspec.Struct, frozen=True):
    """One line of a report's public history."""

    at: datetime
    status: Status
    note: Text


_COLUMNS = [column for column in report.c if column.name not in _UNREAD]


def reports_where(*conditions: ColumnElement[bool]) -> Select[Any]:
    """A query for reports, to be ordered and limited by the caller."""
    return select(*_COLUMNS).where(*conditions)


async def fetch(connection: Any, query: Select[Any]) -> list[Report]:
    """The reports a query finds."""
    return [Report(**row) for row in (await connection.execute(query)).mappings()]


async def by_id(connection: Any, report_id: str) -> Report | None:
    """One report, or None."""
    found = await fetch(connection, reports_where(report.c.id == report_id))
    return found[0] if found else None


def report_now(run: Run, report_id: str) -> Report | None:
    """One report as it is in the commit, or None."""
    row = run(reports_where(report.c.id == report_id)).mappings().first()
    return Report(**row) if row else None


def next_number(run: Run) -> int:
    """The number of the next report; counted in the commit that adds it, none is given twice."""
    return 1 + (run(select(func.max(report.c.number))).scalar_one() or 0)


def number_of(report_id: str) -> Select[tuple[int]]:
    """A query for the number of one report."""
    return select(report.c.number).where(report.c.id == report_id)


async def by_code(connection: Any, code_hash: str) -> Report | None:
    """The report a secret code belongs to, or None."""
    found = await fetch(connection, reports_where(report.c.code_hash == code_hash))
    return found[0] if found else None


async def history(connection: Any, report_id: str) -> list[StepTaken]:
    """The public history of a report, oldest first."""
    query = select(step).where(step.c.report == report_id).order_by(step.c.at, step.c.id)
    rows = (await connection.execute(query)).mappings()
    return [StepTaken(row["at"], row["status"], Text(row["note_vi"], row["note_en"])) for row in rows]


async def sightings_near(
    connection: Any, service_code: str, lonlat: tuple[float, float], now: datetime, rule: Rule
) -> list[tuple[Sighting, int]]:
    """Reports of one kind that are near in space and time, each with its number for people."""
    lat_span = rule.distance_m / METRES_PER_DEGREE * 1.01
    query = (
        select(report)
        .where(report.c.service_code == service_code, report.c.received_at >= now - timedelta(days=rule.days))
        .where(report.c.lat.between(lonlat[1] - lat_span, lonlat[1] + lat_span), report.c.status != "rejected")
        .order_by(report.c.received_at.desc())
        .limit(MOST)
    )
    rows = (await connection.execute(query)).mappings()
    return [(_sighting(row), row["number"]) for row in rows]


def _sighting(row: Any) -> Sighting:
    return Sighting(
        id=row["id"],
        service_code=row["service_code"],
        lon=row["lon"],
        lat=row["lat"],
        received=row["received_at"],
        prints=frozenset((row["prints"] or "").split()),
        photo_hash=row["photo_hash"],
    )


def added(values: dict[str, Any], number: int) -> Insert:
    """Adds a report with its number."""
    return insert(report).values(**values, number=number)


def step_taken(report_id: str, step_id: str, at: datetime, status: Status, note: Text | None = None) -> Insert:
    """Adds a line to the public history, if the report entered that state at that moment."""
    said = note or meaning(status).note
    line = select(
        literal(step_id),
        report.c.id,
        literal(at, IsoTime),
        literal(status),
        literal(said.vi),
        literal(said.en),
    ).where(report.c.id == report_id, report.c.status == status, report.c.updated_at == at)
    return insert(step).from_select(["id", "report", "at", "status", "note_vi", "note_en"], line)


def moved(report_id: str, status: Status, at: datetime) -> Update:
    """Moves a report to a state, if it is in one that state may follow."""
    statement = update(report).where(report.c.id == report_id, report.c.status.in_(may_follow(status)))
    values: dict[str, Any] = {"status": status, "updated_at": at}
    if status == "resolved":
        values["resolved_at"] = at
    elif status == "in_progress":
        values["resolved_at"] = None
    return statement.values(**values)


def changed(report_id: str, **values: Any) -> Update:
    """Changes columns of one report."""
    return update(report).where(report.c.id == report_id).values(**values)


def hidden(report_id: str, status: Status, at: datetime) -> tuple[Update, Delete]:
    """Takes a report that entered a state at that moment out of the public, text and photo; for the same commit."""
    entered = (report.c.id == report_id) & (report.c.status == status) & (report.c.updated_at == at)
    unseen = update(report).where(entered).values(published_at=None, published_text=None, photo_published=False)
    gone = delete(media).where(media.c.report.in_(select(report.c.id).where(entered)))
    return unseen, gone


def gathered(ids: Sequence[str], cluster: str) -> Update:
    """Puts reports into a cluster."""
    return update(report).where(report.c.id.in_(ids)).values(cluster=cluster)


def still_compared(before: datetime) -> tuple[ColumnElement[bool], ...]:
    """Reports older than `before` that still hold what is only for finding duplicates."""
    return report.c.received_at < before, report.c.prints.is_not(None) | report.c.photo_hash.is_not(None)


def forgotten(before: datetime) -> Update:
    """Clears that once it is too old to be compared."""
    return update(report).where(*still_compared(before)).values(prints=None, photo_hash=None)


def published_only(conditions: Sequence[ColumnElement[bool]], limit: int, offset: int) -> Select[Any]:
    """Published reports, newest first; one that was turned away never, however it came to be published."""
    return (
        reports_where(report.c.published_at.is_not(None), report.c.status != "rejected", *conditions)
        .order_by(report.c.received_at.desc(), report.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
