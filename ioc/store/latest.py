"""Last-known values for the screens: unnumbered to the reader, and the newest source time wins."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import Select, func, select

from ioc.contract.readings import Latest
from ioc.store.columns import utc
from ioc.store.tables import latest
from ioc.store.upsert import insert_for

if TYPE_CHECKING:
    from ioc.store.access import Access
    from ioc.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class LatestRow:
    """A last-known value. `ts` is the source's time, `rt` when we got it, `seq` grows with every change of any."""

    topic: str
    key: str
    ts: datetime
    rt: datetime
    body: bytes
    seq: int


class LatestValues:
    """Reads last-known values."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def all(self, topics: Collection[str] | None = None) -> list[LatestRow]:
        """The values of these topics (None: of all), in the order of their last change."""
        statement = _ROWS if topics is None else _ROWS.where(latest.c.topic.in_(list(topics)))
        return await self._rows(statement)

    async def changed_since(self, seq: int, limit: int = 5_000) -> list[LatestRow]:
        """What changed after `seq`, in order; a key that changed often comes once, as it is now."""
        return await self._rows(_ROWS.where(latest.c.seq > seq).limit(limit))

    async def seq(self) -> int:
        """The number of the last change."""
        async with self._access.read_once() as connection:
            return int((await connection.execute(_LAST)).scalar_one())

    async def _rows(self, statement: Select[Any]) -> list[LatestRow]:
        async with self._access.read_once() as connection:
            return [
                LatestRow(topic, key, ts, rt, bytes(body), seq)
                for topic, key, ts, rt, body, seq in await connection.execute(statement)
            ]


_ROWS = select(latest.c.topic, latest.c.key, latest.c.ts, latest.c.rt, latest.c.body, latest.c.seq).order_by(
    latest.c.seq
)
_LAST = select(func.coalesce(func.max(latest.c.seq), 0))


def put(tx: Transaction, value: Latest) -> None:
    """Keeps the value unless a newer one is there; of two with the same source time the later to arrive stays."""
    if tx.numbers.latest is None:
        tx.numbers.latest = int(tx.execute(_LAST).scalar_one())
    tx.numbers.latest += 1
    insert = insert_for(tx.connection, latest).values(
        topic=value.topic,
        key=value.key,
        ts=utc(value.at),
        rt=tx.now,
        body=msgspec.json.encode(value.body),
        seq=tx.numbers.latest,
    )
    changed = {name: insert.excluded[name] for name in ("ts", "rt", "body", "seq")}
    newer = insert.excluded.ts >= latest.c.ts
    tx.execute(insert.on_conflict_do_update(index_elements=["topic", "key"], set_=changed, where=newer))
