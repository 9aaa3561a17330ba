"""Proves that the numbers of the logs are whole: positions without a hole, cursors within them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, func, select

from ioc.store.backup.facts import Span, span_of
from ioc.store.doctor.finding import Finding, broken, warning, well
from ioc.store.series_tables import series_cursor
from ioc.store.tables import cursor, event, observation_batch

SILENT = timedelta(seconds=60)  # a consumer beats once a second; its fence may be taken after ten
FAR_BEHIND = 1_000  # positions: what the relay puts into an emptied bus at once
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
        yield _whole("log.positions", "sự kiện", "events", span)


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
        yield _whole("observations.positions", "lô số đo", "batches of readings", span)


def check_cursors(events: Connection, readings: Connection, now: datetime) -> Iterator[Finding]:
    """Every consumer's cursor: inside its log, not far behind its end, and somebody behind it."""
    heads = {
        False: span_of(events, event, event.c.position).last,
        True: span_of(readings, observation_batch, observation_batch.c.position).last,
    }
    rows = events.execute(select(cursor.c.consumer, cursor.c.position, cursor.c.beat)).all()
    series = readings.execute(select(series_cursor.c.owner, series_cursor.c.position, series_cursor.c.beat)).all()
    standing = [(name, position, beat, heads[":readings" in name]) for name, position, beat in rows]
    standing += [(f"series:{name}", position, beat, heads[True]) for name, position, beat in series]
    found = [one for row in sorted(standing) if (one := _cursor(*row, now))]
    yield from found or [
        well("cursors", f"{len(standing)} bên xử lý đều theo kịp", f"All {len(standing)} consumers keep up")
    ]


def _cursor(name: str, position: int, beat: datetime, head: int, now: datetime) -> Finding | None:
    if position > head:
        return broken(
            "cursors",
            f"{name} đứng ở {position}, sau vị trí cuối {head}: dữ liệu khôi phục không khớp",
            f"{name} is at {position}, beyond the end {head}: what was restored does not fit together",
        )
    behind, silent = head - position, now - beat
    if behind and silent > SILENT and not name.startswith("series:"):
        return warning(
            "cursors",
            f"{name} còn {behind} sự kiện chưa xử lý, im lặng từ {_local(beat)}: nó có đang chạy?",
            f"{name} is {behind} behind and silent since {_local(beat)}: is it running?",
        )
    if behind > FAR_BEHIND and not name.startswith("series:"):
        return warning("cursors", f"{name} chậm {behind} vị trí", f"{name} is {behind} positions behind")
    return None


def _holes(connection: Connection, table: Table, where: ColumnElement[bool]) -> Iterator[str]:
    after = func.lead(table.c.position).over(order_by=table.c.position)
    pairs = select(table.c.position, after.label("after")).where(where).subquery()
    torn = select(pairs.c.position, pairs.c.after).where(pairs.c.after > pairs.c.position + 1)
    for before, later in connection.execute(torn.order_by(pairs.c.position).limit(HOLES_NAMED)):
        yield f"{before + 1}" if later == before + 2 else f"{before + 1}-{later - 1}"


def _whole(check: str, vi: str, en: str, span: Span) -> Finding:
    if not span.count:
        return well(check, f"Chưa có {vi} nào", f"No {en} yet")
    told = f"{span.first}-{span.last}"
    return well(
        check, f"{span.count} {vi}, vị trí {told} liên tục", f"{span.count} {en}, positions {told} without a hole"
    )


def _local(at: datetime) -> str:
    return at.astimezone().isoformat(" ", "seconds")
