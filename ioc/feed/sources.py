"""The feed's sources over the store: one place that knows both."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import msgspec
from sqlalchemy import Select, func, select

from ioc.bus import Frames
from ioc.core.clock import Clock, SystemClock
from ioc.core.dataclass import DataClass
from ioc.feed.ports import IncidentPage, IncidentRow, LatestValues, ReadIncidents, Sources, Tail
from ioc.feed.wire import Scope
from ioc.incidents.tables import incident
from ioc.store import Store
from ioc.store.tables import event

_MOST_OPEN = 2_000
_MOST_CLOSED = 500
_CLOSED_SHOWN = timedelta(hours=24)
_HEAD = select(func.coalesce(func.max(event.c.position), 0))
_OPEN = select(incident.c.view).where(incident.c.status != "closed").order_by(incident.c.priority, incident.c.opened_at)
_CLOSED = select(incident.c.view).where(incident.c.status == "closed").order_by(incident.c.updated_at.desc())


def store_sources(
    store: Store,
    tail: Tail,
    clock: Clock | None = None,
    *,
    latest: LatestValues | None = None,
    frames: Frames | None = None,
    cameras: Mapping[str, Scope] | None = None,
) -> Sources:
    """What a city's feed reads: the store's log and last-known values, its incidents, a tail of the log, and the
    pictures of its cameras."""
    return Sources(
        epoch=store.feed_epoch,
        log=store.log,
        tail=tail,
        latest=latest or store.latest,
        incidents=incident_reader(store, clock or SystemClock()),
        frames=frames,
        cameras=cameras or {},
    )


def incident_reader(store: Store, clock: Clock) -> ReadIncidents:
    """Reads every open incident and those closed within a day, with the log's head, in one read transaction."""

    async def read() -> IncidentPage:
        closed: Select[tuple[bytes]] = _CLOSED.where(incident.c.updated_at >= clock.now() - _CLOSED_SHOWN)
        async with store.read() as connection:
            head = (await connection.execute(_HEAD)).scalar_one()
            bodies = [
                *(await connection.execute(_OPEN.limit(_MOST_OPEN))).scalars(),
                *(await connection.execute(closed.limit(_MOST_CLOSED))).scalars(),
            ]
        return IncidentPage(int(head), [_row(bytes(body)) for body in bodies])

    return read


def _row(body: bytes) -> IncidentRow:
    view = msgspec.json.decode(body)
    return IncidentRow(view, view.get("dataclass", DataClass.INTERNAL))
