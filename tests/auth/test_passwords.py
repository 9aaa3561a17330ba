"""What a password costs: never the loop's time, never more than two at once, and the cost of today."""

from __future__ import annotations

import asyncio
import threading
import unicodedata
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from ioc.auth import Auth, passwords
from ioc.auth.tables import account
from ioc.core.errors import Problem
from ioc.store import Store
from tests.auth.conftest import PASSWORD
from tests.auth.test_people import a_person, refused, signed_in


class Watched:
    """A hasher that notes in which threads it works, and how many at once."""

    def __init__(self, real: PasswordHasher) -> None:
        self._real, self._lock = real, threading.Lock()
        self.threads: set[str] = set()
        self.now, self.most = 0, 0

    def _noted(self, work: Any, *given: Any) -> Any:
        with self._lock:
            self.threads.add(threading.current_thread().name)
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            return work(*given)
        finally:
            with self._lock:
                self.now -= 1

    def hash(self, password: str) -> Any:
        return self._noted(self._real.hash, password)

    def verify(self, kept: str, password: str) -> Any:
        return self._noted(self._real.verify, kept, password)

    def check_needs_rehash(self, kept: str) -> bool:
        return self._real.check_needs_rehash(kept)


async def test_no_password_is_worked_on_by_the_loop_and_two_at_most_at_once(
    auth: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched(passwords._hasher)
    monkeypatch.setattr(passwords, "_hasher", watched)
    passwords._nobody.cache_clear()
    await refused(auth, "không.có", PASSWORD)  # the very first question is of a name nobody has
    await a_person(auth)

    async def wrong(number: int) -> None:
        with pytest.raises(Problem):
            await auth.sign_in("nguyễn.an", "một mật khẩu sai rồi", {}, address=f"10.0.1.{number}")

    await asyncio.gather(*(wrong(number) for number in range(6)), signed_in(auth))
    assert watched.threads and all(name.startswith("password") for name in watched.threads)
    assert 1 <= watched.most <= passwords.AT_ONCE


async def test_a_password_kept_at_another_cost_is_kept_anew_when_its_owner_signs_in(
    auth: Auth, auth_store: Store
) -> None:
    await a_person(auth)
    old = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(PASSWORD)  # the tests' own is less
    await auth_store.write(lambda tx: tx.execute(sa.update(account).values(password=old)))
    await refused(auth, "nguyễn.an", "một mật khẩu sai rồi")
    assert await kept(auth_store) == old, "a wrong password changes nothing"
    await signed_in(auth)
    fresh = await kept(auth_store)
    assert fresh != old and not passwords.Passwords().outdated(fresh)
    await signed_in(auth)
    assert await kept(auth_store) == fresh


async def kept(store: Store) -> str:
    async with store.read() as read:
        return str((await read.execute(sa.select(account.c.password))).scalar_one())


async def test_a_password_is_kept_at_the_cost_the_recommendation_names() -> None:
    made = await passwords.Passwords().keep(PASSWORD)
    assert made.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in made


async def test_the_kept_password_fits_however_its_marks_are_typed_and_no_other_does(quick_passwords: None) -> None:
    kept_ones = passwords.Passwords()
    made = await kept_ones.keep(PASSWORD)
    assert await kept_ones.fits(made, unicodedata.normalize("NFD", PASSWORD))
    assert not await kept_ones.fits(made, PASSWORD + "2")
    assert not await kept_ones.fits(None, "no account has this password")
    assert not await kept_ones.fits("rubbish", PASSWORD)
