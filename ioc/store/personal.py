"""People's data: the one encrypted table. Events carry a reference; erasing destroys the key, history stays whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import delete, insert, select, update

from ioc.contract.deciding import Sealed
from ioc.contract.rights import Principal
from ioc.core.dataclass import DataClass
from ioc.core.errors import Problem, bad_field, not_found
from ioc.core.text import Text
from ioc.store.holds import is_held, refuse_held
from ioc.store.tables import personal, personal_value
from ioc.store.upsert import insert_into
from ioc.store.vault import Vault

if TYPE_CHECKING:
    from ioc.store.access import Access
    from ioc.store.transaction import Transaction

Kind = Literal["text", "blob"]
_ASKED_AT_ONCE = 1_000  # a statement of PostgreSQL takes 65,535 values, one of SQLite half as many


@dataclass(frozen=True, slots=True)
class _Locked:
    """What lies under a reference, still encrypted."""

    wrapped_key: bytes
    values: dict[str, bytes]


class PersonalData:
    """Opens and erases personal values. Every look is audited in the commit that fetched them."""

    def __init__(self, access: Access, vault: Vault) -> None:
        self._access = access
        self._vault = vault

    async def reveal(self, ref: str, *, by: Principal, reason: str) -> dict[str, str]:
        """The texts of a reference in clear.

        Raises Problem 404 when unknown or erased, 403 without the class `personal`, 422 without a reason.
        """
        await self._permit(ref, by, reason)
        locked = await self._access.write(lambda tx: _look(tx, ref, "text", None, by, reason))
        return {name: self._open(ref, locked, name).decode() for name in locked.values}

    def pseudonym(self, purpose: str, value: str) -> str:
        """32 hex digits, the same for the same value of one purpose, made with the city's master key."""
        return self._vault.pseudonym(purpose, value)

    async def blob(self, ref: str, name: str, *, by: Principal, reason: str) -> bytes:
        """One sealed blob in clear; audited and refused like `reveal`."""
        await self._permit(ref, by, reason)
        locked = await self._access.write(lambda tx: _look(tx, ref, "blob", name, by, reason))
        return self._open(ref, locked, name)

    async def erase(self, ref: str, *, by: Principal, reason: str) -> None:
        """Destroys the data key and the values, for ever; audited.

        Refused like `reveal`, and with Problem 409 `held` under a legal hold.
        """
        await self._permit(ref, by, reason)
        await self._access.write(lambda tx: _erase(tx, ref, by, reason))
        await self._access.forget_deleted()

    async def _permit(self, ref: str, by: Principal, reason: str) -> None:
        if not reason.strip():
            raise bad_field("reason", "Phải nêu lý do xem dữ liệu cá nhân", "A reason to see personal data is needed")
        if DataClass.PERSONAL not in by.classes:
            await self._access.write(lambda tx: tx.audit(by.id, "personal.refused", ref, {"reason": reason}))
            text = Text("Không có quyền xem dữ liệu cá nhân", "Not allowed to see personal data")
            raise Problem("forbidden", text, 403)

    def _open(self, ref: str, locked: _Locked, name: str) -> bytes:
        key = self._vault.unwrap(ref, locked.wrapped_key)
        return self._vault.open(key, ref, name, locked.values[name])


def seal(tx: Transaction, sealed: Sealed) -> None:
    """Encrypts values under their reference; later values of the same name replace earlier ones.

    What is erased does not come back: raises Problem 404 when the reference was, or with `unless_erased` does nothing.
    """
    key = _key(tx, sealed.ref)
    if key is None:
        if sealed.unless_erased:
            return
        raise not_found()
    values = [("text", name, text.encode()) for name, text in sealed.fields.items()]
    values += [("blob", name, blob) for name, blob in sealed.blobs.items()]
    rows = [
        {"ref": sealed.ref, "kind": kind, "name": name, "sealed": tx.vault.seal(key, sealed.ref, name, value)}
        for kind, name, value in values
    ]
    if rows:
        tx.execute(_put(tx.connection.dialect.name), rows)


@cache
def _put(dialect: str) -> Any:
    """Keeps values, in place of those of the same name; made once, because making it costs more than running it."""
    put = insert_into(dialect, personal_value)
    return put.on_conflict_do_update(index_elements=["ref", "kind", "name"], set_={"sealed": put.excluded.sealed})


def _key(tx: Transaction, ref: str) -> bytes | None:
    """The key of a reference, made for a new one; None when it was destroyed."""
    found = tx.execute(select(personal.c.wrapped_key).where(personal.c.ref == ref)).one_or_none()
    if found is not None:
        if found.wrapped_key is None:
            return None
        return tx.vault.unwrap(ref, bytes(found.wrapped_key))
    key, wrapped = tx.vault.new_key(ref)
    tx.execute(insert(personal).values(ref=ref, wrapped_key=wrapped, created=tx.now))
    return key


def _look(tx: Transaction, ref: str, kind: Kind, name: str | None, by: Principal, reason: str) -> _Locked:
    wrapped = tx.execute(select(personal.c.wrapped_key).where(personal.c.ref == ref)).scalar_one_or_none()
    statement = select(personal_value.c.name, personal_value.c.sealed).where(
        personal_value.c.ref == ref, personal_value.c.kind == kind
    )
    if name is not None:
        statement = statement.where(personal_value.c.name == name)
    values = {found: bytes(sealed) for found, sealed in tx.execute(statement)}
    if wrapped is None or (name is not None and not values):
        raise not_found()
    tx.audit(by.id, "personal.revealed", ref, {"kind": kind, "names": sorted(values), "reason": reason})
    return _Locked(bytes(wrapped), values)


def _erase(tx: Transaction, ref: str, by: Principal, reason: str) -> None:
    refuse_held(tx, ref)
    alive = (personal.c.ref == ref) & personal.c.wrapped_key.is_not(None)
    if tx.execute(update(personal).where(alive).values(wrapped_key=None, erased=tx.now)).rowcount != 1:
        raise not_found()
    tx.execute(delete(personal_value).where(personal_value.c.ref == ref))
    tx.audit(by.id, "personal.erased", ref, {"reason": reason})


def erase_old(tx: Transaction, before: datetime, limit: int) -> int:
    """Erases, oldest first, people whose first value came before a time and whom nothing holds; how many they were."""
    due = personal.c.wrapped_key.is_not(None) & (personal.c.created < before) & ~is_held(personal.c.ref)
    refs = list(tx.execute(select(personal.c.ref).where(due).order_by(personal.c.created).limit(limit)).scalars())
    _destroy(tx, refs, "retention", "past its time")
    return len(refs)


def erase_again(tx: Transaction, refs: Sequence[str], *, by: str) -> tuple[int, list[str]]:
    """Erases those of the references that an older copy brought back, and notes each: how many there were, and whom a
    legal hold keeps."""
    kept: set[str] = set()
    for first in range(0, len(refs), _ASKED_AT_ONCE):
        some = personal.c.ref.in_(refs[first : first + _ASKED_AT_ONCE]) & personal.c.wrapped_key.is_not(None)
        kept.update(tx.execute(select(personal.c.ref).where(some, is_held(personal.c.ref))).scalars())
    free = [ref for ref in refs if ref not in kept]
    return erase_all(tx, free, by=by, reason="erased before, came back with a backup"), sorted(kept)


def erase_all(tx: Transaction, refs: Sequence[str], *, by: str, reason: str) -> int:
    """Erases those of the references that are there, whoever holds them, and notes each; how many there were."""
    back: list[str] = []
    for first in range(0, len(refs), _ASKED_AT_ONCE):
        some = personal.c.ref.in_(refs[first : first + _ASKED_AT_ONCE])
        alive = some & personal.c.wrapped_key.is_not(None)
        back += tx.execute(select(personal.c.ref).where(alive)).scalars()
    _destroy(tx, back, by, reason)
    return len(back)


def _destroy(tx: Transaction, refs: Iterable[str], by: str, reason: str) -> None:
    for ref in refs:
        tx.execute(update(personal).where(personal.c.ref == ref).values(wrapped_key=None, erased=tx.now))
        tx.execute(delete(personal_value).where(personal_value.c.ref == ref))
        tx.audit(by, "personal.erased", ref, {"reason": reason})
