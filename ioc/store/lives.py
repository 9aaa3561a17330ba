"""Where people put a source in its life: commissioning, live or maintenance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import select

from ioc.contract.sources import Life
from ioc.store.tables import source_life
from ioc.store.upsert import insert_for

if TYPE_CHECKING:
    from ioc.store.access import Access
    from ioc.store.transaction import Transaction


class Lives:
    """Reads people's decisions on sources."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def all(self) -> dict[tuple[str, str], Life]:
        """Every decision, by owner and key of the source; one nobody decided on is not among them."""
        c = source_life.c
        async with self._access.read_once() as connection:
            rows = (await connection.execute(select(c.owner, c.key, c.life))).all()
        return {(owner, key): msgspec.convert(life, Life) for owner, key, life in rows}


def decide_life(tx: Transaction, owner: str, key: str, life: Life, *, by: str, reason: str) -> None:
    """Keeps a decision, with its line in the audit chain in the same commit."""
    row: dict[str, Any] = {"owner": owner, "key": key, "life": life, "by": by, "reason": reason, "at": tx.now}
    put = insert_for(tx.connection, source_life).values(row)
    changed = {name: put.excluded[name] for name in ("life", "by", "reason", "at")}
    tx.execute(put.on_conflict_do_update(index_elements=["owner", "key"], set_=changed))
    tx.audit(by, "source.life", f"{owner}:{key}", {"life": life, "reason": reason})
