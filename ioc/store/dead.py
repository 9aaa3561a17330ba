"""Dead letters: events that cannot be handled, and the later ones of the same key, parked beside them in sight."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from sqlalchemy import case, delete, select, update

from ioc.core.envelope import Recorded, decode, encode
from ioc.core.faults import storable
from ioc.core.traces import masked
from ioc.store.as_stored import select_text, text_of
from ioc.store.dead_reading import SELECT, Kind, letter_of
from ioc.store.dead_reading import DeadLetter as DeadLetter
from ioc.store.tables import dead_letter, dead_replay
from ioc.store.upsert import insert_for

if TYPE_CHECKING:
    from ioc.store.access import Access
    from ioc.store.transaction import Transaction

T = TypeVar("T")
KEYS = 200  # of which one commit asks: it must not hold the city's lock for long
REASON_CHARS, TRACE_CHARS = 1_000, 20_000  # of what a fault said
KEY_BYTES = 1_000  # of a key in these tables: no index of PostgreSQL takes one of more than 2,704


@dataclass(frozen=True, slots=True)
class Asked:
    """A key whose events are to be handled again; `by` is the consumer itself where it tries again unasked."""

    partitionkey: str
    by: str


def kept_key(partitionkey: str) -> str:
    """A partition key as it stands in these tables: one of an older log may be longer than any index takes, and is told
    from all others by its hash. A key kept already stays as it is."""
    encoded = partitionkey.encode()
    if len(encoded) <= KEY_BYTES:
        return partitionkey
    digest = hashlib.sha256(encoded).hexdigest()
    return f"{encoded[: KEY_BYTES - 1 - len(digest)].decode(errors='ignore')}:{digest}"


class DeadLetters:
    """Reads what was set aside."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def list(self, consumer: str | None = None, limit: int = 100) -> Sequence[DeadLetter]:
        """What is set aside, oldest position first."""
        statement = SELECT.order_by(dead_letter.c.position, dead_letter.c.consumer).limit(limit)
        return await self._letters(statement, consumer)

    async def _letters(self, statement: Any, consumer: str | None = None) -> Sequence[DeadLetter]:
        if consumer is not None:
            statement = statement.where(dead_letter.c.consumer == consumer)
        async with self._access.read_once() as connection:
            return [letter_of(row) for row in await connection.execute(statement)]

    async def show(self, consumer: str, position: int) -> DeadLetter | None:
        """One event set aside."""
        where = (dead_letter.c.consumer == consumer) & (dead_letter.c.position == position)
        async with self._access.read_once() as connection:
            row = (await connection.execute(SELECT.where(where))).one_or_none()
        return None if row is None else letter_of(row)

    async def keys(self, consumer: str) -> frozenset[str]:
        """The partition keys that have a dead letter: later events of these are to be parked."""
        statement = select(dead_letter.c.partitionkey).where(dead_letter.c.consumer == consumer).distinct()
        async with self._access.read_once() as connection:
            return frozenset((await connection.execute(statement)).scalars())

    async def of_key(self, consumer: str, partitionkey: str, limit: int | None = None) -> Sequence[DeadLetter]:
        """What is set aside of one key, oldest position first; the first `limit`, or all."""
        mine = (dead_letter.c.consumer == consumer) & (dead_letter.c.partitionkey == kept_key(partitionkey))
        statement = SELECT.where(mine).order_by(dead_letter.c.position).limit(limit)
        async with self._access.read_once() as connection:
            letters = [letter_of(row) for row in await connection.execute(statement)]
        return [one for one in letters if one.recorded.position > 0]  # what has no place any more cannot be replayed

    async def ask_all(self, keys: Sequence[tuple[str, str]], *, by: str) -> int:
        """Asks for the events of many keys, each named with its consumer; of how many somebody had not asked yet."""
        asked = 0
        for some in _pieces(keys):

            def job(tx: Transaction, some: Sequence[tuple[str, str]] = some) -> int:
                return sum(_ask_once(tx, consumer, key, by) for consumer, key in some)

            asked += await self._access.write(job)
        return asked

    async def drop_all(self, letters: Sequence[tuple[str, int]], *, by: str, reason: str) -> int:
        """Takes many letters out, each named by consumer and position, as `drop` does; how many were there."""
        gone = 0
        for some in _pieces(letters):

            def job(tx: Transaction, some: Sequence[tuple[str, int]] = some) -> int:
                return sum(_drop(tx, consumer, position, by, reason) for consumer, position in some)

            gone += await self._access.write(job)
        return gone

    async def ask(self, consumer: str, partitionkey: str, *, by: str) -> None:
        """Asks the owner of the consumer's cursor to handle a key's events again; the audit trail says who asked."""

        def job(tx: Transaction) -> None:
            _ask(tx, consumer, partitionkey, by)
            tx.audit(by, "dead.replay", consumer, {"key": partitionkey})

        await self._access.write(job)

    async def drop(self, consumer: str, position: int, *, by: str, reason: str) -> bool:
        """Takes a letter out for good, which the audit trail tells with its hash; False when it is not there, or is
        only parked. What is parked behind an event is then handled, as if that had been."""

        return await self._access.write(lambda tx: _drop(tx, consumer, position, by, reason))

    async def asked(self, consumer: str, limit: int = 1_000) -> Sequence[Asked]:
        """Whose events are to be handled again: those somebody asked for first, then those the consumer tries again."""
        c = dead_replay.c
        mine = select(c.partitionkey, c.by).where(c.consumer == consumer)
        statement = mine.order_by(case((c.by == consumer, 1), else_=0), c.at).limit(limit)
        async with self._access.read_once() as connection:
            return [Asked(*row) for row in await connection.execute(statement)]


def _pieces(some: Sequence[T]) -> Iterator[Sequence[T]]:
    return (some[first : first + KEYS] for first in range(0, len(some), KEYS))


def _ask(tx: Transaction, consumer: str, partitionkey: str, by: str, tries: int = 0) -> None:
    """Who asks last is told, and has tries of their own: how often it has begun stays only for who asks again."""
    put = insert_for(tx.connection, dead_replay)
    row = put.values(consumer=consumer, partitionkey=kept_key(partitionkey), by=by, at=tx.now, tries=tries)
    counted = case((dead_replay.c.by == by, dead_replay.c.tries), else_=tries)
    tx.execute(
        row.on_conflict_do_update(index_elements=["consumer", "partitionkey"], set_={"by": by, "tries": counted})
    )


def _ask_once(tx: Transaction, consumer: str, partitionkey: str, by: str) -> bool:
    """Asks unless somebody has, and is not answered yet; the consumer itself may go on trying."""
    c = dead_replay.c
    mine = (c.consumer == consumer) & (c.partitionkey == partitionkey) & (c.by != consumer)
    if tx.execute(select(c.by).where(mine)).first() is not None:
        return False
    _ask(tx, consumer, partitionkey, by)
    tx.audit(by, "dead.replay", consumer, {"key": partitionkey})
    return True


def _drop(tx: Transaction, consumer: str, position: int, by: str, reason: str) -> bool:
    c = dead_letter.c
    mine = (c.consumer == consumer) & (c.position == position)
    known = select_text(tx.connection, c.kind, c.partitionkey, c.event_id, c.payload_hash)
    found = tx.execute(known.where(mine, c.kind.is_distinct_from("parked"))).one_or_none()
    if found is None:
        return False
    kind, key, event, sha256 = map(text_of, found)
    tx.execute(delete(dead_letter).where(mine))
    if kind == "buried":
        answer(tx, consumer, key)  # tries that were its own are not counted against the others
        _ask(tx, consumer, key, by)
    what = {"position": position, "event": event, "sha256": sha256, "reason": reason}
    tx.audit(by, "dead.drop", consumer, what)
    return True


def try_alone(tx: Transaction, consumer: str, partitionkey: str, before: int) -> None:
    """Has a key's events handled again by themselves, as if that had begun `before` times already."""
    _ask(tx, consumer, partitionkey, by=consumer, tries=before)


def begin_replay(tx: Transaction, consumer: str, partitionkey: str) -> int:
    """Notes that the replay of a key begins; how often it has begun without coming to an end."""
    mine = (dead_replay.c.consumer == consumer) & (dead_replay.c.partitionkey == kept_key(partitionkey))
    tx.execute(update(dead_replay).where(mine).values(tries=dead_replay.c.tries + 1))
    return int(tx.execute(select(dead_replay.c.tries).where(mine)).scalar() or 0)


def take_back_replay(tx: Transaction, consumer: str, partitionkey: str) -> None:
    """The replay of a key that was begun last counts no more."""
    mine = (dead_replay.c.consumer == consumer) & (dead_replay.c.partitionkey == kept_key(partitionkey))
    tx.execute(update(dead_replay).where(mine, dead_replay.c.tries > 0).values(tries=dead_replay.c.tries - 1))


def count_anew(tx: Transaction, consumer: str, partitionkey: str) -> None:
    """The replay of a key has got on: it counts as begun once."""
    mine = (dead_replay.c.consumer == consumer) & (dead_replay.c.partitionkey == kept_key(partitionkey))
    tx.execute(update(dead_replay).where(mine).values(tries=1))


def answer(tx: Transaction, consumer: str, partitionkey: str) -> None:
    """Nobody waits for the replay of this key any more."""
    mine = (dead_replay.c.consumer == consumer) & (dead_replay.c.partitionkey == kept_key(partitionkey))
    tx.execute(delete(dead_replay).where(mine))


def bury(tx: Transaction, consumer: str, recorded: Recorded, reason: str, trace: str) -> None:
    """Sets an event aside because it cannot be handled."""
    _put(tx, consumer, "buried", recorded, reason, trace)


def rebury(tx: Transaction, consumer: str, position: int, reason: str, trace: str) -> bool:
    """Notes that an event set aside failed again, and why; False when it is there no more."""
    where = (dead_letter.c.consumer == consumer) & (dead_letter.c.position == position)
    values = {"kind": "buried", "reason": _told(reason, REASON_CHARS), "trace": _told(trace, TRACE_CHARS)}
    return tx.execute(update(dead_letter).where(where).values(values)).rowcount == 1


def bury_readings(tx: Transaction, consumer: str, recorded: Recorded, reason: str, trace: str) -> None:
    """Sets readings of one batch aside; a batch has one letter, which holds all its readings that were set aside."""
    mine = (dead_letter.c.consumer == consumer) & (dead_letter.c.position == recorded.position)
    before = tx.execute(select(dead_letter.c.body).where(mine)).scalar_one_or_none()
    if before is not None:
        envelope = decode(bytes(before))
        readings = [*envelope.data["readings"], *recorded.envelope.data["readings"]]
        recorded = Recorded(recorded.position, msgspec.structs.replace(envelope, data={"readings": readings}))
        tx.execute(delete(dead_letter).where(mine))
    _put(tx, consumer, "reading", recorded, reason, trace)


def park(tx: Transaction, consumer: str, recorded: Recorded) -> None:
    """Sets an event aside because an earlier one of its key waits."""
    _put(tx, consumer, "parked", recorded, "an earlier event of this key is a dead letter", "")


def release(tx: Transaction, consumer: str, position: int) -> bool:
    """Takes an event out; False when it was not there."""
    where = (dead_letter.c.consumer == consumer) & (dead_letter.c.position == position)
    return tx.execute(delete(dead_letter).where(where)).rowcount == 1


def _put(tx: Transaction, consumer: str, kind: Kind, recorded: Recorded, reason: str, trace: str) -> None:
    body = encode(recorded.envelope)
    put = insert_for(tx.connection, dead_letter).values(
        consumer=consumer,
        position=recorded.position,
        kind=kind,
        event_id=recorded.envelope.id,
        partitionkey=kept_key(recorded.envelope.partitionkey),
        reason=_told(reason, REASON_CHARS),
        trace=_told(trace, TRACE_CHARS),
        payload_hash=hashlib.sha256(body).hexdigest(),
        body=body,
        at=tx.now,
    )
    changed = {name: put.excluded[name] for name in ("kind", "reason", "trace", "at")}
    tx.execute(put.on_conflict_do_update(index_elements=["consumer", "position"], set_=changed))


def _told(text: str, most: int) -> str:
    """What a fault said, as it may be kept and copied: an error may name whoever the event is about, without end.

    Of a long one the beginning and the end stay: a trace names its cause last."""
    text = text if len(text) <= most else f"{text[: most // 2]}\n[…]\n{text[-most // 2 :]}"
    return masked(storable(text))
