"""Accounts of people: made and disabled by an administrator; wrong passwords lock (see `ioc.auth.locks`)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import msgspec
import sqlalchemy as sa

from ioc.auth.locks import Locks, Try, unlock
from ioc.auth.memory import Remembered
from ioc.auth.passwords import Passwords, check_password
from ioc.auth.roles import CLASSES, PEOPLE, from_ms, join_modules, split_modules, to_ms
from ioc.auth.settings import AuthSettings
from ioc.auth.tables import account, session
from ioc.contract.rights import Principal, Role
from ioc.core.clock import Clock, iso
from ioc.core.errors import Problem, bad_field, not_found
from ioc.core.ids import new_id
from ioc.core.text import Text, nfc
from ioc.store import Job, Store, Transaction


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A person who may sign in, without the password."""

    id: str
    username: str
    name: str
    role: Role
    modules: tuple[str, ...]
    created: str
    disabled: str | None


def fold_username(text: str) -> str:
    """User names are compared in one form whatever the keyboard sends."""
    return nfc(text.strip()).casefold()


class People:
    """The accounts of one city."""

    def __init__(self, store: Store, settings: AuthSettings, clock: Clock, remembered: Remembered) -> None:
        self._store = store
        self._clock = clock
        self._remembered = remembered
        self._passwords = Passwords()
        self._locks = Locks(settings)

    async def create(
        self, *, username: str, password: str, name: str, role: Role, modules: Iterable[str] = (), by: str
    ) -> Account:
        """A new account. Raises Problem as `creating` and its job do."""
        job = await self.creating(username=username, password=password, name=name, role=role, modules=modules, by=by)
        return await self._store.write(job)

    async def creating(
        self, *, username: str, password: str, name: str, role: Role, modules: Iterable[str] = (), by: str
    ) -> Job[Account]:
        """What makes a new account in a commit; it raises Problem 409 when the user name is taken.

        Raises:
            Problem: 422 for an unfit name, role or password.
        """
        username = fold_username(username)
        if not 3 <= len(username) <= 100 or not username.isprintable():
            raise bad_field("username", "Tên đăng nhập cần 3 đến 100 ký tự", "The user name needs 3 to 100 characters")
        if role not in PEOPLE:
            raise bad_field("role", "Vai trò không hợp lệ", "A person is operator, supervisor or admin")
        check_password(password, username)
        row = {
            "id": new_id(),
            "username": username,
            "name": nfc(name.strip()),
            "role": role,
            "modules": join_modules(modules),
            "password": await self._passwords.keep(password),
            "tries": 0,
            "tries_since_ms": 0,
            "locked_until_ms": 0,
            "created_ms": to_ms(self._clock.now()),
            "disabled_ms": None,
        }
        return partial(_insert, row=row, by=by)

    async def list(self) -> list[Account]:
        """Every account, by user name."""
        async with self._store.read() as read:
            rows = (await read.execute(sa.select(account).order_by(account.c.username))).mappings().all()
        return [_account(row) for row in rows]

    async def disable(self, id: str, *, by: str) -> None:
        """Shuts an account and ends its sessions.

        Raises:
            Problem: 404 when there is no such account.
        """
        await self._change(id, {"disabled_ms": to_ms(self._clock.now())}, by, "account.disabled", end_sessions=True)

    async def enable(self, id: str, *, by: str) -> None:
        """Opens a disabled or locked account again.

        Raises:
            Problem: 404 when there is no such account.
        """
        await self._change(id, {"disabled_ms": None}, by, "account.enabled", unlocks=True)

    async def set_rights(
        self, id: str, *, role: Role | None = None, modules: Iterable[str] | None = None, by: str
    ) -> None:
        """Changes role or modules or both (None stays as it is); open sessions follow within seconds.

        Raises:
            Problem: 404 when there is no such account, 422 for a role that is no person's.
        """
        if role is not None and role not in PEOPLE:
            raise bad_field("role", "Vai trò không hợp lệ", "A person is operator, supervisor or admin")
        values: dict[str, Any] = {} if role is None else {"role": role}
        if modules is not None:
            values["modules"] = join_modules(modules)
        await self._change(id, values, by, "account.rights")

    async def set_password(self, id: str, password: str, *, by: str) -> None:
        """Gives a new password and ends every session of the account.

        Raises:
            Problem: 404 when there is no such account, 422 for an unfit password.
        """
        check_password(password, "\0")
        kept = await self._passwords.keep(password)
        await self._change(id, {"password": kept}, by, "account.password", end_sessions=True, unlocks=True)

    async def _change(
        self,
        id: str,
        values: dict[str, Any],
        by: str,
        action: str,
        *,
        end_sessions: bool = False,
        unlocks: bool = False,
    ) -> None:
        def job(tx: Transaction) -> int:
            changed = tx.execute(sa.update(account).where(account.c.id == id).values(values)).rowcount
            if changed:
                tx.audit(by, action, id, {k: v for k, v in values.items() if k in {"role", "modules"}})
            if unlocks:
                unlock(tx, id)
            if end_sessions:
                tx.execute(sa.delete(session).where(session.c.account_id == id))
            return int(changed)

        changed = await self._store.write(job)
        self._remembered.forget()
        if not changed:
            raise not_found()

    async def check(self, username: str, password: str, address: str) -> Principal:
        """Who signs in. The try is counted before the password is looked at, so tries side by side count too.

        Raises:
            Problem: 401, the same for a wrong name, a wrong password, a locked and a disabled account.
        """
        name, where = fold_username(username), self._locks.hash_of(address)
        row, tried = await self._store.write(lambda tx: self._take_try(tx, name, where))
        fits = await self._passwords.fits(row["password"] if row else None, password)
        if row is None or tried is None or not fits or not tried.open:
            await self._store.write(lambda tx: tx.audit(row["id"] if row else "unknown", "sign-in.refused", "", {}))
            raise _refused()
        now = self._clock.now()
        await self._store.write(lambda tx: self._locks.right(tx, tried, now))
        if self._passwords.outdated(row["password"]):
            await self._keep_anew(row, password)
        return principal_of(row)

    async def _keep_anew(self, row: dict[str, Any], password: str) -> None:
        """The same password at today's cost, unless it was changed meanwhile."""
        fresh = await self._passwords.keep(password)
        same = (account.c.id == row["id"], account.c.password == row["password"])
        await self._store.write(lambda tx: tx.execute(sa.update(account).where(*same).values(password=fresh)))

    def _take_try(self, tx: Transaction, username: str, address: bytes) -> tuple[dict[str, Any] | None, Try | None]:
        found = tx.execute(sa.select(account).where(account.c.username == username)).mappings().first()
        if found is None:
            return None, None
        row: dict[str, Any] = {str(name): value for name, value in found.items()}
        return row, self._locks.take(tx, row, address, self._clock.now())


def _insert(tx: Transaction, row: dict[str, Any], by: str) -> Account:
    if tx.execute(sa.select(account.c.id).where(account.c.username == row["username"])).first() is not None:
        raise Problem("name-taken", Text("Tên đăng nhập đã có", "The user name is taken"), status=409)
    tx.execute(sa.insert(account).values(row))
    tx.audit(by, "account.created", row["id"], {"role": row["role"], "modules": row["modules"]})
    return _account(row)


def principal_of(row: Any) -> Principal:
    """The principal of a row of `account`."""
    role: Role = row["role"]
    modules = split_modules(row["modules"])
    return Principal(
        id=row["id"], name=row["name"], sign=row["username"], role=role, modules=modules, classes=CLASSES[role]
    )


def _account(row: Any) -> Account:
    return Account(
        id=row["id"],
        username=row["username"],
        name=row["name"],
        role=row["role"],
        modules=tuple(sorted(split_modules(row["modules"]))),
        created=iso(from_ms(row["created_ms"])),
        disabled=iso(from_ms(row["disabled_ms"])) if row["disabled_ms"] is not None else None,
    )


def _refused() -> Problem:
    return Problem(
        "sign-in-refused",
        Text("Không đăng nhập được", "Sign-in refused"),
        status=401,
        detail=Text(
            "Sai tên đăng nhập hoặc mật khẩu, hoặc tài khoản đang bị khóa. Sau 5 lần sai từ nơi này, phải chờ 15 phút.",
            "Wrong user name or password, or the account is locked. After five wrong tries from here, wait 15 minutes.",
        ),
    )
