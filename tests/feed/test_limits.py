"""Hostile and broken clients: each is refused with its code, and the others do not notice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress

import pytest
import websockets
from websockets.asyncio.client import connect
from websockets.frames import Frame

from ioc.contract import Principal
from ioc.feed.doorway import client_address
from ioc.feed.options import Options
from ioc.feed.ports import Headers
from ioc.feed.protocol import Gateway
from tests.feed.client import FeedClient
from tests.feed.conftest import Feed

Start = Callable[..., Awaitable[Feed]]

BAD = [
    "not json",
    "[]",
    "null",
    '"subscribe"',
    "{}",
    '{"op":"drop"}',
    '{"op":"subscribe"}',
    '{"op":"subscribe","topics":[]}',
    '{"op":"subscribe","topics":["alarms"]}',
    '{"op":"subscribe","topics":"event"}',
    '{"op":"subscribe","topics":["event"],"city":"other"}',
    '{"op":"subscribe","topics":["event"],"bbox":[105,19,106]}',
    '{"op":"subscribe","topics":["event"],"bbox":[106,19,105,20]}',
    '{"op":"subscribe","topics":["event"],"bbox":[19,105,20,106]}',
    '{"op":"subscribe","topics":["event"],"bbox":[NaN,19,105,20]}',
    '{"op":"subscribe","topics":["event"],"bbox":[1e999,19,105,20]}',
    '{"op":"subscribe","topics":["event"],"severity":9}',
    '{"op":"subscribe","topics":["event"],"since":-1}',
    '{"op":"subscribe","topics":["event"],"since":1.5}',
    '{"op":"subscribe","topics":["event"],"since":99999999999999999999}',
    '{"op":"subscribe","topics":["event"],"modules":["\\ud800"]}',
    '{"op":"subscribe","topics":' + json.dumps(["event"] * 5_000) + "}",
    "[" * 60_000,
    "",
]


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
async def test_bad_messages(feed: Feed, text: str) -> None:
    async with feed.screen("event") as screen:
        await screen.until(lambda: screen.upto is not None)
        await screen.send(text)
        assert await screen.until_closed() == 4400
        assert screen.errors == [{"code": "bad-message", "vi": screen.errors[0]["vi"], "en": screen.errors[0]["en"]}]
        assert screen.errors[0]["vi"] and screen.errors[0]["en"]


async def test_binary_messages(feed: Feed) -> None:
    async with feed.screen("event") as screen:
        await screen.send(b"\x00\x01")
        assert await screen.until_closed() == 4400


async def test_bytes_that_are_no_text(feed: Feed) -> None:
    async with connect(feed.url, additional_headers={"Cookie": "session=operator"}, proxy=None) as socket:
        await socket.send(b'{"op":"subscribe\xff"}', text=True)
        with pytest.raises(websockets.ConnectionClosed):
            while True:
                await socket.recv()
        assert socket.close_code == 4400


async def test_huge_messages_whole_or_in_pieces(feed: Feed) -> None:
    async with feed.screen("event") as whole, feed.screen("event") as pieces:
        await whole.send(" " * 70_000)
        assert await whole.until_closed() == 1009
        assert pieces._socket is not None
        with pytest.raises(websockets.ConnectionClosed):
            await pieces._socket.send(" " * 1000 for _ in range(10_000))
        assert await pieces.until_closed() == 1009


async def test_a_message_in_pieces_is_one_message(feed: Feed) -> None:
    async with connect(feed.url, additional_headers={"Cookie": "session=operator"}, proxy=None) as socket:
        await socket.send(iter(['{"op":"subscribe",', '"topics":', '["event"]}']))
        assert json.loads(await socket.recv())["t"] == "sys.hello"
        assert json.loads(await socket.recv())["t"] == "sys.subscribed"


async def test_a_flood_of_messages(feed: Feed) -> None:
    async with feed.screen("event") as screen:
        await screen.until(lambda: screen.upto is not None)
        for _ in range(200):
            await screen.send({"op": "subscribe", "topics": ["event"]})
        assert await screen.until_closed() == 4400
        assert screen.errors[-1]["code"] == "too-many-messages"


EMPTY_TEXT, PING = bytes([0x81, 0x80, 0, 0, 0, 0]), bytes([0x89, 0x80, 0, 0, 0, 0])


@pytest.mark.parametrize("cookie", ["", "Cookie: session=operator\r\n"], ids=["a stranger", "somebody signed in"])
@pytest.mark.parametrize("frame", [EMPTY_TEXT, PING], ids=["empty messages", "pings"])
async def test_a_flood_of_small_frames_costs_no_more_than_a_few(
    feed: Feed, monkeypatch: pytest.MonkeyPatch, frame: bytes, cookie: str
) -> None:
    taken, take = [0], Gateway._take

    def counted(gateway: Gateway, event: Frame) -> None:
        taken[0] += 1
        take(gateway, event)

    monkeypatch.setattr(Gateway, "_take", counted)
    reader, writer = await asyncio.open_connection("127.0.0.1", feed.port)
    writer.write(
        f"GET /feed HTTP/1.1\r\nHost: 127.0.0.1:{feed.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{cookie}"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    writer.write(frame * 200_000)
    async with asyncio.timeout(20):
        with suppress(ConnectionError):
            while await reader.read(65_536):
                pass
    assert taken[0] <= 2 * feed.hub.options.frames_at_once
    writer.close()
    async with feed.screen("event") as screen:
        await screen.until(lambda: screen.upto is not None)


async def test_who_says_nothing_of_himself_is_refused_in_time(feeds: Start) -> None:
    feed = await feeds(auth_s=0.1)
    async with connect(feed.url, proxy=None) as socket:
        with pytest.raises(websockets.ConnectionClosed):
            while True:
                assert json.loads(await socket.recv())["t"] == "sys.error"
        assert socket.close_code == 4408


async def test_a_lookup_that_hangs_is_refused_in_time(feeds: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = await feeds(auth_s=0.1)

    async def hang(headers: Headers, token: str | None) -> Principal | None:
        await asyncio.Event().wait()
        return None

    feed.hub.authenticate = hang
    screen = feed.screen("event")
    await screen.connect()
    assert await screen.until_closed() == 4408
    await screen.close()


async def test_a_lookup_that_fails_asks_to_try_again(feed: Feed) -> None:
    async def fail(headers: Headers, token: str | None) -> Principal | None:
        raise OSError("the database is away")

    feed.hub.authenticate = fail
    screen = feed.screen("event")
    await screen.connect()
    assert await screen.until_closed() == 1013
    assert "database" not in "".join(screen.frames)
    await screen.close()


async def test_a_token_in_the_first_message(feed: Feed) -> None:
    good = FeedClient(feed.url, topics=["event"], token="operator")
    bad = FeedClient(feed.url, topics=["event"], token="guess")
    none = FeedClient(feed.url, topics=["event"])
    async with good, bad, none:
        await good.until(lambda: good.upto is not None)
        assert await bad.until_closed() == 4401
        assert await none.until_closed() == 4401


async def test_a_device_may_not_look(feed: Feed) -> None:
    feed.world.principals["device"] = Principal(id="d", name="d", role="device")
    async with feed.screen("event", who="device") as screen:
        assert await screen.until_closed() == 4403


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://127.0.0.1.elsewhere.example"])
async def test_foreign_pages_are_refused(feed: Feed, origin: str) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        await connect(feed.url, origin=origin, proxy=None)  # type: ignore[arg-type]
    assert refused.value.response.status_code == 403


async def test_our_own_and_allowed_pages_are_not(feeds: Start) -> None:
    feed = await feeds(origins=frozenset({"https://ioc.example"}))
    for origin in (f"http://127.0.0.1:{feed.port}", "https://ioc.example"):
        screen = feed.screen("event", origin=origin)
        await screen.connect()
        await screen.until(lambda s=screen: s.upto is not None)
        await screen.close()


@pytest.mark.parametrize("hosts", [frozenset[str](), frozenset({"ioc.example"})])
async def test_a_foreign_name_that_was_made_to_lead_here_is_refused(feeds: Start, hosts: frozenset[str]) -> None:
    feed = await feeds(hosts=hosts)
    async with feed.screen("event") as screen:
        await screen.until(lambda: screen.upto is not None)
    for foreign in ("evil.example", "evil.example:8000", "127.0.0.1.evil.example", "", "[", "[::1].evil"):
        answer = await handshake(feed, host=foreign, origin=f"http://{foreign}")
        assert b" 421 " in answer or b" 403 " in answer, foreign
    if hosts:
        assert b" 101 " in await handshake(feed, host="IOC.example:443", origin="http://ioc.example:443")


async def test_other_paths_are_not_found(feed: Feed) -> None:
    for path in ("/", "/feeds", "/feed/x", "//feed"):
        with pytest.raises(websockets.InvalidStatus) as refused:
            await connect(f"ws://127.0.0.1:{feed.port}{path}", proxy=None)
        assert refused.value.response.status_code == 404


async def test_broken_handshakes(feed: Feed) -> None:
    for answer in (await handshake(feed, key="short"), await handshake(feed, version="12")):
        assert b" 400 " in answer and b"Content-Security-Policy" in answer


async def test_a_frame_without_its_mask(feed: Feed) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", feed.port)
    writer.write(request(feed))
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"\x81\x02{}")
    assert (1002).to_bytes(2, "big") in await reader.read()
    writer.close()


async def test_connections_of_one_address_are_counted_until_they_leave(feeds: Start) -> None:
    feed = await feeds(per_address=3)
    screens = [feed.screen("event") for _ in range(3)]
    for screen in screens:
        await screen.connect()
    with pytest.raises(websockets.InvalidStatus) as refused:
        await connect(feed.url, proxy=None)
    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["Retry-After"]
    await screens[0].close()
    async with asyncio.timeout(5):
        while True:
            try:
                await screens[0].connect()
                break
            except websockets.InvalidStatus:
                await asyncio.sleep(0.01)
    for screen in screens:
        await screen.close()


@pytest.mark.parametrize(
    ("peer", "forwarded", "counted"),
    [
        ("10.0.0.9", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.9", "8.8.8.8, 203.0.113.7", "203.0.113.7"),
        ("10.0.0.9", "203.0.113.7, 192.168.1.2", "203.0.113.7"),
        ("10.0.0.9", "", "10.0.0.9"),
        ("198.51.100.4", "203.0.113.7", "198.51.100.4"),
        ("2001:db8::1", "203.0.113.7", "203.0.113.7"),
    ],
)
def test_only_a_trusted_proxy_names_the_address(peer: str, forwarded: str, counted: str) -> None:
    trusted = frozenset({"10.0.0.0/8", "192.168.1.2", "2001:db8::/32"})
    assert client_address(peer, {"x-forwarded-for": forwarded}, trusted) == counted


def test_a_trusted_proxy_that_is_no_address_is_named_at_start() -> None:
    with pytest.raises(ValueError, match="nginx"):
        Options(city="test", build="b", trusted_proxies=frozenset({"nginx"}))


async def test_clients_behind_a_proxy_are_counted_apart(feeds: Start) -> None:
    feed = await feeds(per_address=1, trusted_proxies=frozenset({"127.0.0.1"}))
    async with AsyncExitStack() as stack:
        for address in ("203.0.113.7", "8.8.8.8, 203.0.113.8"):
            screen = feed.screen("event")
            screen.headers["X-Forwarded-For"] = address
            await stack.enter_async_context(screen)
        with pytest.raises(websockets.InvalidStatus):
            await connect(feed.url, additional_headers={"X-Forwarded-For": "203.0.113.8"}, proxy=None)


async def test_connections_of_one_user_are_counted(feeds: Start) -> None:
    feed = await feeds(per_user=2)
    async with feed.screen("event") as one, feed.screen("event") as two:
        await one.until(lambda: one.upto is not None)
        await two.until(lambda: two.upto is not None)
        async with feed.screen("event") as three:
            assert await three.until_closed() == 4403
            assert three.errors[0]["code"] == "too-many-connections"


async def test_a_client_that_answers_no_ping_is_closed(feeds: Start) -> None:
    feed = await feeds(ping_s=0.05, pong_s=0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", feed.port)
    writer.write(request(feed))
    async with feed.screen("event") as healthy:
        async with asyncio.timeout(5):
            await reader.read()  # to the end: the server gives up
        await healthy.until_upto(feed.world.event())
        assert healthy.close_code is None
    writer.close()


async def test_the_server_says_goodbye_when_it_stops(feed: Feed) -> None:
    async with feed.screen("event") as screen:
        position = feed.world.event()
        await screen.until_upto(position)
        feed.server.should_exit = True
        assert await screen.until_closed() == 1001


async def test_nothing_is_left_of_those_who_went(feed: Feed) -> None:
    for _ in range(5):
        async with feed.screen() as screen:
            await screen.until(lambda: screen.upto is not None)
    reader, writer = await asyncio.open_connection("127.0.0.1", feed.port)
    writer.write(request(feed))
    await reader.readuntil(b"\r\n\r\n")
    writer.transport.abort()
    async with asyncio.timeout(5):
        while len(feed.hub.audience) or feed.server.server_state.connections:
            await asyncio.sleep(0.01)
    assert feed.hub.audience.alike() == []


def request(feed: Feed, **changed: str) -> bytes:
    values = {
        "host": f"127.0.0.1:{feed.port}",
        "key": "dGhlIHNhbXBsZSBub25jZQ==",
        "version": "13",
        "origin": f"http://127.0.0.1:{feed.port}",
        **changed,
    }
    lines = [
        "GET /feed HTTP/1.1",
        f"Host: {values['host']}",
        f"Origin: {values['origin']}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {values['key']}",
        f"Sec-WebSocket-Version: {values['version']}",
        "Cookie: session=operator",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


async def handshake(feed: Feed, **changed: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", feed.port)
    writer.write(request(feed, **changed))
    answer = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return answer


async def test_a_token_that_is_given_must_be_good_also_for_one_let_in_without_it(feed: Feed) -> None:
    feed.world.principals["device"] = Principal(id="d", name="d", role="device")
    at_the_machine = {"cookie": "session=operator"}  # as a caller of a demonstration, who is somebody without a token
    forged = FeedClient(feed.url, topics=["event"], headers=at_the_machine, token="guess")
    device = FeedClient(feed.url, topics=["event"], headers=at_the_machine, token="device")
    good = FeedClient(feed.url, topics=["event"], headers=at_the_machine, token="wall")
    async with forged, device, good:
        assert await forged.until_closed() == 4401 and not forged.state["event"]
        assert await device.until_closed() == 4403 and not device.state["event"]
        await good.until(lambda: good.upto is not None)
        (session,) = feed.hub.audience.all()
        assert session.principal == feed.world.principals["wall"]
