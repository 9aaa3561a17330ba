"""Proves that the numbers of the logs are whole: positions without a hole, cursors within them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, select

from ioc.core.text import counted
from ioc.store.as_stored import columns_there, select_stored, stored_rows
from ioc.store.backup.facts import Span, own_tables, span_of
from ioc.store.doctor.finding import Finding, broken, warning, well
from ioc.store.series_tables import series_cursor
from ioc.store.tables import cursor, event, latest, observation_batch

PARTS = "module"  # the topic of the parts' health
SILENT = timedelta(seconds=60)  # a part says once a second how it is
FAR_BEHIND = 1_000  # positions; an idle consumer may leave its cursor 500 behind
HOLES_NAMED = 5
_EDGE = timedelta(days=1)  # retention takes batches by their time; where clocks jumped its edge may be ragged


def check_log(connection: Connection) -> Iterator[Finding]:
    """The events: 1, 2, 3 … without a hole."""
    span = span_of(connection, event, event.c.position)
    holes = list(_holes(connection, event, event.c.position >= 1)) if not span.whole else []
    if holes:
        named = ", ".join(holes)
        yield broken(
            "log.positions",
            f"Nhật ký sự kiện thiếu vị trí {named}: khôi phục từ bản sao",
            f"The log has lost positions {named}: restore a backup",
        )
    elif span.first > 1:
        yield broken(
            "log.positions",
            f"Nhật ký bắt đầu ở vị trí {span.first}, không phải 1: phần đầu đã mất",
            f"The log begins at {span.first}, not 1: its beginning is lost",
        )
    else:
        yield _whole("log.positions", "sự kiện", ("event", "events"), span)


def check_observations(connection: Connection, now: datetime, kept: timedelta) -> Iterator[Finding]:
    """The batches of readings: no hole among those that retention does not touch yet."""
    span = span_of(connection, observation_batch, observation_batch.c.position)
    young = observation_batch.c.at > now - kept + _EDGE
    holes = list(_holes(connection, observation_batch, young)) if not span.whole else []
    if holes:
        named = ", ".join(holes)
        yield broken(
            "observations.positions",
            f"Nhật ký số đo thiếu vị trí {named}: khôi phục từ bản sao",
            f"The log of readings has lost positions {named}: restore a backup",
        )
    else:
        yield _whole("observations.positions", "lô số đo", ("batch of readings", "batches of readings"), span)


def check_cursors(events: Connection, readings: Connection) -> Iterator[Finding]:
    """Every consumer's cursor: inside its log, and not far behind what concerns it.

    The cursor of one who wants nothing is written now and then only; of readings it stays while none of theirs come.
    """
    head = span_of(events, event, event.c.position).last
    last = span_of(readings, observation_batch, observation_batch.c.position).last
    found: list[Finding | None] = []
    for name, position in _whole_rows(events, cursor, "consumer", "position"):
        owner = _owner_of(name)
        waiting = head - position if owner is None else _waiting(readings, owner, position)
        found.append(_cursor(name, position, head if owner is None else last, waiting))
    has_series = series_cursor.name in own_tables(readings)  # the first builds had none
    for owner, position in _whole_rows(readings, series_cursor, "owner", "position") if has_series else ():
        found.append(_cursor(f"series:{owner}", position, last, _waiting(readings, owner, position)))
    wrong = [one for one in found if one]
    yield from wrong or [
        well(
            "cursors",
            f"{len(found)} bên xử lý, không bên nào chậm quá {FAR_BEHIND} vị trí",
            f"{counted(len(found), 'consumer')}, none more than {FAR_BEHIND:,} positions behind",
        )
    ]


def check_parts(events: Connection, now: datetime) -> Iterator[Finding]:
    """Each part of the city says every second that it is well: who has fallen silent."""
    parts = (latest.c.topic == PARTS) & latest.c.key.not_like("%@%")  # those are of who stands by, and may be gone
    rows = list(_whole_rows(events, latest, "key", "rt", where=parts))
    silent = [(name, at) for name, at in rows if now - at > SILENT]
    if rows and len(silent) == len(rows):
        last = _local(max(at for _, at in rows))
        yield warning("parts", f"Thành phố không chạy từ {last}", f"The city has not run since {last}")
        return
    for name, at in silent:
        yield warning("parts", f"{name} im lặng từ {_local(at)}", f"{name} has been silent since {_local(at)}")
    if rows and not silent:
        yield well(
            "parts", f"{len(rows)} phần của thành phố đang chạy", f"{counted(len(rows), 'part')} of the city at work"
        )


def _whole_rows(
    connection: Connection, of: Table, *names: str, where: ColumnElement[bool] | None = None
) -> Iterator[tuple[Any, ...]]:
    """These columns, in the order of the first. Rows that are damaged are told by a check of their own."""
    statement = select_stored(of, *names).order_by(of.c[names[0]])
    for row in stored_rows(connection, of, statement if where is None else statement.where(where)):
        if not row.wrong:
            yield tuple(row.values.values())


def _owner_of(consumer: str) -> str | None:
    """Whose readings a consumer follows (`module:traffic:readings`, `module:x:readings:traffic`); None: events."""
    module, found, owner = consumer.partition(":readings")
    if not found:
        return None
    return owner.removeprefix(":") or module.removeprefix("module:")


def _waiting(readings: Connection, owner: str, position: int) -> int:
    c = observation_batch.c
    waiting = select(func.count()).select_from(observation_batch).where(c.position > position)
    if c.owner.name in columns_there(readings, observation_batch):  # the first builds kept all owners' together
        waiting = waiting.where(c.owner == owner)
    return int(readings.execute(waiting).scalar_one())


def _cursor(name: str, position: int, head: int, waiting: int) -> Finding | None:
    if position > head:
        return broken(
            "cursors",
            f"{name} đứng ở {position}, sau vị trí cuối {head}: dữ liệu khôi phục không khớp",
            f"{name} is at {position}, beyond the end {head}: what was restored does not fit together",
        )
    if waiting > FAR_BEHIND:
        return warning(
            "cursors",
            f"{name} chậm {waiting} vị trí: nó có đang chạy?",
            f"{name} is {waiting} positions behind: is it running?",
        )
    return None


def _holes(connection: Connection, table: Table, where: ColumnElement[bool]) -> Iterator[str]:
    after = func.lead(table.c.position).over(order_by=table.c.position)
    pairs = select(table.c.position, after.label("after")).where(where).subquery()
    torn = select(pairs.c.position, pairs.c.after).where(pairs.c.after > pairs.c.position + 1)
    for before, later in connection.execute(torn.order_by(pairs.c.position).limit(HOLES_NAMED)):
        yield f"{before + 1}" if later == before + 2 else f"{before + 1}-{later - 1}"


def _whole(check: str, vi: str, en: tuple[str, str], span: Span) -> Finding:
    if not span.count:
        return well(check, f"Chưa có {vi} nào", f"No {en[1]} yet")
    told = f"{span.first}-{span.last}"
    return well(
        check,
        f"{span.count} {vi}, vị trí {told} liên tục",
        f"{counted(span.count, *en)}, positions {told} without a hole",
    )


def _local(at: datetime) -> str:
    return at.astimezone().isoformat(" ", "seconds")
