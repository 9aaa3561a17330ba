"""Which processes take the city's cameras: each says so for itself, under a name that stays the same when it is started
again, so that no dead ones gather."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from ioc.store import Store

TOPIC = "camera-worker"
SILENT_AFTER = timedelta(seconds=10)  # each says every two seconds how it is


async def workers_now(store: Store, now: datetime) -> list[dict[str, Any]]:
    """The word of each that spoke lately: `worker`, how many `cameras` it has, since when it is without Redis."""
    rows = sorted(await store.latest.all([TOPIC]), key=lambda row: row.key)
    return [msgspec.json.decode(row.body) for row in rows if now - row.rt <= SILENT_AFTER]
