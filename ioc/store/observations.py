"""The observation log: one row per batch and owner, in a file and under a lock of its own, so that it never delays
events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import Select, bindparam, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from ioc.contract.readings import Observation, Quality
from ioc.core.clock import parse_time
from ioc.store.batch_partitions import end_of_batches
from ioc.store.columns import utc
from ioc.store.fences import taken
from ioc.store.series_tables import series_cursor
from ioc.store.tables import observation_batch

if TYPE_CHECKING:
    from ioc.store.access import Access
    from ioc.store.transaction import Transaction

SEVERAL = ""  # the owner of a batch of an older build, whose readings may belong to several


@dataclass(frozen=True, slots=True)
class Batch:
    """Observations that came together through one door, of one owner (or of `SEVERAL`). `at` is when they came.

    A `damaged` one cannot be read; it has no observations.
    """

    position: int
    door: str
    at: datetime
    observations: list[Observation]
    owner: str = SEVERAL
    damaged: bool = False


class Stored(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An observation as kept: without field names, and with a time that was read already."""

    kind: str
    key: str
    value: float
    unit: str
    at: datetime
    quality: Quality
    simulated: bool
    id: str | None


class Observations:
    """Writes and reads batches; positions are 1, 2, 3 ... in commit order, apart from those of events."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def write_batch(self, door: str, observations: Sequence[Observation], key: str | None = None) -> int:
        """Keeps a batch, one row an owner, and returns its (last) position, after the commit.

        With a `key` a repeat of the same batch by the same door keeps nothing and returns the first position.
        Raises StoreUnavailable, and ValueError when a time has no zone.
        """
        return await self.write_stored(door, [stored(one) for one in observations], key)

    async def write_stored(self, door: str, readings: Sequence[Stored], key: str | None = None) -> int:
        """The same for readings in the form they are kept in, their times in UTC."""
        rows = _rows(door, readings, key)
        return await self._access.write(lambda tx: _append(tx, rows))

    async def write_fenced(
        self, door: str, readings: Mapping[str, Sequence[Observation]], fences: Mapping[str, int]
    ) -> frozenset[str]:
        """Keeps a batch of readings by source, but nothing of a source that another has taken since its fence was
        given out; which ones these are. Raises StoreUnavailable, and ValueError when a time has no zone."""
        kept = {source: [stored(one) for one in some] for source, some in readings.items()}
        held = {source: fences[source] for source in kept}
        return await self._access.write(lambda tx: _append_fenced(tx, door, kept, held))

    async def head(self) -> int:
        """The last position, 0 while there is none."""
        async with self._access.read_once() as connection:
            return int((await connection.execute(_HEAD)).scalar_one())

    async def behind(self) -> dict[str, int]:
        """How many batches of each owner (that ever had its series written) are not in them yet."""
        found: dict[str, int] = {}
        async with self._access.read() as connection:
            cursors = (await connection.execute(select(series_cursor.c.owner, series_cursor.c.position))).all()
            for owner, position in cursors:
                bounds = {"whose": owner, "after": position}
                found[owner] = int((await connection.execute(_WAITING, bounds)).scalar_one())
        return found

    async def after(self, position: int, limit: int = 100) -> list[Batch]:
        """The next batches after a position, in order, of all owners. The first may be later than `position` + 1
        where retention has removed older ones."""
        async with self._access.read_once() as connection:
            rows = (await connection.execute(_AFTER, {"after": position, "most": limit})).all()
        return [_batch(row) for row in rows]

    async def of(self, owner: str, position: int, limit: int = 100, until: int | None = None) -> list[Batch]:
        """The next batches after a position that hold readings of one owner, up to position `until`."""
        async with self._access.read() as connection:
            return await batches_of(connection, owner, position, limit, until)


async def batches_of(
    connection: AsyncConnection, owner: str, position: int, limit: int, until: int | None = None
) -> list[Batch]:
    """The same on a connection that reads more."""
    bounds = {"whose": owner, "after": position, "most": limit, "until": until if until is not None else _LAST}
    rows = (await connection.execute(_OF, bounds)).all()
    return [_of_owner(_batch(row), owner) for row in rows]


_LAST = 2**62
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Stored])
_BEFORE_SQL = "select max(position) from observation_batch where door = {0} and key = {0}"
_MARK = {"sqlite": "?", "postgresql": "%s"}  # where a value goes, in the words of each driver
_BEFORE = {name: _BEFORE_SQL.format(mark) for name, mark in _MARK.items()}
# On PostgreSQL no index holds the key over all days; under the lock a look is as good.
_INSERT = {
    "sqlite": "insert into observation_batch (position, door, key, at, count, body, owner)"
    " values (?, ?, ?, ?, ?, ?, ?) on conflict (door, key, owner) do nothing",
    "postgresql": "insert into observation_batch (position, door, key, at, count, body, owner)"
    " select new.* from (values (%s::bigint, %s::varchar, %s::varchar, %s::timestamptz, %s::int, %s::bytea,"
    " %s::varchar)) new (position, door, key, at, count, body, owner) where not exists (select from observation_batch"
    " old where old.door = new.door and old.key = new.key and old.owner = new.owner)",
}
_HEAD = select(func.coalesce(func.max(observation_batch.c.position), 0))
_WAITING = (
    select(func.count())
    .select_from(observation_batch)
    .where(observation_batch.c.owner == bindparam("whose"), observation_batch.c.position > bindparam("after"))
)
_COLUMNS = [observation_batch.c[name] for name in ("position", "door", "at", "body", "owner")]
_AFTER = (
    select(*_COLUMNS)
    .where(observation_batch.c.position > bindparam("after"))
    .order_by(observation_batch.c.position)
    .limit(bindparam("most"))
)


def _some_of(owner: Any) -> Select[Any]:
    """Batches of one owner, in the order of the index; a list of owners would have to be sorted."""
    c = observation_batch.c
    inside = (c.owner == owner) & (c.position > bindparam("after")) & (c.position <= bindparam("until"))
    some = select(*_COLUMNS).where(inside).order_by(c.position).limit(bindparam("most")).subquery()
    return select(some)


_OF = union_all(_some_of(bindparam("whose")), _some_of(literal(SEVERAL))).order_by("position").limit(bindparam("most"))


def stored(one: Observation) -> Stored:
    """An observation in the form it is kept in; raises ValueError when its time has no zone."""
    at = parse_time(one.at) if isinstance(one.at, str) else one.at
    return Stored(one.kind, one.key, one.value, one.unit, utc(at), one.quality, one.simulated, one.id)


def is_readable(body: bytes) -> bool:
    """Whether the observations of a stored batch can be read."""
    try:
        _decoder.decode(body)
    except msgspec.MsgspecError:
        return False
    return True


def owner_of(kind: str) -> str:
    """Whose readings these are: the first word of their kind."""
    return kind.partition(".")[0]


def _by_owner(readings: Sequence[Stored]) -> Iterable[tuple[str, Sequence[Stored]]]:
    owners = {kind: owner_of(kind) for kind in {one.kind for one in readings}}
    if len(set(owners.values())) == 1:
        return [(next(iter(owners.values())), readings)]
    apart: dict[str, list[Stored]] = {}
    for one in readings:
        apart.setdefault(owners[one.kind], []).append(one)
    return apart.items()


def _rows(door: str, readings: Sequence[Stored], key: str | None = None) -> list[dict[str, Any]]:
    return [
        {"door": door, "key": key, "count": len(own), "body": _encoder.encode(own), "owner": owner}
        for owner, own in _by_owner(readings)
    ]


def _append_fenced(
    tx: Transaction, door: str, readings: Mapping[str, Sequence[Stored]], held: Mapping[str, int]
) -> frozenset[str]:
    refused = taken(tx, held)
    if ours := [one for source, some in readings.items() if source not in refused for one in some]:
        _append(tx, _rows(door, ours))
    return refused


def _batch(row: Any) -> Batch:
    number, door, at, body, owner = row
    try:
        kept = _decoder.decode(body)
    except msgspec.MsgspecError:
        return Batch(number, door, at, [], owner, damaged=True)
    observations = [
        Observation(one.kind, one.key, one.value, one.unit, one.at, one.quality, one.simulated, one.id) for one in kept
    ]
    return Batch(number, door, at, observations, owner)


def _of_owner(batch: Batch, owner: str) -> Batch:
    if batch.owner:
        return batch
    return replace(batch, observations=[one for one in batch.observations if owner_of(one.kind) == owner])


def _append(tx: Transaction, rows: list[dict[str, Any]]) -> int:
    """Numbers and inserts the rows of one batch; by the driver itself, since it is done so often."""
    name, driver = tx.connection.dialect.name, tx.connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - inside a transaction there is one
    if tx.numbers.position is None:
        tx.numbers.position, tx.numbers.part = end_of_batches(tx.connection, tx.now)
    last = tx.numbers.position
    at = tx.now.replace(tzinfo=None).isoformat(" ", "microseconds") if name == "sqlite" else tx.now
    for row in rows:
        values = (last + 1, row["door"], row["key"], at, row["count"], row["body"], row["owner"])
        if not driver.execute(_INSERT[name], values).rowcount:  # a repeat: the rows of a batch come and go together
            (before,) = driver.execute(_BEFORE[name], (row["door"], row["key"])).fetchone()
            return int(before)
        last += 1
    tx.numbers.position = last
    return last
