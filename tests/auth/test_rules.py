"""Settings that refuse to start, origins, and what is remembered."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.auth import AuthSettings
from ioc.auth.cookies import cookie_name, no_cookie, read_cookie, session_cookie
from ioc.auth.memory import SIZE, Remembered
from ioc.auth.origin import own_origin
from ioc.contract.rights import ANYONE, Principal
from ioc.settings import Settings

GOOD = bytes(range(50, 82))


def installed(**values: object) -> Settings:
    return Settings.model_validate({"city_dir": Path("c"), "state_dir": Path("s")} | values)


@pytest.mark.parametrize(
    "secret",
    ["", "short", base64.b64encode(b"too short").decode(), "không phải base64", base64.b64encode(b"x" * 32).decode()],
)
def test_production_refuses_a_missing_or_unfit_secret(secret: str) -> None:
    with pytest.raises(ValueError, match="IOC_SECRET_KEY") as caught:
        AuthSettings.of(installed(secret_key=secret), "kyanh")
    assert not secret or secret not in str(caught.value)


@pytest.mark.parametrize(
    ("values", "secure"),
    [
        ({"public_url": "https://ioc.example.vn"}, True),
        ({"public_url": "http://ioc.example.vn"}, True),  # never a session over plain HTTP outside this machine
        ({"host": "0.0.0.0"}, True),  # noqa: S104 - a value under test
        ({"public_url": "http://127.0.0.1:8000"}, False),
        ({"host": "127.0.0.1"}, False),
        ({"host": "::1"}, False),
    ],
)
def test_cookie_is_secure_outside_loopback(values: dict[str, str], secure: bool) -> None:
    settings = AuthSettings.of(installed(secret_key=base64.b64encode(GOOD).decode(), **values), "kyanh")
    cookie = session_cookie(settings, "v")
    assert ("; Secure" in cookie) is secure
    assert cookie_name(settings).startswith("__Host-") is secure
    for part in ("HttpOnly", "SameSite=Strict", "Path=/"):
        assert part in cookie
        assert part in no_cookie(settings)


def test_two_cities_on_one_host_do_not_share_a_cookie() -> None:
    here, there = (AuthSettings(city=city, secret=GOOD, secure=False) for city in ("kyanh", "thanh-hoa"))
    sent = {"cookie": session_cookie(here, "value").partition(";")[0]}
    assert read_cookie(sent, cookie_name(here)) == "value"
    assert read_cookie(sent, cookie_name(there)) is None


@given(st.text(max_size=200))
def test_any_cookie_header_is_read_without_an_error(text: str) -> None:
    read_cookie({"cookie": text}, "ioc-session-kyanh")


HOST = {"host": "ioc.example.vn:8443"}


@pytest.mark.parametrize(
    ("headers", "plain", "needed"),
    [
        ({"origin": "https://ioc.example.vn:8443"}, True, True),
        ({"origin": "https://IOC.example.vn:8443"}, True, True),
        ({"origin": "https://ioc.example.vn"}, False, False),
        ({"origin": "https://evil.example"}, False, False),
        ({"origin": "https://ioc.example.vn:8443.evil.example"}, False, False),
        ({"origin": "null"}, False, False),
        ({"origin": ""}, False, False),
        ({"origin": "file://"}, False, False),
        ({"origin": "http://[::1"}, False, False),
        ({"sec-fetch-site": "same-origin"}, True, True),
        ({"sec-fetch-site": "cross-site"}, False, False),
        ({"sec-fetch-site": "same-site"}, False, False),
        ({"referer": "https://ioc.example.vn:8443/console"}, True, True),
        ({"referer": "https://evil.example/ioc.example.vn:8443"}, False, False),
        ({}, True, False),
    ],
)
def test_origin(headers: dict[str, str], plain: bool, needed: bool) -> None:
    assert own_origin(HOST | headers) is plain
    assert own_origin(HOST | headers, need=True) is needed


def test_a_named_origin_is_ours() -> None:
    assert own_origin(HOST | {"origin": "https://dieu-hanh.vn"}, {"https://dieu-hanh.vn"})


class Asked:
    """A look-up that counts how often it is made."""

    def __init__(self, answer: Principal | None = ANYONE) -> None:
        self.times = 0
        self.answer = answer
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self) -> Principal | None:
        self.times += 1
        await self.gate.wait()
        return self.answer


async def test_decisions_are_remembered_for_their_time_only_and_in_bounded_number() -> None:
    now, asked = [0.0], Asked()
    remembered = Remembered(2.0, lambda: now[0])
    for at, times in ((0.0, 1), (1.9, 1), (2.0, 2), (3.9, 2), (4.0, 3)):
        now[0] = at
        assert await remembered.ask("khóa", asked) is ANYONE
        assert asked.times == times, "asking does not prolong what is remembered"
    for number in range(SIZE):
        await remembered.ask(str(number), asked)
    before = asked.times
    await remembered.ask("khóa", asked)
    assert asked.times == before + 1
    remembered.forget()
    await remembered.ask("khóa", asked)
    assert asked.times == before + 2


async def test_refusal_is_not_remembered() -> None:
    remembered, asked = Remembered(2.0), Asked(None)
    assert [await remembered.ask("khóa", asked) for _ in range(3)] == [None] * 3
    assert asked.times == 3


async def test_callers_at_the_same_time_share_one_look_up_and_one_leaving_harms_none() -> None:
    remembered, asked = Remembered(2.0), Asked()
    asked.gate.clear()
    waiting = [asyncio.create_task(remembered.ask("khóa", asked)) for _ in range(20)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    asked.gate.set()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(answers[0], asyncio.CancelledError)
    assert answers[1:] == [ANYONE] * 19
    assert asked.times == 1


async def test_rights_changed_during_a_look_up_are_not_hidden_by_it() -> None:
    remembered, asked = Remembered(2.0), Asked()
    asked.gate.clear()
    old = asyncio.create_task(remembered.ask("khóa", asked))
    await asyncio.sleep(0)
    remembered.forget()
    asked.gate.set()
    await old
    await remembered.ask("khóa", asked)
    assert asked.times == 2
