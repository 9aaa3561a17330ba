"""Locks against guessing: of one address for one account, and, much later, of the account for addresses unknown to it.

Whoever tries wrong passwords locks out their own address, not the account's owner; an address from which the owner
signed in lately is never shut out by what others do. Addresses are kept as keyed hashes only.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from ioc.auth.roles import to_ms
from ioc.auth.settings import AuthSettings
from ioc.auth.tables import account, sign_in_address
from ioc.store import Transaction


class Try(msgspec.Struct, frozen=True):
    """A try at an account from an address. One that is not `open` is refused whatever the password."""

    account: str
    address: bytes
    open: bool
    locks_account: bool = False


class Locks:
    """Counts tries inside a transaction, before the password is looked at, so tries side by side count too."""

    def __init__(self, settings: AuthSettings) -> None:
        self._settings = settings

    def hash_of(self, address: str) -> bytes:
        """What is kept of an address; without the installation's secret nobody can find it again."""
        return hmac.new(self._settings.secret, b"sign-in address\0" + address.encode(), hashlib.sha256).digest()

    def take(self, tx: Transaction, found: Mapping[str, Any], address: bytes, now: datetime) -> Try:
        """Counts a try at the account whose row is `found`, unless it is shut; says whether it may be looked at."""
        known = self._known(tx, found["id"], address, now)
        at = to_ms(now)
        shut_here = known["locked_until_ms"] > at
        shut_to_strangers = found["locked_until_ms"] > at and not self._trusted(known, now)
        if found["disabled_ms"] is not None or shut_here or shut_to_strangers:
            return Try(found["id"], address, open=False)
        self._count_address(tx, known, now)
        return Try(found["id"], address, open=True, locks_account=self._count_account(tx, found, now))

    def right(self, tx: Transaction, tried: Try, now: datetime) -> None:
        """The password was right: the address is clear and known for a month, and the try was none at guessing."""
        clear = {"tries": 0, "locked_until_ms": 0, "good_ms": to_ms(now)}
        tx.execute(sa.update(sign_in_address).where(*_row(tried.account, tried.address)).values(clear))
        fewer: dict[str, Any] = {"tries": sa.case((account.c.tries > 0, account.c.tries - 1), else_=0)}
        if tried.locks_account:
            fewer["locked_until_ms"] = 0
        tx.execute(sa.update(account).where(account.c.id == tried.account).values(fewer))

    def _known(self, tx: Transaction, id: str, address: bytes, now: datetime) -> dict[str, Any]:
        fresh = {"account_id": id, "address": address, "tries": 0, "locked_until_ms": 0, "seen_ms": 0, "good_ms": 0}
        found = tx.execute(sa.select(sign_in_address).where(*_row(id, address))).mappings().first()
        if found is None:
            return fresh
        # a lock that has run out starts afresh, and so does an address not heard of for long
        stale = 0 < found["locked_until_ms"] <= to_ms(now) or found["seen_ms"] <= to_ms(now - self._settings.tries_kept)
        return dict(found, tries=0, locked_until_ms=0) if stale else dict(found)

    def _trusted(self, known: Mapping[str, Any], now: datetime) -> bool:
        return bool(known["good_ms"] > to_ms(now - self._settings.trusted))

    def _count_address(self, tx: Transaction, known: dict[str, Any], now: datetime) -> None:
        tries = known["tries"] + 1
        until = _after(now, self._settings.lock) if tries >= self._settings.tries else 0
        row = known | {"tries": tries, "locked_until_ms": until, "seen_ms": to_ms(now)}
        columns = sign_in_address.c
        old = columns.seen_ms <= to_ms(now - self._settings.tries_kept)
        untrusted = columns.good_ms <= to_ms(now - self._settings.trusted)
        tx.execute(sa.delete(sign_in_address).where(columns.account_id == row["account_id"], old, untrusted))
        tx.execute(sa.delete(sign_in_address).where(*_row(row["account_id"], row["address"])))
        tx.execute(sa.insert(sign_in_address).values(row))

    def _count_account(self, tx: Transaction, found: Mapping[str, Any], now: datetime) -> bool:
        at = to_ms(now)
        begun = found["tries_since_ms"]
        if begun <= to_ms(now - self._settings.account_window):
            begun, before = at, 0
        else:
            before = found["tries"]
        values: dict[str, Any] = {"tries": before + 1, "tries_since_ms": begun}
        shuts = before + 1 >= self._settings.account_tries and found["locked_until_ms"] <= at
        if shuts:
            values["locked_until_ms"] = _after(now, self._settings.account_window)
        tx.execute(sa.update(account).where(account.c.id == found["id"]).values(values))
        return bool(shuts)


def unlock(tx: Transaction, id: str) -> None:
    """Takes every lock and count from an account; addresses known to it stay known."""
    clear = {"tries": 0, "locked_until_ms": 0}
    tx.execute(sa.update(account).where(account.c.id == id).values(clear))
    tx.execute(sa.update(sign_in_address).where(sign_in_address.c.account_id == id).values(clear))


def _row(id: str, address: bytes) -> tuple[sa.ColumnElement[bool], ...]:
    return sign_in_address.c.account_id == id, sign_in_address.c.address == address


def _after(now: datetime, span: timedelta) -> int:
    return to_ms(now + span)
