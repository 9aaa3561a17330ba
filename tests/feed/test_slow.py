"""Slow clients: bounded memory, nothing numbered is lost, and nobody else notices."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

from ioc.feed.session import Session
from tests.feed.conftest import Feed
from tests.feed.test_limits import request

Start = Callable[..., Awaitable[Feed]]
SMALL = {"send_buffer": 8192, "write_high": 8192}
PATIENT = {**SMALL, "ping_s": 300.0}  # a busy machine must not put out who is only to be held back


class Lazy:
    """A raw client that reads only when told to, behind a small receive window."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.setblocking(False)

    async def subscribe(self, *topics: str) -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_connect(self.socket, ("127.0.0.1", self.feed.port))
        await loop.sock_sendall(self.socket, request(self.feed))
        while b"sys.hello" not in (got := await loop.sock_recv(self.socket, 4096)):
            assert got, "the gateway closed"
        text = json.dumps({"op": "subscribe", "topics": topics}).encode()
        await loop.sock_sendall(self.socket, b"\x81" + bytes([0x80 | len(text)]) + b"\0\0\0\0" + text)

    async def read_to_the_end(self) -> bytes:
        return b"".join([part async for part in self.parts()])

    async def parts(self) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        while True:
            try:
                part = await loop.sock_recv(self.socket, 65536)
            except ConnectionResetError:
                return
            if not part:
                return
            yield part

    async def read_until(self, text: bytes) -> bytes:
        got = b""
        async for part in self.parts():
            got += part
            if text in got:
                return got
        raise AssertionError(f"ended without {text!r}: {got[-300:]!r}")


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


def slow_sessions(feed: Feed) -> list[Session]:
    return [v for v in feed.hub.audience.all() if isinstance(v, Session) and v.outbox.slow]


async def held_back(feed: Feed, also: Callable[[], object] = lambda: None) -> Session:
    """The session of a client that takes no more, after events until then; ends, and fails, if it is put out first."""
    async with asyncio.timeout(60):
        while not (slow := slow_sessions(feed)):
            assert feed.hub.audience, "put out before it was held back"
            also()
            feed.world.event(data={"title": {"vi": "x" * 2000, "en": "x"}})
            await asyncio.sleep(0.002)
    return slow[0]


async def test_a_stalled_client_is_closed_with_bounded_memory_while_others_go_on(feeds: Start) -> None:
    feed = await feeds(**SMALL)
    lazy = Lazy(feed)
    await lazy.subscribe("event")
    await until(lambda: len(feed.hub.audience) == 1)
    text = {"vi": "ngập " * 200, "en": "x"}
    most = 0
    async with feed.screen("event") as healthy:
        for number in range(4000):
            position = feed.world.event(data={"title": text})
            if number % 50 == 49:
                await healthy.until_upto(position)
                most = max([most, *(s.outbox.size for s in slow_sessions(feed))])
            if number > 100 and len(feed.hub.audience) == 1:
                break
        assert len(feed.hub.audience) == 1, "the stalled client is still there"
        assert 0 < most <= feed.hub.options.queue_bytes
        await healthy.until_upto(position)
        assert healthy.close_code is None
    answer = await lazy.read_to_the_end()
    assert b'"too-slow"' in answer
    assert (4008).to_bytes(2, "big") in answer
    lazy.socket.close()


async def test_a_client_that_takes_nothing_is_closed_even_when_little_happens(feeds: Start) -> None:
    feed = await feeds(**SMALL, ping_s=5, pong_s=0.2, close_s=0.1)
    lazy = Lazy(feed)
    await lazy.subscribe("event")
    await until(lambda: len(feed.hub.audience) == 1)
    await held_back(feed)
    await until(lambda: len(feed.hub.audience) == 0 and not feed.server.server_state.connections)
    lazy.socket.close()


async def test_last_known_values_coalesce_and_the_loss_is_told(feeds: Start) -> None:
    feed = await feeds(**PATIENT)
    lazy = Lazy(feed)
    await lazy.subscribe("event", "unit")
    await until(lambda: len(feed.hub.audience) == 1)
    lon = 105.0

    def drives_on() -> None:
        nonlocal lon
        feed.world.unit("113-01", lon := lon + 0.0001)

    session = await held_back(feed, drives_on)
    waiting = len(session.outbox)
    for _ in range(100):
        drives_on()
        await asyncio.sleep(0.012)
    assert len(session.outbox) <= waiting + 3
    numbered = feed.world.event()
    await until(lambda: feed.hub.upto == numbered)
    answer = await lazy.read_until(b'"t":"sys.lag"')
    assert b'"position":%d' % numbered in answer
    assert answer.count(f"{lon:.4f}".encode()) <= 1
    lazy.socket.close()


async def test_when_last_known_values_do_not_fit_they_come_as_a_snapshot_later(feeds: Start) -> None:
    feed = await feeds(**PATIENT, queue_messages=60)
    lazy = Lazy(feed)
    await lazy.subscribe("unit", "event")
    await until(lambda: len(feed.hub.audience) == 1)
    session = await held_back(feed)
    for number in range(200):
        feed.world.unit(f"u-{number}")
    await until(lambda: session.outbox.shed)
    assert len(session.outbox) <= 60
    answer = await lazy.read_until(b'"op":"snap","d":[{"k":"u-0"')
    assert b'"t":"sys.lag"' in answer
    snapshot = answer.rpartition(b'"op":"snap"')[2]
    if b'"k":"u-199"' not in snapshot:
        await lazy.read_until(b'"k":"u-199"')
    lazy.socket.close()


async def test_a_slow_reader_is_given_a_long_replay_at_its_own_pace(feeds: Start) -> None:
    text = {"vi": "x" * 2000, "en": "x"}
    feed = await feeds(**SMALL, queue_messages=20)
    await feed.hub.ready.wait()
    positions = [feed.world.event(data={"title": text}) for _ in range(600)]
    await until(lambda: feed.hub.upto == positions[-1])
    screen = feed.screen("event")
    await screen.connect(epoch=feed.world.epoch, since=0)
    await screen.until_upto(positions[-1])
    assert [m["position"] for m in screen.messages if m.get("op") == "put"] == positions
    assert screen.close_code is None
    await screen.close()


async def test_a_snapshot_larger_than_the_queue_arrives_whole(feeds: Start) -> None:
    for_wall = {"vi": "x" * 3000, "en": "x"}
    feed = await feeds(**SMALL, queue_bytes=20_000)
    for number in range(300):
        feed.world.incident(f"case-{number}", title=for_wall)
        feed.world.unit(f"unit-{number}")
    async with feed.screen() as screen:
        await screen.until(lambda: len(screen.state["unit"]) == 300)
        assert len(screen.state["incident"]) == 300
        await screen.until_upto(feed.world.incident("one-more"))
        assert screen.close_code is None


async def test_pings_of_a_client_that_does_not_read_do_not_pile_up(feeds: Start) -> None:
    feed = await feeds(**PATIENT)
    lazy = Lazy(feed)
    await lazy.subscribe("event")
    await until(lambda: len(feed.hub.audience) == 1)
    await held_back(feed)
    loop = asyncio.get_running_loop()
    ping = b"\x89" + bytes([0x80 | 100]) + b"\0\0\0\0" + b"p" * 100
    for _ in range(500):
        await loop.sock_sendall(lazy.socket, ping * 10)
    gateway = next(iter(feed.server.server_state.connections))
    assert gateway._transport.get_write_buffer_size() < 64 * 1024
    answer = await lazy.read_until(b"p" * 100)
    assert answer.count(b"p" * 100) < 100
    lazy.socket.close()
