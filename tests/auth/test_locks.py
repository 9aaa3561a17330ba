"""Whoever guesses passwords locks out themselves, not the owner of the account."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from ioc.auth import Auth
from ioc.auth.passwords import Passwords
from ioc.auth.tables import account, sign_in_address
from ioc.core.clock import SetClock
from ioc.core.errors import Problem
from ioc.store import Store
from tests.auth.conftest import PASSWORD

NAME, WRONG = "nguyễn.an", "sai rồi sai rồi"
HOME, STRANGER, NEW_PLACE = "10.0.0.7", "203.0.113.9", "198.51.100.4"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Passwords compared without the slow hash; what each comparison was made with."""
    compared: list[str | None] = []

    async def keep(_: Passwords, password: str) -> str:
        return f"kept {password}"

    async def fits(_: Passwords, kept: str | None, password: str) -> bool:
        compared.append(kept)
        return kept == f"kept {password}"

    monkeypatch.setattr(Passwords, "keep", keep)
    monkeypatch.setattr(Passwords, "fits", fits)
    return compared


@pytest.fixture
async def person(auth: Auth) -> str:
    made = await auth.people.create(username=NAME, password=PASSWORD, name="An", role="operator", by="test")
    return made.id


async def enters(auth: Auth, address: str, password: str = PASSWORD) -> bool:
    try:
        await auth.sign_in(NAME, password, {}, address=address)
    except Problem as problem:
        assert problem.status == 401
        return False
    return True


async def guesses(auth: Auth, address: str, times: int) -> None:
    for _ in range(times):
        assert not await enters(auth, address, WRONG)


async def flood(auth: Auth) -> None:
    """Fifty wrong tries, five from each of ten addresses."""
    for i in range(10):
        await guesses(auth, f"192.0.2.{i}", 5)


@pytest.mark.usefixtures("person")
async def test_a_strangers_wrong_tries_lock_the_stranger_only(auth: Auth, clock: SetClock) -> None:
    await guesses(auth, STRANGER, 7)
    assert not await enters(auth, STRANGER)
    assert await enters(auth, HOME)
    assert not await enters(auth, STRANGER), "the owner's sign-in frees nobody else"
    clock.move(timedelta(minutes=15))
    assert await enters(auth, STRANGER)


@pytest.mark.usefixtures("person")
async def test_guesses_from_everywhere_lock_the_account_for_places_it_does_not_know(
    auth: Auth, clock: SetClock
) -> None:
    assert await enters(auth, HOME)
    clock.move(timedelta(days=29))
    await flood(auth)
    assert not await enters(auth, NEW_PLACE)
    assert await enters(auth, HOME), "an address that signed in within 30 days is never shut out by others"
    assert not await enters(auth, NEW_PLACE)
    clock.move(timedelta(hours=1))
    assert await enters(auth, NEW_PLACE)


@pytest.mark.usefixtures("person")
async def test_a_place_is_known_for_thirty_days(auth: Auth, clock: SetClock) -> None:
    assert await enters(auth, HOME)
    clock.move(timedelta(days=30))
    await flood(auth)
    assert not await enters(auth, HOME)


@pytest.mark.usefixtures("person")
async def test_a_known_place_guesses_no_more_than_any_other(auth: Auth) -> None:
    assert await enters(auth, HOME)
    await flood(auth)
    await guesses(auth, HOME, 5)
    assert not await enters(auth, HOME)


@pytest.mark.usefixtures("person")
async def test_slow_guesses_and_right_passwords_lock_no_account(auth: Auth, clock: SetClock) -> None:
    for i in range(3):
        for j in range(4):
            await guesses(auth, f"192.0.{i}.{j}", 4)
        clock.move(timedelta(hours=1))
    for _ in range(60):
        assert await enters(auth, HOME)
    assert await enters(auth, NEW_PLACE)


async def test_an_administrator_takes_every_lock_away(auth: Auth, person: str) -> None:
    await flood(auth)
    await guesses(auth, HOME, 5)
    await auth.people.enable(person, by="admin")
    assert await enters(auth, HOME)
    assert await enters(auth, "192.0.2.3")


@pytest.mark.usefixtures("person")
async def test_no_address_is_stored_and_what_is_stored_stays_small(
    auth: Auth, auth_store: Store, clock: SetClock
) -> None:
    await flood(auth)
    await guesses(auth, NEW_PLACE, 3)  # refused by the account's lock: nothing is kept of it
    async with auth_store.read() as read:
        kept = [bytes(one) for one in (await read.execute(sa.select(sign_in_address.c.address))).scalars()]
    assert len(kept) == 10
    assert {len(one) for one in kept} == {32}
    clock.move(timedelta(days=1, hours=1))
    assert await enters(auth, HOME)
    async with auth_store.read() as read:
        left = (await read.execute(sa.select(sa.func.count()).select_from(sign_in_address))).scalar_one()
        tries = (await read.execute(sa.select(account.c.tries))).scalar_one()
    assert (left, tries) == (1, 0)


@pytest.mark.usefixtures("person")
async def test_a_password_is_compared_whatever_the_lock(auth: Auth, quick: list[str | None]) -> None:
    """The answer takes as long for a lock, an unknown name and a wrong password."""
    await guesses(auth, STRANGER, 8)
    await flood(auth)
    assert not await enters(auth, NEW_PLACE)
    with pytest.raises(Problem):
        await auth.sign_in("không ai cả", PASSWORD, {}, address=HOME)
    assert quick == [f"kept {PASSWORD}"] * 59 + [None]
