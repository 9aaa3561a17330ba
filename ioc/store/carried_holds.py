"""Legal holds of a store whose place a backup takes: they outlive it, as whoever was erased there stays erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import Connection, insert, inspect, select, update

from ioc.core.clock import iso
from ioc.store.tables import legal_hold, legal_hold_ref
from ioc.store.upsert import insert_for

if TYPE_CHECKING:
    from ioc.store.transaction import Transaction


class CarriedHold(msgspec.Struct, frozen=True):
    """A hold with the references it covers, as the store before had it; `released_at` is None while it is in force."""

    id: str
    scope: str
    object: str
    reason: str
    by: str
    at: datetime
    refs: list[str]
    released_by: str | None = None
    released_at: datetime | None = None
    released_because: str | None = None


class Carried(msgspec.Struct, frozen=True):
    """How many holds came into force with what was carried over, and how many ended."""

    held: int
    let_go: int


def holds_in(connection: Connection) -> list[CarriedHold]:
    """Every hold of a store, also those that ended; none in tables that are older than holds."""
    if not inspect(connection).has_table(legal_hold.name):
        return []
    refs: dict[str, list[str]] = {}
    for hold, ref in connection.execute(select(legal_hold_ref.c.hold, legal_hold_ref.c.ref)):
        refs.setdefault(hold, []).append(ref)
    rows = connection.execute(select(legal_hold).order_by(legal_hold.c.at, legal_hold.c.id)).mappings()
    return [CarriedHold(**row, refs=sorted(refs.get(row["id"], ()))) for row in rows]


def carry_over(tx: Transaction, holds: Sequence[CarriedHold], *, by: str) -> Carried:
    """Puts holds into a store that is older than they are, each with a line of the audit chain where it changes
    anything. Of a hold both know, what the other store said last is so; one that only this store knows stays."""
    known = {row.id: row for row in tx.execute(select(legal_hold))}
    held = let_go = 0
    for hold in holds:
        before = known.get(hold.id)
        was_in_force = before is not None and before.released_at is None
        _put(tx, hold, new=before is None)
        if before is None or was_in_force != (hold.released_at is None):
            tx.audit(by, "hold.carried", hold.id, _told(hold))
            held += hold.released_at is None
            let_go += was_in_force
    return Carried(held, let_go)


def _put(tx: Transaction, hold: CarriedHold, *, new: bool) -> None:
    row = {name: value for name, value in msgspec.structs.asdict(hold).items() if name != "refs"}
    if new:
        tx.execute(insert(legal_hold).values(row))
    else:
        tx.execute(update(legal_hold).where(legal_hold.c.id == hold.id).values(row))
    refs = [{"hold": hold.id, "ref": ref} for ref in hold.refs]
    if refs:
        put = insert_for(tx.connection, legal_hold_ref)
        tx.execute(put.on_conflict_do_nothing(index_elements=["hold", "ref"]), refs)


def _told(hold: CarriedHold) -> dict[str, object]:
    told: dict[str, object] = {"scope": hold.scope, "object": hold.object, "reason": hold.reason, "by": hold.by}
    told |= {"at": iso(hold.at), "refs": len(hold.refs)}
    if hold.released_at is not None:
        told |= {"released_by": hold.released_by, "released_at": iso(hold.released_at)}
    return told
