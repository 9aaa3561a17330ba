"""What a worker writes of its cameras: readings under their fences, and last-known values for the screens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select

from ioc.contract import Latest
from ioc.host.cameras_near import OLD, TOPIC
from ioc.host.cameras_placed import Placed
from ioc.store import Store, Transaction
from ioc.store.tables import latest

DOOR = "cameras"


async def tell_readings(store: Store, placed: Iterable[Placed]) -> frozenset[str]:
    """Writes the readings that wait; of which cameras they were refused, because another process has taken them."""
    sent = {one.seen.camera.id: (one, tuple(one.waiting)) for one in placed if one.waiting}
    if not sent:
        return frozenset()
    readings = {id: some for id, (_, some) in sent.items()}
    refused = await store.observations.write_fenced(DOOR, readings, {id: one.fence for id, (one, _) in sent.items()})
    for one, some in sent.values():
        del one.waiting[: len(some)]
    return refused


async def tell_screens(store: Store, placed: Iterable[Placed], worker: str, now: datetime) -> frozenset[str]:
    """Says how each camera is; which of them another process speaks of already."""
    news = [(one, body) for one in placed if (body := one.news(now)) is not None]
    if not news:
        return frozenset()
    bodies = {one.seen.camera.id: body | {"worker": worker, "fence": one.fence} for one, body in news}
    refused = await store.write(lambda tx: _put(tx, bodies))
    for one, body in news:
        one.told(body, now)
    return refused


def _put(tx: Transaction, bodies: Mapping[str, dict[str, Any]]) -> frozenset[str]:
    rows = tx.execute(
        select(latest.c.key, latest.c.ts, latest.c.rt, latest.c.body).where(
            latest.c.topic == TOPIC, latest.c.key.in_(list(bodies))
        )
    ).all()
    # An old word binds nobody: after a restore the fences may be lower than those that were spoken under.
    newer = {key: msgspec.json.decode(bytes(body)).get("fence", 0) for key, _, rt, body in rows if tx.now - rt < OLD}
    spoken_at = {key: ts for key, ts, _, _ in rows}  # perhaps by a machine whose clock is ahead of ours
    refused = frozenset(id for id, body in bodies.items() if newer.get(id, 0) > body["fence"])
    for id, body in bodies.items():
        if id not in refused:
            tx.latest(Latest(TOPIC, id, body, max(tx.now, spoken_at.get(id, tx.now))))
    return refused
