"""Time series: their one writer an owner, with its cursor, and everyone's reading of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import bindparam, func, insert, or_, select, update

from ioc.core.quality import Before, Grade
from ioc.store.errors import Fenced
from ioc.store.held_sources import HeldNow
from ioc.store.observations import Batch, batches_of
from ioc.store.series_bulk import put_points, save_states, touch_hours
from ioc.store.series_giving_up import give_up
from ioc.store.series_tables import observation_mark, series, series_cursor, series_seen

if TYPE_CHECKING:
    from ioc.store.access import Access
    from ioc.store.transaction import Transaction

SeriesKey = tuple[str, str]  # kind, key


@dataclass(frozen=True, slots=True)
class SeriesHeld:
    """An owner's series in somebody's hands: valid as long as nobody else has taken them."""

    owner: str
    fence: int
    position: int


@dataclass(slots=True)
class Known:
    """What is known of one series; times in ms since 1970. `grade` and `reason` are those of its newest judgement."""

    id: int
    unit: str
    oldest_ms: int | None = None
    newest_ms: int | None = None
    grade: Grade = Grade.GOOD
    reason: str | None = None
    before: Before | None = None


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """How one reading of a batch was judged otherwise than it was sent; `index` is its place among its owner's."""

    index: int
    grade: int
    late: bool = False
    repeat: bool = False


@dataclass(slots=True)
class Taken:
    """What one commit of an owner's series holds. `points` are (series, ms) to (value, grade); `hashes` are those of
    the readings seen for the first time, 8 bytes each."""

    position: int
    points: dict[tuple[int, int], tuple[float, int]] = field(default_factory=dict)
    changed: dict[int, Known] = field(default_factory=dict)
    marks: dict[int, list[Mark]] = field(default_factory=dict)
    hashes: bytes = b""


class SeriesStore:
    """Writes the series of an owner, exactly once, and says how far they are."""

    def __init__(self, access: Access, held: HeldNow) -> None:
        self._access = access
        self._held = held

    async def take(self, owner: str, holder: str) -> SeriesHeld:
        """Takes an owner's series and raises their fence: whoever had them can write no more."""
        return await self._access.write(lambda tx: _take(tx, owner, holder))

    async def keep(self, held: SeriesHeld, taken: Taken) -> SeriesHeld:
        """Commits points, judgements, what was seen and the cursor together; raises Fenced when another took over."""
        return await self._access.write(lambda tx: _keep(tx, held, taken))

    async def known(self, owner: str, wanted: dict[SeriesKey, str], room: int) -> dict[SeriesKey, Known]:
        """The series of these kinds and keys; a new one is begun with the unit given for it, but no more than `room`
        new ones."""
        found = await self._load(wanted)
        missing = dict(islice(((name, unit) for name, unit in wanted.items() if name not in found), room))
        if missing:
            await self._access.write(lambda tx: _begin(tx, owner, missing))
            found |= await self._load(missing)
        return found

    async def _load(self, wanted: Iterable[SeriesKey]) -> dict[SeriesKey, Known]:
        keys: dict[str, list[str]] = {}
        for kind, key in wanted:
            keys.setdefault(kind, []).append(key)
        found: dict[SeriesKey, Known] = {}
        async with self._access.read() as connection:
            for kind, all_keys in keys.items():
                for start in range(0, len(all_keys), _KEYS_A_QUERY):
                    some = all_keys[start : start + _KEYS_A_QUERY]
                    rows = await connection.execute(_KNOWN, {"its_kind": kind, "its_keys": some})
                    found.update({(row.kind, row.key): _known(row) for row in rows})
        return found

    async def count(self, owner: str, source: str | None = None) -> int:
        """How many series an owner has, or one source of it (those of key `source` and `source/…`)."""
        statement = select(func.count()).select_from(series).where(series.c.owner == owner)
        if source is not None:
            key = series.c.key
            statement = statement.where((key == source) | key.startswith(f"{source}/", autoescape=True))
        async with self._access.read() as connection:
            return int((await connection.execute(statement)).scalar_one())

    async def free(
        self, owner: str, now_ms: int, silent: timedelta, spared: Callable[[SeriesKey], bool]
    ) -> set[SeriesKey]:
        """Gives up the series of an owner that had no reading for `silent`, or only such of the future, with all that
        is kept of them; never one of a source that is held, or one that is `spared`. Returns those given up."""
        longest, c = int(silent.total_seconds() * 1000), series.c
        quiet = or_(c.newest_ms.is_(None), c.newest_ms < now_ms - longest, c.newest_ms > now_ms + longest)
        statement = select(c.id, c.kind, c.key).where(c.owner == owner, quiet)
        async with self._access.read() as connection:
            rows = [row for row in await connection.execute(statement) if not spared((row.kind, row.key))]
        gone: set[int] = set()
        for start in range(0, len(rows), _KEYS_A_QUERY):
            some = [row.id for row in rows[start : start + _KEYS_A_QUERY]]
            gone.update(await self._access.write(partial(give_up, ids=some, held=self._held)))
        return {(row.kind, row.key) for row in rows if row.id in gone}

    async def seen(self, owner: str, since_ms: int) -> list[tuple[int, bytes]]:
        """What was seen since then, oldest first: when, and 8 bytes a reading."""
        c = series_seen.c
        recent = (c.owner == owner) & (c.at_ms >= since_ms)
        async with self._access.read() as connection:
            rows = await connection.execute(select(c.at_ms, c.hashes).where(recent).order_by(c.position))
            return [(at_ms, bytes(hashes)) for at_ms, hashes in rows]

    async def position(self, owner: str) -> int:
        """Up to which batch the owner's readings are judged and in their series; 0 while none is."""
        async with self._access.read() as connection:
            return int((await connection.execute(_POSITION, {"its_owner": owner})).scalar_one_or_none() or 0)

    async def positions(self) -> dict[str, int]:
        """How far each owner's series are."""
        async with self._access.read() as connection:
            return {row.owner: row.position for row in await connection.execute(select(series_cursor))}

    async def judged(self, owner: str, after: int, limit: int) -> tuple[list[Batch], dict[int, list[Mark]], int]:
        """The next batches of an owner that are in its series, the judgements that differ from what was sent by the
        position of their batch, and how far the series are."""
        async with self._access.read() as connection:
            until = int((await connection.execute(_POSITION, {"its_owner": owner})).scalar_one_or_none() or 0)
            if until <= after:
                return [], {}, until
            batches = await batches_of(connection, owner, after, limit, until)
            last = batches[-1].position if batches else after
            inside = {"its_owner": owner, "after": after, "until": last}
            rows = (await connection.execute(_MARKS, inside)).all()
        return batches, {position: _marks.decode(body) for position, body in rows}, until


_KEYS_A_QUERY = 500
_KNOWN = select(series).where(
    series.c.kind == bindparam("its_kind"), series.c.key.in_(bindparam("its_keys", expanding=True))
)
_POSITION = select(series_cursor.c.position).where(series_cursor.c.owner == bindparam("its_owner"))
_MARKS = select(observation_mark.c.position, observation_mark.c.body).where(
    observation_mark.c.owner == bindparam("its_owner"),
    observation_mark.c.position > bindparam("after"),
    observation_mark.c.position <= bindparam("until"),
)
_MOVE = (
    update(series_cursor)
    .where(
        series_cursor.c.owner == bindparam("its_owner"),
        series_cursor.c.fence == bindparam("its_fence"),
        series_cursor.c.position == bindparam("was"),
    )
    .values(position=bindparam("now"), beat=bindparam("at"))
)
_encode = msgspec.msgpack.Encoder().encode
_marks = msgspec.msgpack.Decoder(list[Mark])


def _known(row: Any) -> Known:
    before = None
    if row.at_ms is not None:
        before = Before(row.at_ms, row.value, row.value_at_ms, row.run, row.value_unit)
    grade = Grade(row.grade) if row.grade is not None else Grade.GOOD
    return Known(row.id, row.unit, row.oldest_ms, row.newest_ms, grade, row.reason, before)


def _take(tx: Transaction, owner: str, holder: str) -> SeriesHeld:
    found = tx.execute(select(series_cursor).where(series_cursor.c.owner == owner)).one_or_none()
    held = SeriesHeld(owner, found.fence + 1, found.position) if found else SeriesHeld(owner, 1, 0)
    values = {"fence": held.fence, "holder": holder, "beat": tx.now}
    if found:
        tx.execute(update(series_cursor).where(series_cursor.c.owner == owner).values(values))
    else:
        tx.execute(insert(series_cursor).values(owner=owner, position=0, **values))
    return held


def _begin(tx: Transaction, owner: str, missing: dict[SeriesKey, str]) -> None:
    """New series; one that another job has begun meanwhile stays as it is."""
    last = int(tx.execute(select(func.coalesce(func.max(series.c.id), 0))).scalar_one())
    there = {
        (row.kind, row.key)
        for kind in {kind for kind, _ in missing}
        for row in tx.execute(select(series.c.kind, series.c.key).where(series.c.owner == owner, series.c.kind == kind))
    }
    new = [(kind, key, unit) for (kind, key), unit in missing.items() if (kind, key) not in there]
    rows = [
        {"id": last + number, "owner": owner, "kind": kind, "key": key, "unit": unit}
        for number, (kind, key, unit) in enumerate(new, 1)
    ]
    if rows:
        tx.execute(insert(series), rows)


def _keep(tx: Transaction, held: SeriesHeld, taken: Taken) -> SeriesHeld:
    bounds = {"its_owner": held.owner, "its_fence": held.fence, "was": held.position, "now": taken.position}
    if tx.connection.execute(_MOVE, {**bounds, "at": tx.now}).rowcount != 1:
        raise Fenced(f"series of {held.owner}: fence {held.fence} at {held.position} was refused")
    put_points(tx.connection, taken.points)
    touch_hours(tx.connection, taken.points)
    save_states(tx.connection, taken.changed.values())
    if taken.hashes:
        tx.execute(insert(series_seen).values(_seen_row(tx.now, held.owner, taken)))
    marked = [
        {"position": position, "owner": held.owner, "body": _encode(marks)} for position, marks in taken.marks.items()
    ]
    if marked:
        tx.execute(insert(observation_mark), marked)
    tx.numbers.series = _rung(held.owner, taken.position)
    return SeriesHeld(held.owner, held.fence, taken.position)


def _seen_row(now: datetime, owner: str, taken: Taken) -> dict[str, Any]:
    return {
        "owner": owner,
        "position": taken.position,
        "at_ms": int(now.timestamp() * 1000),
        "readings": len(taken.hashes) // 8,
        "hashes": taken.hashes,
    }


def _rung(owner: str, position: int) -> int:
    """The number to ring: another one for each commit, whichever owner's."""
    return position * 256 + sum(owner.encode()) % 256
