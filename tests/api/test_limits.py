"""Sizes, rates, hosts, origins and headers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.api.answers import Answers
from ioc.api.buckets import SIZE, Buckets, Rate
from ioc.api.limits import Limits, Sizes
from ioc.api.who import Rates, address_of
from ioc.auth import Auth, AuthSettings, DemoAuth
from ioc.settings import Settings
from ioc.store import Store
from tests.api.conftest import BASE, PLENTY, SECRET, World, build

MIB = 1024 * 1024
FEW = Rate(0.001, 3)


async def chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // MIB):
        yield b" " * MIB


@pytest.mark.parametrize("path", ["/api/v1/observations", "/api/v1/people", "/api/v1/session"])
async def test_body_over_ten_mebibytes_is_refused_announced_or_in_chunks(world: World, path: str) -> None:
    role = "device" if "observations" in path else "admin"
    async with world.client(role) as client:
        for content in (b" " * (10 * MIB + 1), chunks(11 * MIB)):
            answer = await client.post(path, content=content, headers={"Content-Type": "application/json"})
            assert answer.status_code == 413
            assert answer.json()["title"] == "Nội dung quá lớn"


async def test_compressed_body_is_refused(world: World) -> None:
    async with world.client("device") as client:
        answer = await client.post("/api/v1/observations", content=b"x", headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 415


async def asked(app: Any, messages: Iterator[dict[str, Any]], headers: list[tuple[bytes, bytes]]) -> int:
    """The status an application answers to messages that come as they come."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        for message in messages:
            return message
        return await asyncio.get_running_loop().create_future()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/x", "query_string": b"", "headers": headers, "state": {}}
    await app(scope, receive, send)
    return int(sent[0]["status"])


async def reads_all(scope: Any, receive: Any, send: Any) -> None:
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def part(body: bytes, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_slow_body_is_cut() -> None:
    app = Answers(Limits(reads_all, sizes=Sizes(body_within_s=0.05, drained_within_s=0.05)))
    assert await asked(app, iter([part(b"x")]), []) == 408


async def test_bodies_together_are_bounded_and_let_go() -> None:
    app = Answers(Limits(reads_all, sizes=Sizes(bodies_at_once=100, drained_within_s=0.05)))
    assert await asked(app, iter([part(b"x" * 90), part(b"x" * 20, more=False)]), []) == 503
    assert await asked(app, iter([part(b"x" * 90, more=False)]), []) == 200
    assert await asked(app, iter([part(b"x" * 90, more=False)]), []) == 200


async def test_one_address_leaves_room_for_others() -> None:
    app = Answers(Limits(reads_all, sizes=Sizes(bodies_at_once=100, bodies_of_one=60, drained_within_s=0.05)))
    held = asyncio.Event()

    async def hungry() -> AsyncIterator[dict[str, Any]]:
        yield part(b"x" * 60)
        held.set()
        await asyncio.get_running_loop().create_future()

    stalled = asyncio.create_task(asked_as("192.0.2.1", app, hungry()))
    await held.wait()
    assert await asked_as("192.0.2.1", app, at_once(part(b"x", more=False))) == 429
    assert await asked_as("192.0.2.2", app, at_once(part(b"x" * 30, more=False))) == 200
    stalled.cancel()
    with suppress(asyncio.CancelledError):
        await stalled
    assert await asked_as("192.0.2.1", app, at_once(part(b"x" * 60, more=False))) == 200


async def at_once(message: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    yield message


async def asked_as(address: str, app: Any, messages: AsyncIterator[dict[str, Any]]) -> int:
    """The status of an answer to somebody at an address."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/x", "query_string": b"", "headers": [], "state": {}}
    await app(scope | {"client": (address, 1)}, messages.__anext__, send)
    return int(sent[0]["status"])


async def test_one_that_swallows_the_refusal_cannot_answer() -> None:
    async def swallows(scope: Any, receive: Any, send: Any) -> None:
        try:
            await receive()
        except Exception:
            await send({"type": "http.response.start", "status": 400, "headers": []})

    app = Answers(Limits(swallows, sizes=Sizes(body=10)))
    assert await asked(app, iter([part(b"x" * 11, more=False)]), []) == 413


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [({f"x-{n}": "1" for n in range(120)}, "", 431), ({"x": "y" * 40_000}, "", 431), ({}, "?q=" + "a" * 9_000, 414)],
)
async def test_large_heads_are_refused(world: World, headers: dict[str, str], query: str, status: int) -> None:
    async with world.client() as client:
        answer = await client.get(f"/healthz{query}", headers=headers)
    assert answer.status_code == status
    assert answer.json()["title_en"]


async def test_rates_are_counted_per_address_and_per_key(api_store: Store, settings: Settings) -> None:
    auth = Auth(api_store, AuthSettings(city="ky-anh", secret=SECRET, secure=False))
    app = await build(api_store, auth, settings, Rates(address=FEW, person=PLENTY, device=FEW))
    world = World(app, auth, api_store, {}, {})
    await world.admit()

    async def tried(role: str, address: str = "127.0.0.1") -> list[int]:
        async with world.client(role, address) as client:
            return [(await client.get("/api/v1/me")).status_code for _ in range(4)]

    assert await tried("anyone") == [200, 200, 200, 429]
    assert await tried("device") == [200, 200, 200, 429], "a key has its own count"
    assert await tried("operator") == [200] * 4
    assert await tried("anyone", "2001:db8::1") == [200, 200, 200, 429]
    async with world.client("anyone", "2001:db8::2") as client:
        answer = await client.get("/api/v1/me")
        assert (await client.get("/healthz")).status_code == 200, "the probe of the process is not counted"
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1


async def test_guesses_of_passwords_are_slowed_per_address(world: World) -> None:
    async with world.client() as client:
        tries = [{"username": f"ai{number}", "password": "x"} for number in range(25)]
        answers = await asyncio.gather(*(client.post("/api/v1/session", json=one) for one in tries))
    statuses = {answer.status_code for answer in answers}
    assert statuses == {401, 429}


@given(st.lists(st.floats(0, 10), min_size=1, max_size=50))
def test_a_bucket_never_gives_more_than_its_rate(steps: list[float]) -> None:
    now = [0.0]
    buckets = Buckets(Rate(2.0, 5), lambda: now[0])
    given_out = 0
    for step in steps:
        now[0] += step
        while buckets.take("k") == 0:
            given_out += 1
            assert given_out <= 5 + 2.0 * now[0] + 1e-6


def test_buckets_are_bounded() -> None:
    buckets = Buckets(Rate(0.001, 1), lambda: 0.0)
    assert buckets.take("first") == 0
    assert buckets.take("first") > 0
    for number in range(SIZE):
        buckets.take(str(number))
    assert buckets.take("first") == 0


def test_one_ipv6_network_is_one_caller() -> None:
    def key(address: str) -> str:
        return address_of({"client": (address, 1)})

    assert key("2001:db8:0:1::1") == key("2001:db8:0:1:ffff::2") != key("2001:db8:0:2::1")
    assert key("192.0.2.1") != key("192.0.2.2")
    assert key("::ffff:192.0.2.1") == key("192.0.2.1"), "one caller in two spellings"
    assert key("no address") == key("nor this"), "what a proxy does not tell makes nobody new"
    assert address_of({"client": None}) == "local"


FOREIGN = ["evil.example", "127.0.0.1.evil.example", "192.0.2.1", ""]
ODD = ["[::1", "ioc.vn\\@evil", "evil@127.0.0.1", "127.0.0.1/x", "127.0.0.1:abc", "127.0.0.1, evil"]


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "192.0.2.1", "ioc.vn\\@evil", *ODD]
)
async def test_foreign_host_is_refused(world: World, host: str) -> None:
    async with world.client() as client:
        answer = await client.get("/api/v1/city", headers={"Host": host})
    assert answer.status_code == 421


async def test_two_hosts_are_none(world: World) -> None:
    async with world.client() as client:
        answer = await client.get("/api/v1/city", headers=[("Host", "127.0.0.1"), ("Host", "127.0.0.1")])
    assert answer.status_code == 421


async def test_loopback_names_are_for_this_machine_only(world: World) -> None:
    async with world.client(address="192.0.2.9") as client:
        assert (await client.get("/healthz", headers={"Host": "localhost"})).status_code == 421
        assert (await client.get("/healthz")).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:9999"])
async def test_foreign_page_changes_nothing_with_a_session(world: World, origin: str) -> None:
    async with world.client("admin") as client:
        answer = await client.post("/api/v1/devices", json={"kind": "wall", "name": "x"}, headers={"Origin": origin})
        assert answer.status_code == 403
        assert answer.json()["type"] == "urn:ioc:problem:foreign-origin"
        ours = await client.post("/api/v1/devices", json={"kind": "wall", "name": "x"})
        assert ours.status_code == 201


async def test_session_without_any_origin_changes_nothing(world: World) -> None:
    async with world.client() as client:
        headers = {"Cookie": world.cookies["admin"]}
        answer = await client.post("/api/v1/devices", json={"kind": "wall", "name": "x"}, headers=headers)
    assert answer.status_code == 403


async def test_demonstration_takes_no_change_from_a_foreign_page(api_store: Store, settings: Settings) -> None:
    auth = DemoAuth(api_store, AuthSettings(city="ky-anh", secret=SECRET, secure=False))
    world = World(await build(api_store, auth, settings), auth, api_store, {}, {})
    async with world.client() as client:
        body, admin = {"kind": "wall", "name": "x"}, {"ioc-role": "admin"}
        foreign = await client.post("/api/v1/devices", json=body, headers=admin | {"Origin": "https://evil.example"})
        program = await client.post("/api/v1/devices", json=body, headers=admin)
        me = (await client.get("/api/v1/me")).json()
    assert (foreign.status_code, program.status_code) == (403, 201)
    assert (me["role"], me["demo"]) == ("operator", True)
    async with world.client(address="192.0.2.9") as client:
        assert (await client.get("/api/v1/me")).json()["role"] == "anyone"


async def test_every_answer_tells_the_browser_what_not_to_do(world: World) -> None:
    async with world.client() as client:
        for path in ("/", "/api/v1/city", "/nowhere", "/readyz"):
            headers = (await client.get(path)).headers
            assert "default-src 'self'" in headers["content-security-policy"]
            assert "unsafe-inline" not in headers["content-security-policy"]
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["cross-origin-opener-policy"] == "same-origin"
            assert "strict-transport-security" not in headers
            assert "server" not in headers


async def test_tls_asks_for_tls_for_ever(api_store: Store, settings: Settings) -> None:
    auth = Auth(api_store, AuthSettings(city="ky-anh", secret=SECRET, secure=True))
    world = World(await build(api_store, auth, settings), auth, api_store, {}, {})
    async with world.client() as client:
        headers = (await client.get("/healthz")).headers
    assert headers["strict-transport-security"].startswith("max-age=31536000")


async def test_own_base_is_not_foreign(world: World) -> None:
    async with world.client("operator") as client:
        assert (await client.delete("/api/v1/session", headers={"Origin": BASE})).status_code == 204
        assert (await client.get("/api/v1/me")).json()["role"] == "anyone"
