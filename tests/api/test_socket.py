"""Over a real socket: refusals reach the sender, and the connection is never just cut."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import pytest
import uvicorn

from tests.api.conftest import World

MIB = 1024 * 1024


class Quiet(uvicorn.Server):
    """uvicorn that leaves the test's signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@pytest.fixture
async def port(world: World) -> AsyncIterator[int]:
    """The port of a running server."""
    config = uvicorn.Config(
        world.app, host="127.0.0.1", port=0, http="httptools", lifespan="off", ws="none", log_config=None
    )
    server = Quiet(config)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(10):
        while not server.started:
            await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def told(port: int, head: bytes, parts: list[bytes]) -> bytes:
    """What the server answers to a request of these parts, read after the last one is sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(20):
        writer.write(head)
        for part in parts:
            writer.write(part)
            await writer.drain()
        answer = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return answer


def head(path: bytes, *headers: bytes) -> bytes:
    lines = (b"POST " + path + b" HTTP/1.1", b"Host: 127.0.0.1", b"Content-Type: application/json", *headers)
    return b"\r\n".join((*lines, b"", b""))


@pytest.mark.parametrize("path", [b"/api/v1/session", b"/open311/v2/requests.json", b"/report"])
async def test_too_large_a_body_is_answered_after_it_was_sent(world: World, port: int, path: bytes) -> None:
    announced = head(path, b"Content-Length: %d" % (24 * MIB))
    assert b" 413 " in await told(port, announced, [b" " * MIB] * 24)

    chunk = b"%x\r\n" % MIB + b" " * MIB + b"\r\n"
    in_chunks = head(path, b"Transfer-Encoding: chunked")
    assert b" 413 " in await told(port, in_chunks, [chunk] * 12 + [b"0\r\n\r\n"])


async def test_a_refused_caller_is_answered_though_nobody_read_the_body(world: World, port: int) -> None:
    announced = head(b"/api/v1/people", b"Content-Length: %d" % (8 * MIB))
    assert b" 401 " in await told(port, announced, [b" " * MIB] * 8)


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\n\r\n",  # no host
        b"GET /%ff%fe HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /a\x00b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"TRACE / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ],
)
async def test_odd_requests_are_refused_and_the_next_is_served(world: World, port: int, raw: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(raw)
    async with asyncio.timeout(5):
        line = await reader.readline()
    writer.close()
    assert line.startswith(b"HTTP/1.1 4"), line
    good = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    assert b" 200 " in await told(port, good, [])
