"""Passwords, locks, sessions and rights of people."""

from __future__ import annotations

import asyncio
import unicodedata
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from ioc.auth import Auth, AuthSettings, Opened
from ioc.auth.tables import account, session
from ioc.contract.rights import Role
from ioc.core.clock import SetClock
from ioc.core.errors import Problem
from ioc.store import Store, StoreSettings, migrate
from tests.auth.conftest import AUTH_HOME, CITY, PASSWORD, SECRET


async def a_person(auth: Auth, username: str = "nguyễn.an", role: Role = "operator") -> str:
    made = await auth.people.create(username=username, password=PASSWORD, name="Nguyễn An", role=role, by="test")
    return made.id


async def signed_in(auth: Auth, username: str = "nguyễn.an") -> tuple[Opened, dict[str, str]]:
    opened = await auth.sign_in(username, PASSWORD, {}, address="10.0.0.7")
    return opened, {"cookie": f"other=1; ioc-session-{CITY}={opened.value}"}


async def refused(auth: Auth, username: str, password: str, address: str = "10.0.0.7") -> Problem:
    with pytest.raises(Problem) as caught:
        await auth.sign_in(username, password, {}, address=address)
    assert caught.value.status == 401
    return caught.value


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_sign_in_works_on_both_databases(
    request: pytest.FixtureRequest, database: str, tmp_path: Path, clock: SetClock
) -> None:
    url = request.getfixturevalue("sqlite_url" if database == "sqlite" else "postgres_url")
    migrate.upgrade(url, [AUTH_HOME])
    store = await Store.open(StoreSettings(url, CITY, tmp_path / "state", bytes(range(32))))
    auth = Auth(store, AuthSettings(city=CITY, secret=SECRET, secure=False), clock)
    await a_person(auth)
    _, headers = await signed_in(auth)
    found = await auth.authenticate(headers)
    assert found is not None
    assert found.may("operator")
    key = await auth.devices.issue(kind="device", name="trạm", by="test")
    assert await auth.authenticate({}, key.token) is not None
    await store.close()
    migrate.downgrade(url, [AUTH_HOME], "auth@base")


async def test_password_and_name_are_the_same_in_both_unicode_forms(auth: Auth) -> None:
    await a_person(auth)
    spread = unicodedata.normalize("NFD", "Nguyễn.An")
    opened = await auth.sign_in(spread, unicodedata.normalize("NFD", PASSWORD), {})
    assert opened.principal.name == "Nguyễn An"


async def test_neither_password_nor_cookie_is_stored(auth: Auth, auth_store: Store) -> None:
    await a_person(auth)
    opened, _ = await signed_in(auth)
    async with auth_store.read() as read:
        kept = (await read.execute(sa.select(account.c.password))).scalar_one()
        digest = (await read.execute(sa.select(session.c.digest))).scalar_one()
    assert kept.startswith("$argon2id$")
    assert len(opened.value) == 43  # 256 bits
    assert opened.value.encode() not in bytes(digest)


@pytest.mark.parametrize(
    "password", ["ngắn", "x" * 300, "aaaaaaaaaaaaaaaaaaaa", "Nguyễn.An-1234567", "abababababababab", "13 ký tự thôi"]
)
async def test_weak_password_is_refused(auth: Auth, password: str) -> None:
    with pytest.raises(Problem) as caught:
        await auth.people.create(username="nguyễn.an", password=password, name="An", role="operator", by="test")
    assert caught.value.status == 422
    assert caught.value.errors[0].field == "password"


async def test_user_name_is_taken_once_even_side_by_side(auth: Auth) -> None:
    made = await asyncio.gather(*(a_person(auth) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(one, str) for one in made) == 1
    assert {one.status for one in made if isinstance(one, Problem)} == {409}


@pytest.mark.parametrize("role", ["anyone", "wall", "device", "root"])
async def test_a_person_cannot_be_a_device(auth: Auth, role: Role) -> None:
    with pytest.raises(Problem):
        await a_person(auth, role=role)


async def test_five_wrong_tries_lock_and_time_unlocks(auth: Auth, clock: SetClock) -> None:
    await a_person(auth)
    wrong = [await refused(auth, "nguyễn.an", "sai rồi sai rồi") for _ in range(5)]
    locked = await refused(auth, "nguyễn.an", PASSWORD)
    unknown = await refused(auth, "không ai cả", PASSWORD)
    assert {(p.code, p.title, p.detail) for p in [*wrong, locked, unknown]} == {
        (locked.code, locked.title, locked.detail)
    }, "the answer does not tell a lock, a wrong name and a wrong password apart"

    clock.move(timedelta(minutes=15))
    await signed_in(auth)


async def test_lock_holds_after_a_restart(auth: Auth, auth_store: Store, clock: SetClock) -> None:
    await a_person(auth)
    for _ in range(5):
        await refused(auth, "nguyễn.an", "sai rồi sai rồi")
    await refused(Auth(auth_store, auth.settings, clock), "nguyễn.an", PASSWORD)


async def test_a_right_password_clears_the_count(auth: Auth) -> None:
    await a_person(auth)
    for _ in range(3):
        for _ in range(4):
            await refused(auth, "nguyễn.an", "sai rồi sai rồi")
        await signed_in(auth)


async def test_guesses_side_by_side_are_counted_too(auth: Auth) -> None:
    await a_person(auth)
    guesses = ["sai rồi sai rồi"] * 6 + [PASSWORD]
    done = await asyncio.gather(
        *(auth.sign_in("nguyễn.an", g, {}, address="x") for g in guesses), return_exceptions=True
    )
    assert all(isinstance(one, Problem) for one in done)


async def test_new_session_gets_a_new_value_and_ends_the_planted_one(auth: Auth) -> None:
    await a_person(auth)
    first, headers = await signed_in(auth)
    second = await auth.sign_in("nguyễn.an", PASSWORD, headers)
    assert second.value != first.value
    assert await auth.sessions.find(first.value, touch=False) is None
    assert await auth.sessions.find(second.value, touch=False) is not None


async def test_a_value_chosen_by_an_attacker_never_becomes_a_session(auth: Auth) -> None:
    await a_person(auth)
    planted = "A" * 43
    opened = await auth.sign_in("nguyễn.an", PASSWORD, {"cookie": f"ioc-session-{CITY}={planted}"})
    assert opened.value != planted
    assert await auth.authenticate({"cookie": f"ioc-session-{CITY}={planted}"}) is None


async def test_sign_out_ends_the_session(auth: Auth) -> None:
    await a_person(auth)
    opened, headers = await signed_in(auth)
    await auth.sign_out(headers, opened.principal)
    assert await auth.authenticate(headers) is None


async def test_idle_session_ends(auth: Auth, clock: SetClock) -> None:
    await a_person(auth)
    opened, _ = await signed_in(auth)
    for _ in range(4):
        clock.move(timedelta(minutes=14))
        assert await auth.sessions.find(opened.value, touch=True) is not None
    clock.move(timedelta(minutes=14))
    assert await auth.sessions.find(opened.value, touch=False) is not None
    clock.move(timedelta(minutes=1))
    assert await auth.sessions.find(opened.value, touch=True) is None


async def test_a_screen_that_asks_all_the_time_neither_keeps_nor_hides_the_work_of_its_user(
    auth: Auth, auth_store: Store, clock: SetClock
) -> None:
    await a_person(auth)
    _, headers = await signed_in(auth)

    async def seen() -> int:
        async with auth_store.read() as read:
            return int((await read.execute(sa.select(session.c.seen_ms))).scalar_one())

    opened_at = await seen()
    clock.move(timedelta(minutes=2))
    assert await auth.authenticate(headers, touch=False) is not None
    assert await seen() == opened_at
    assert await auth.authenticate(headers) is not None
    assert await seen() == opened_at + 120_000


async def test_admin_is_idle_sooner(auth: Auth, clock: SetClock) -> None:
    await a_person(auth, role="admin")
    opened, _ = await signed_in(auth)
    clock.move(timedelta(minutes=5))
    assert await auth.sessions.find(opened.value, touch=True) is None


async def test_session_ends_after_twelve_hours_of_use(auth: Auth, clock: SetClock) -> None:
    await a_person(auth)
    opened, _ = await signed_in(auth)
    for _ in range(71):
        clock.move(timedelta(minutes=10))
        assert await auth.sessions.find(opened.value, touch=True) is not None
    clock.move(timedelta(minutes=10))
    assert await auth.sessions.find(opened.value, touch=True) is None


async def test_change_of_rights_reaches_open_sessions(auth: Auth, auth_store: Store, clock: SetClock) -> None:
    id = await a_person(auth)
    opened, headers = await signed_in(auth)
    assert await auth.authenticate(headers) == opened.principal
    await auth.people.set_rights(id, role="supervisor", modules=["citizen"], by="admin")
    now = await auth.authenticate(headers)
    assert now is not None
    assert (now.role, now.modules) == ("supervisor", frozenset({"citizen"}))
    assert await auth.authenticate(headers, touch=False) == now


@pytest.mark.parametrize("act", ["disable", "password"])
async def test_disabling_or_a_new_password_ends_sessions(auth: Auth, act: str) -> None:
    id = await a_person(auth)
    _, headers = await signed_in(auth)
    if act == "disable":
        await auth.people.disable(id, by="admin")
        await refused(auth, "nguyễn.an", PASSWORD)
    else:
        await auth.people.set_password(id, "một mật khẩu khác 2", by="admin")
    assert await auth.authenticate(headers) is None
    assert await auth.authenticate(headers, touch=False) is None


async def test_enabling_unlocks(auth: Auth) -> None:
    id = await a_person(auth)
    for _ in range(5):
        await refused(auth, "nguyễn.an", "sai rồi sai rồi")
    await auth.people.enable(id, by="admin")
    await signed_in(auth)


async def test_unknown_account_is_not_found(auth: Auth) -> None:
    with pytest.raises(Problem) as caught:
        await auth.people.disable("00000000-0000-7000-8000-000000000000", by="admin")
    assert caught.value.status == 404


async def test_what_administrators_do_is_audited_without_passwords(auth: Auth, auth_store: Store) -> None:
    id = await a_person(auth)
    await auth.people.set_password(id, "một mật khẩu khác 2", by="admin")
    await auth.people.disable(id, by="admin")
    lines = await auth_store.audit.list(object=id)
    assert [line.action for line in lines] == ["account.disabled", "account.password", "account.created"]
    assert "mật khẩu" not in str(lines)
    assert "argon2" not in str(lines)
