"""One table makes every door idempotent: what was accepted once is answered the same way for 48 hours at least, also
where the clock was ahead for a while by less than anybody doubts.

Only the sweep forgets, never the door: a clock that is ahead for a moment would have it do the same twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import Connection, select, tuple_

from ioc.contract.deciding import Reply
from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.store.tables import accepted
from ioc.store.upsert import insert_into

if TYPE_CHECKING:
    from ioc.store.transaction import Transaction

KEPT = timedelta(hours=48)
SWEPT_AFTER = KEPT + timedelta(days=2)  # a clock that is ahead by less than two days is not doubted by who sweeps
_Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a door under a key of its sender (see `kept_key`), with the hash of what was sent."""

    door: str
    key: str
    fingerprint: bytes

    @property
    def name(self) -> _Name:
        """What is unique of it."""
        return self.door, self.key

    def answered(self, reply: Reply) -> Accepting:
        """The same with its answer."""
        return Accepting(self.door, self.key, self.fingerprint, reply)


@dataclass(frozen=True, slots=True)
class Accepting(Asked):
    """What is asked of a door, and what is answered when it is done."""

    reply: Reply


Earlier = Reply | Problem | None


def accept(tx: Transaction, wanted: Sequence[Accepting]) -> list[Earlier]:
    """For each in turn: None the first time its key is seen (and its reply is kept), the stored reply on a repeat, also
    of one before it in the list, and Problem 409 when the key came with another fingerprint.

    One step to the database for all of them, where every key is new: a group waits for it under the lock.
    """
    firsts: dict[_Name, Accepting] = {}
    for one in wanted:
        firsts.setdefault(one.name, one)
    if not firsts:
        return []
    # Straight to the connection: the events that wait need not go first, and so go with those of the whole group.
    kept = tx.connection.execute(_keep_new(tx.connection.dialect.name), [_row(one, tx) for one in firsts.values()])
    new = {(door, key) for door, key in kept}
    before = firsts | _known(tx.connection, firsts.keys() - new) if len(new) < len(firsts) else firsts
    return [
        None if one.name in new and firsts[one.name] is one else _again(one.fingerprint, before[one.name])
        for one in wanted
    ]


def known(connection: Connection, asked: Asked) -> Earlier:
    """The same as `accept` for a repeat; None for a new key, which stays new."""
    before = _known(connection, {asked.name}).get(asked.name)
    return None if before is None else _again(asked.fingerprint, before)


def kept_key(by: str, key: str) -> str:
    """What is kept of the idempotency key of somebody, by id: it is the client's own and may well hold a caller's
    number. The same key of two is two keys."""
    return hashlib.sha256(f"{by}:{key}".encode("utf-8", "surrogatepass")).hexdigest()


def _row(one: Accepting, tx: Transaction) -> dict[str, Any]:
    kept = {"door": one.door, "key": one.key, "fingerprint": one.fingerprint, "at": tx.now}
    return kept | {"status": one.reply.status, "body": msgspec.json.encode(one.reply.body)}


@cache
def _keep_new(dialect: str) -> Any:
    new = insert_into(dialect, accepted).on_conflict_do_nothing(index_elements=["door", "key"])
    return new.returning(accepted.c.door, accepted.c.key)


def _known(connection: Connection, names: set[_Name]) -> dict[_Name, Accepting]:
    c = accepted.c
    among = select(c.door, c.key, c.fingerprint, c.status, c.body).where(tuple_(c.door, c.key).in_(sorted(names)))
    rows = [
        Accepting(door, key, bytes(fingerprint), Reply(status, msgspec.json.decode(body)))
        for door, key, fingerprint, status, body in connection.execute(among)
    ]
    return {one.name: one for one in rows}


def _again(fingerprint: bytes, before: Accepting) -> Reply | Problem:
    if before.fingerprint == fingerprint:
        return before.reply
    text = Text("Khóa chống gửi lặp đã dùng cho nội dung khác", "The idempotency key was used for another request")
    return Problem("key-reused", text, 409)
