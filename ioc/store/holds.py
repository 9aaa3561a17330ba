"""Legal holds: what is kept beyond its time, for an inquiry or a court. Set and released by name, with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import ColumnElement, case, exists, func, insert, select, update

from ioc.core.errors import Problem, bad_field, not_found
from ioc.core.ids import new_id
from ioc.core.text import Text, nfc
from ioc.store.held_stories import STORY
from ioc.store.series_sweep import of_sources
from ioc.store.series_tables import series
from ioc.store.tables import evidence, legal_hold, legal_hold_ref, personal
from ioc.store.upsert import insert_for

if TYPE_CHECKING:
    from ioc.store.access import Access
    from ioc.store.transaction import Job, Transaction

Scope = Literal["incident", "person", "source", "evidence"]
Refs = Iterable[str] | Callable[["Transaction"], Iterable[str]]
EVIDENCE = "evidence:"  # what a reference of an event's pictures begins with


@dataclass(frozen=True, slots=True)
class Hold:
    """What is held. `object` is an incident's id, a person's reference, a source: `kind:key`, or a kind for all of
    its keys; or the event whose evidence it is. `refs` is how many people's references it covers so far, `evidence` of
    how many events the pictures."""

    id: str
    scope: Scope
    object: str
    reason: str
    by: str
    at: datetime
    refs: int
    evidence: int
    released_by: str | None
    released_at: datetime | None
    released_because: str | None


class Holds:
    """Sets, releases and reads holds; each change is in the audit chain, in the same commit."""

    def __init__(self, access: Access, readings: Access) -> None:
        self._access, self._readings = access, readings

    async def add(self, scope: Scope, object: str, *, refs: Refs = (), by: str, reason: str) -> str:
        """Holds something from now on and returns the hold's id. Raises Problem as `adding` and its job do."""
        hold = await self._access.write(await self.adding(scope, object, refs=refs, by=by, reason=reason))
        await self.told(scope)
        return hold

    async def adding(self, scope: Scope, object: str, *, refs: Refs = (), by: str, reason: str) -> Job[str]:
        """What sets a hold in a commit and gives its id; `told` ends it. `refs` are the references of an incident: of
        people, of evidence (`ioc.store.evidence.ref_of`) and of its story, or what finds them in the commit. It raises
        Problem 404 for what nobody knows, or what was erased.

        Raises:
            Problem: 422 without a reason or an object, 404 for a source without readings.
        """
        object, reason = nfc(object).strip(), nfc(reason).strip()
        for name, value in (("reason", reason), ("object", object)):
            if not value:
                raise bad_field(name, "Không được để trống", "It may not be empty")
        if scope == "source":
            await self._know_source(object)
        return lambda tx: _add(tx, scope, object, refs, by, reason)

    async def told(self, scope: Scope) -> None:
        """Waits until the hold counts everywhere: a commit of a sweep that had asked before it is over then."""
        if scope == "source":
            await self._readings.write(lambda tx: None)

    async def _know_source(self, object: str) -> None:
        async with self._readings.read() as connection:
            found = await connection.execute(select(series.c.id).where(of_sources([object])).limit(1))
            if found.first() is None:
                raise not_found()

    async def cover(self, refs: Mapping[str, Iterable[str]]) -> None:
        """Adds references, by hold, that came to an incident since."""
        rows = [{"hold": hold, "ref": ref} for hold, some in refs.items() for ref in some]
        if rows:
            await self._access.write(lambda tx: _cover(tx, rows))

    async def release(self, hold: str, *, by: str, reason: str) -> None:
        """Lets go; what is past its time goes with the next sweep. Raises Problem 404, and 422 without a reason."""
        await self._access.write(self.releasing(hold, by=by, reason=reason))

    def releasing(self, hold: str, *, by: str, reason: str) -> Job[None]:
        """What lets go in a commit; it raises Problem 404 when no such hold is in force. Raises Problem 422 without a
        reason."""
        if not reason.strip():
            raise bad_field("reason", "Phải nêu lý do", "A reason is needed")
        return lambda tx: _release(tx, nfc(hold).strip(), by, nfc(reason).strip())

    async def list(self, *, released: bool = False) -> list[Hold]:
        """The holds in force, oldest first; with `released` also those that were."""
        statement = select(legal_hold).order_by(legal_hold.c.at, legal_hold.c.id)
        if not released:
            statement = statement.where(legal_hold.c.released_at.is_(None))
        async with self._access.read() as connection:
            rows = (await connection.execute(statement)).all()
            pictures = func.sum(case((legal_hold_ref.c.ref.startswith(EVIDENCE), 1), else_=0))
            covered = select(legal_hold_ref.c.hold, func.count(), pictures).group_by(legal_hold_ref.c.hold)
            covered = covered.where(~legal_hold_ref.c.ref.startswith(STORY))
            refs = {
                hold: (count - of_events, of_events) for hold, count, of_events in await connection.execute(covered)
            }
        return [_view(row, *refs.get(row.id, (0, 0))) for row in rows]


def is_held(ref: Any) -> ColumnElement[bool]:
    """Whether a hold in force covers a reference (a column or a value)."""
    covers = (legal_hold_ref.c.ref == ref) & (legal_hold_ref.c.hold == legal_hold.c.id)
    return exists().where(covers, legal_hold.c.released_at.is_(None))


def refuse_held(tx: Transaction, ref: str) -> None:
    """Raises Problem 409 `held` when the reference must be kept."""
    held = select(legal_hold.c.id).join(legal_hold_ref, legal_hold_ref.c.hold == legal_hold.c.id)
    where = (legal_hold_ref.c.ref == ref) & legal_hold.c.released_at.is_(None)
    if (hold := tx.execute(held.where(where).limit(1)).scalar_one_or_none()) is not None:
        title = Text("Dữ liệu này đang bị giữ theo lệnh, không xoá được", "These data are under a legal hold")
        raise Problem("held", title, 409, Text(f"Lệnh giữ {hold}", f"Hold {hold}"))


def _add(tx: Transaction, scope: Scope, object: str, refs: Refs, by: str, reason: str) -> str:
    covered = _covered(tx, scope, object, refs)
    row = {"id": new_id(), "scope": scope, "object": object, "reason": reason, "by": by, "at": tx.now}
    tx.execute(insert(legal_hold).values(row))
    if covered:
        tx.execute(insert(legal_hold_ref), [{"hold": row["id"], "ref": ref} for ref in sorted(covered)])
    count = sum(not ref.startswith(STORY) for ref in covered)
    tx.audit(by, "hold.set", str(row["id"]), {"scope": scope, "object": object, "reason": reason, "refs": count})
    return str(row["id"])


def _covered(tx: Transaction, scope: Scope, object: str, refs: Refs) -> set[str]:
    alive = personal.c.wrapped_key.is_not(None)
    if scope == "person":
        if tx.execute(select(personal.c.ref).where(personal.c.ref == object, alive)).first() is None:
            raise not_found()
        return {object}
    if scope == "evidence":
        if tx.execute(select(evidence.c.event).where(evidence.c.event == object)).first() is None:
            raise not_found()
        return {f"{EVIDENCE}{object}"}
    return set(refs(tx) if callable(refs) else refs)


def _cover(tx: Transaction, rows: list[dict[str, str]]) -> None:
    put = insert_for(tx.connection, legal_hold_ref)
    tx.execute(put.on_conflict_do_nothing(index_elements=["hold", "ref"]), rows)


def _release(tx: Transaction, hold: str, by: str, reason: str) -> None:
    mine = (legal_hold.c.id == hold) & legal_hold.c.released_at.is_(None)
    values = {"released_by": by, "released_at": tx.now, "released_because": reason}
    if tx.execute(update(legal_hold).where(mine).values(values)).rowcount != 1:
        raise not_found()
    tx.audit(by, "hold.released", hold, {"reason": reason})


def _view(row: Any, refs: int, pictures: int) -> Hold:
    ended = (row.released_by, row.released_at, row.released_because)
    return Hold(row.id, row.scope, row.object, row.reason, row.by, row.at, refs, pictures, *ended)
