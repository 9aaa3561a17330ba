"""Whether each consumer gets on: one that says it is well, and handles nothing, is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from ioc.host.flow import LATE_S, PARTS, reached, said_position
from ioc.settings import Settings
from ioc.store.as_stored import select_stored, stored_rows
from ioc.store.doctor import Finding, warning, well
from ioc.store.doctor.finding import told_by
from ioc.store.looking import looking
from ioc.store.tables import cursor, event, latest


def check_waiting(settings: Settings, city: str, now: datetime) -> Iterator[Finding]:
    """How long the oldest event of each consumer of the log has waited. Damaged rows are told by another check."""
    try:
        with looking(settings.store_url, city) as (events, _):
            found = list(told_by("waiting", lambda: _late(events, now)))
    except SQLAlchemyError:
        return  # the store's own checks say so
    yield from found or [
        well("waiting", f"Không sự kiện nào chờ quá {LATE_S:g} giây", f"No event waits longer than {LATE_S:g} s")
    ]


def _late(events: Connection, now: datetime) -> Iterator[Finding]:
    head = int(events.execute(select(func.coalesce(func.max(event.c.position), 0))).scalar_one())
    for consumer, position in sorted(_reached(events).items()):
        since = events.execute(select(event.c.recordedtime).where(event.c.position == position + 1)).scalar()
        if position < head and since is not None and (waits := (now - since).total_seconds()) > LATE_S:
            yield warning(
                "waiting",
                f"{consumer}: sự kiện {position + 1} chờ {waits:.0f} giây, {head - position} sự kiện chưa xử lý",
                f"{consumer}: event {position + 1} has waited {waits:.0f} s, {head - position} are not handled",
            )


def _reached(events: Connection) -> dict[str, int]:
    cursors = stored_rows(events, cursor, select_stored(cursor, "consumer", "position"))
    parts = stored_rows(events, latest, select_stored(latest, "key", "body").where(latest.c.topic == PARTS))
    said = {row.values["key"]: said_position(row.values["body"]) for row in parts if not row.wrong}
    return reached([(row.values["consumer"], row.values["position"]) for row in cursors if not row.wrong], said)
