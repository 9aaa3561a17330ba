"""The audit trail: each line's hash covers the line before, so that no line can be changed or taken out unseen.

The hash is keyed with the city's master key: who can write the database cannot make a new chain. Lines cut off at the
very end are seen by comparing with the last number noted elsewhere (the nightly report).
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import Connection, bindparam, insert, select

from ioc.store.as_stored import select_stored, stored_row
from ioc.store.tables import audit
from ioc.store.vault import Vault

if TYPE_CHECKING:
    from ioc.store.access import Access
    from ioc.store.transaction import Transaction

_FIRST = b"\0" * 32
_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """The last line so far."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class AuditLine:
    """Who did what to what, when."""

    seq: int
    at: datetime
    who: str
    action: str
    object: str
    detail: dict[str, Any]


class AuditTrail:
    """Reads and verifies the trail."""

    def __init__(self, access: Access, vault: Vault) -> None:
        self._access = access
        self._vault = vault

    async def list(
        self, *, object: str | None = None, before_seq: int | None = None, limit: int = 100
    ) -> list[AuditLine]:
        """Lines, newest first; of one object where it is named."""
        statement = select(audit).order_by(audit.c.seq.desc()).limit(limit)
        if object is not None:
            statement = statement.where(audit.c.object == object)
        if before_seq is not None:
            statement = statement.where(audit.c.seq < before_seq)
        async with self._access.read() as connection:
            rows = (await connection.execute(statement)).all()
        return [_line(row) for row in rows]

    async def of_actions(self, actions: Collection[str], after: int = 0) -> Sequence[AuditLine]:
        """The next lines of these actions after a line, oldest first; no more are left when there are none."""
        statement = select(audit).where(audit.c.action.in_(sorted(actions)), audit.c.seq > after)
        async with self._access.read() as connection:
            rows = (await connection.execute(statement.order_by(audit.c.seq).limit(_PAGE))).all()
        return [_line(row) for row in rows]

    async def verify(self) -> int | None:
        """None when the chain is whole, else the number of the first line that is wrong or missing."""
        end = ChainEnd(0, _FIRST)
        while rows := await self._page(end.seq):
            end, wrong = _follow(self._vault, end, rows)
            if wrong:
                return wrong
        return None

    async def _page(self, after: int) -> Sequence[Any]:
        async with self._access.read() as connection:
            return list(await connection.execute(_LINES, {"after": after}))


_LINES = select_stored(audit).where(audit.c.seq > bindparam("after")).order_by(audit.c.seq).limit(_PAGE)


def _line(row: Any) -> AuditLine:
    return AuditLine(row.seq, row.at, row.who, row.action, row.object, msgspec.json.decode(row.detail))


def first_wrong(connection: Connection, vault: Vault) -> int | None:
    """As `AuditTrail.verify`, on a connection of one's own."""
    end = ChainEnd(0, _FIRST)
    while rows := connection.execute(_LINES, {"after": end.seq}).all():
        end, wrong = _follow(vault, end, rows)
        if wrong:
            return wrong
    return None


def _follow(vault: Vault, end: ChainEnd, rows: Iterable[Iterable[Any]]) -> tuple[ChainEnd, int | None]:
    """The end of the chain after these lines, and the number of the first that does not fit."""
    for raw in rows:
        row = stored_row(audit, list(audit.c), raw)
        seq, at, who, action, object, detail, made = row.values.values()
        if row.wrong or seq != end.seq + 1:
            return end, end.seq + 1
        if not hmac.compare_digest(_hash(vault, end, seq, at, who, action, object, detail), made):
            return end, end.seq + 1
        end = ChainEnd(seq, made)
    return end, None


def add(tx: Transaction, who: str, action: str, object: str, detail: dict[str, Any]) -> int:
    """Adds a line in this commit."""
    end = tx.numbers.audit or _end(tx)
    seq, body = end.seq + 1, msgspec.json.encode(detail)
    made = _hash(tx.vault, end, seq, tx.now, who, action, object, body)
    row = {"seq": seq, "at": tx.now, "who": who, "action": action, "object": object, "detail": body, "hash": made}
    tx.execute(insert(audit).values(row))
    tx.numbers.audit = ChainEnd(seq, made)
    return seq


def _end(tx: Transaction) -> ChainEnd:
    last = tx.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).one_or_none()
    return ChainEnd(last.seq, bytes(last.hash)) if last else ChainEnd(0, _FIRST)


def _hash(
    vault: Vault, before: ChainEnd, seq: int, at: datetime, who: str, action: str, object: str, detail: bytes
) -> bytes:
    line = msgspec.json.encode([seq, at.isoformat(), who, action, object])
    return vault.chain_hash(before.hash, line, detail)
