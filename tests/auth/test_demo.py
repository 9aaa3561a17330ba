"""Demonstration mode opens to this machine only."""

from __future__ import annotations

import pytest

from ioc.auth import AuthSettings, DemoAuth
from ioc.core.clock import SetClock
from ioc.store import Store
from tests.auth.conftest import CITY, SECRET


@pytest.fixture
async def demo(auth_store: Store, clock: SetClock) -> DemoAuth:
    return DemoAuth(auth_store, AuthSettings(city=CITY, secret=SECRET, secure=False), clock)


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST"])
@pytest.mark.parametrize("client", ["127.0.0.1", "::1", None])
async def test_someone_at_the_machine_is_an_operator(demo: DemoAuth, host: str, client: str | None) -> None:
    found = await demo.authenticate({"host": host}, client=client)
    assert found is not None
    assert found.role == "operator"
    assert await demo.authenticate({"host": host}, touch=False) == found


@pytest.mark.parametrize("role", ["anyone", "wall", "operator", "supervisor", "admin"])
async def test_role_is_chosen_by_header_or_cookie(demo: DemoAuth, role: str) -> None:
    by_header = await demo.authenticate({"host": "localhost", "ioc-role": role}, client="127.0.0.1")
    by_cookie = await demo.authenticate({"host": "localhost", "cookie": f"ioc-role={role}"}, client="127.0.0.1")
    assert by_header == by_cookie
    assert by_header is not None
    assert by_header.role == role


@pytest.mark.parametrize(
    ("headers", "client"),
    [
        ({"host": "ioc.example.vn"}, "127.0.0.1"),  # a name of someone else's bound to 127.0.0.1
        ({"host": "localhost.example.vn"}, "127.0.0.1"),
        ({"host": "localhost"}, "192.0.2.7"),
        ({"host": "localhost", "x-forwarded-for": "192.0.2.7"}, "127.0.0.1"),
        ({"host": "localhost", "forwarded": "for=192.0.2.7"}, "127.0.0.1"),
        ({"host": "[::1"}, "127.0.0.1"),
        ({}, "127.0.0.1"),
        ({"host": "localhost", "ioc-role": "root"}, "127.0.0.1"),
        ({"host": "localhost", "authorization": "Bearer forged"}, "127.0.0.1"),
    ],
)
async def test_nobody_else_is_let_in(demo: DemoAuth, headers: dict[str, str], client: str) -> None:
    assert await demo.authenticate(headers, client=client) is None


async def test_the_simulator_keeps_its_own_key(demo: DemoAuth) -> None:
    key = await demo.devices.issue(kind="device", name="mô phỏng", by="demo", simulated=True)
    headers = {"host": "127.0.0.1:8000", "authorization": f"Bearer {key.token}", "ioc-role": "admin"}
    found = await demo.authenticate(headers, client="127.0.0.1")
    assert found is not None
    assert (found.role, found.simulated) == ("device", True)
    await demo.devices.revoke(key.id, by="demo")
    assert await demo.authenticate(headers, client="127.0.0.1") is None
