"""The observation log: one row per batch, in a file and under a lock of its own, so that it never delays events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import bindparam, func, insert, select

from ioc.contract.readings import Observation, Quality
from ioc.core.clock import parse_time
from ioc.store.columns import utc
from ioc.store.tables import observation_batch

if TYPE_CHECKING:
    from ioc.store.access import Access
    from ioc.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Batch:
    """Observations that came together through one door."""

    position: int
    door: str
    at: datetime
    observations: list[Observation]


class Observations:
    """Writes and reads batches; positions are 1, 2, 3 ... in commit order, apart from those of events."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def write_batch(self, door: str, observations: Sequence[Observation], key: str | None = None) -> int:
        """Keeps a batch and returns its position, after the commit.

        With a `key` a repeat of the same batch by the same door keeps nothing and returns the first position.
        Raises StoreUnavailable, and ValueError when a time has no zone.
        """
        body = _encoder.encode([_stored(one) for one in observations])
        return await self._access.write(lambda tx: _append(tx, door, key, len(observations), body))

    async def head(self) -> int:
        """The last position, 0 while there is none."""
        async with self._access.read() as connection:
            return int((await connection.execute(_HEAD)).scalar_one())

    async def after(self, position: int, limit: int = 100) -> list[Batch]:
        """The next batches after a position, in order. The first may be later than `position` + 1 where retention
        has removed older ones."""
        c = observation_batch.c
        statement = select(c.position, c.door, c.at, c.body).where(c.position > position).order_by(c.position)
        async with self._access.read() as connection:
            rows = (await connection.execute(statement.limit(limit))).all()
        return [Batch(number, door, at, _read(body)) for number, door, at, body in rows]


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    """An observation as kept: without field names, and with a time that was read already."""

    kind: str
    key: str
    value: float
    unit: str
    at: datetime
    quality: Quality
    simulated: bool
    id: str | None


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[_Stored])
_INSERT = insert(observation_batch)
_BEFORE = select(observation_batch.c.position).where(
    observation_batch.c.door == bindparam("its_door"), observation_batch.c.key == bindparam("its_key")
)
_HEAD = select(func.coalesce(func.max(observation_batch.c.position), 0))


def _stored(one: Observation) -> _Stored:
    at = parse_time(one.at) if isinstance(one.at, str) else one.at
    return _Stored(one.kind, one.key, one.value, one.unit, utc(at), one.quality, one.simulated, one.id)


def _read(body: bytes) -> list[Observation]:
    return [
        Observation(kept.kind, kept.key, kept.value, kept.unit, kept.at, kept.quality, kept.simulated, kept.id)
        for kept in _decoder.decode(body)
    ]


def _append(tx: Transaction, door: str, key: str | None, count: int, body: bytes) -> int:
    if key is not None:
        before = tx.connection.execute(_BEFORE, {"its_door": door, "its_key": key}).scalar_one_or_none()
        if before is not None:
            return int(before)
    if tx.numbers.position is None:
        tx.numbers.position = int(tx.execute(_HEAD).scalar_one())
    tx.numbers.position += 1
    row = {"position": tx.numbers.position, "door": door, "key": key, "at": tx.now, "count": count, "body": body}
    tx.execute(_INSERT, [row])
    return tx.numbers.position
