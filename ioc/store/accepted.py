"""One table makes every door idempotent: what was accepted once is answered the same way for 48 hours at least.

Only the sweep forgets, never the door: a clock that is ahead for a moment would have it do the same twice.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import select

from ioc.contract.deciding import Reply
from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.store.tables import accepted
from ioc.store.upsert import insert_into

if TYPE_CHECKING:
    from ioc.store.transaction import Transaction

KEPT = timedelta(hours=48)


def accept(tx: Transaction, door: str, key: str, fingerprint: bytes, reply: Reply) -> Reply | None:
    """None the first time (the reply is kept), the stored reply on a repeat; Problem 409 on another fingerprint."""
    row = {"door": door, "key": key, "fingerprint": fingerprint, "at": tx.now}
    row |= {"status": reply.status, "body": msgspec.json.encode(reply.body)}
    # Straight to the connection: the events that wait need not go first, and so go with those of the whole group.
    if tx.connection.execute(_keep_new(tx.connection.dialect.name), row).rowcount:
        return None
    return known(tx, door, key, fingerprint)


def known(tx: Transaction, door: str, key: str, fingerprint: bytes) -> Reply | None:
    """The reply that was kept for a key, None for a new one; Problem 409 on another fingerprint."""
    same = (accepted.c.door == door) & (accepted.c.key == key)
    found = tx.execute(select(accepted).where(same)).one_or_none()
    if found is None:
        return None
    return _again(bytes(found.fingerprint), fingerprint, Reply(found.status, msgspec.json.decode(found.body)))


@cache
def _keep_new(dialect: str) -> Any:
    """One step to the database where nearly every key is new: a group waits for each of them under the lock."""
    new = insert_into(dialect, accepted).on_conflict_do_nothing(index_elements=["door", "key"])
    return new.execution_options(preserve_rowcount=True)


def _again(before: bytes, now: bytes, reply: Reply) -> Reply:
    if before != now:
        text = Text("Khóa chống gửi lặp đã dùng cho nội dung khác", "The idempotency key was used for another request")
        raise Problem("key-reused", text, 409)
    return reply
