"""One table makes every door idempotent: what was accepted once is answered the same way for 48 hours at least.

Only the sweep forgets, never the door: a clock that is ahead for a moment would have it do the same twice.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import insert, select

from ioc.contract.door import Reply
from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.store.tables import accepted

if TYPE_CHECKING:
    from ioc.store.transaction import Transaction

KEPT = timedelta(hours=48)


def accept(tx: Transaction, door: str, key: str, fingerprint: bytes, reply: Reply) -> Reply | None:
    """None the first time (the reply is kept), the stored reply on a repeat; Problem 409 on another fingerprint."""
    same = (accepted.c.door == door) & (accepted.c.key == key)
    found = tx.execute(select(accepted).where(same)).one_or_none()
    if found is not None:
        return _again(bytes(found.fingerprint), fingerprint, Reply(found.status, msgspec.json.decode(found.body)))
    row = {"door": door, "key": key, "fingerprint": fingerprint, "at": tx.now}
    row |= {"status": reply.status, "body": msgspec.json.encode(reply.body)}
    tx.execute(insert(accepted).values(row))
    return None


def _again(before: bytes, now: bytes, reply: Reply) -> Reply:
    if before != now:
        text = Text("Khóa chống gửi lặp đã dùng cho nội dung khác", "The idempotency key was used for another request")
        raise Problem("key-reused", text, 409)
    return reply
