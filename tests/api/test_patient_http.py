"""The head of a request: who does not finish it, or does not end it, is told and cut off."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn

from ioc.api import patient_http
from ioc.api.headers import safe_headers

HEAD = b"POST /x HTTP/1.1\r\nHost: localhost\r\n"
BODY = b"n\xc6\xb0\xe1\xbb\x9bc " * 60_000


async def echo(scope: Any, receive: Any, send: Any) -> None:
    assert b"x-late" not in dict(scope["headers"])
    size, more = 0, scope["path"] != "/early"
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    body = str(size).encode()
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(body)).encode())]}
    )
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(patient_http, "HEAD_S", 0.3)
    monkeypatch.setattr(patient_http, "LINGER_S", 0.3)
    http = patient_http.patient_http(safe_headers(tls=False))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(echo, http=http, lifespan="off", log_level="critical"))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    yield listener.getsockname()[1]
    server.should_exit = True
    await running


async def said(port: int, *parts: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the last answer, once the server has closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await asyncio.sleep(0)
    async with asyncio.timeout(20):
        whole = await reader.read()
    writer.close()
    head, _, body = whole[whole.rindex(b"HTTP/1.1 ") :].partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return int(first.split()[1]), dict(line.split(": ", 1) for line in lines), body


@pytest.mark.parametrize(
    ("parts", "status", "code"),
    [
        ((), 408, "too-slow"),
        ((HEAD,), 408, "too-slow"),
        ((HEAD, b"X-Long: " + b"a" * 70_000), 431, "head-too-large"),
        ((b"khong phai HTTP\r\n\r\n",), 400, None),
        ((HEAD + b"Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n",), 400, None),
    ],
    ids=["silent", "half a head", "a large head", "no HTTP", "a feed that is posted to"],
)
async def test_a_head_that_is_not_finished(port: int, parts: tuple[bytes, ...], status: int, code: str | None) -> None:
    answer, headers, body = await said(port, *parts)
    assert answer == status
    assert headers["content-type"] == "application/problem+json"
    assert headers["x-content-type-options"] == "nosniff"
    problem = json.loads(body)
    assert problem["status"] == status and problem["title"] and problem["title_en"]
    assert code is None or problem["type"] == f"urn:ioc:problem:{code}"


async def test_half_of_a_second_head(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
    assert await reader.readexactly(1) == b"0"
    writer.write(HEAD)
    async with asyncio.timeout(20):
        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
    writer.close()


@pytest.mark.parametrize("line", [b"X-Long: " + b"a" * 9_000 + b"\r\n", b"a" * 9_000], ids=["lines", "one line"])
async def test_a_head_without_end_is_not_listened_to(port: int, line: bytes) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEAD + b"X-Longer: ")
    with pytest.raises(ConnectionError):
        for _ in range(20_000):
            writer.write(line)
            await writer.drain()
    writer.close()


async def test_a_large_body_after_a_head_in_pieces_is_no_large_head(port: int) -> None:
    end = b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(BODY)
    answer, _, body = await said(port, HEAD, end + BODY)
    assert (answer, int(body)) == (200, len(BODY))


async def test_the_rest_of_a_body_that_was_answered_early_is_no_head(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEAD.replace(b"/x", b"/early") + b"Content-Length: %d\r\n\r\n" % len(BODY))
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
    assert await reader.readexactly(1) == b"0"
    writer.write(BODY)
    await writer.drain()
    writer.write(HEAD + b"Content-Length: 1\r\nConnection: close\r\n\r\n1")
    async with asyncio.timeout(20):
        rest = await reader.read()
    assert rest.startswith(b"HTTP/1.1 200 ")
    assert b" 431 " not in rest
    writer.close()


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("begin", "again"),
    [
        (b"0\r\n", b"X-Late: muon\r\n" * 500),
        (b"0\r\nX-Late: ", b"m" * 9_000),
        (b"5;ma-rong=", b"m" * 9_000),
    ],
    ids=["fields after the body", "one field after the body", "an extension of a piece"],
)
@pytest.mark.parametrize("path", [b"/x", b"/early"])
async def test_what_holds_a_body_together_has_an_end(port: int, path: bytes, begin: bytes, again: bytes) -> None:
    await flood(port, CHUNKED.replace(b"/x", path) + begin, again)


async def test_requests_sent_without_waiting_have_an_end(port: int) -> None:
    await flood(port, b"", b"GET /early HTTP/1.1\r\nHost: a\r\n\r\n" * 1_000)


async def test_the_rest_of_a_body_that_was_answered_early_has_an_end(port: int) -> None:
    await flood(port, HEAD.replace(b"/x", b"/early") + b"Content-Length: 999999999999\r\n\r\n", b"n" * 9_000)


async def flood(port: int, begin: bytes, again: bytes) -> None:
    """Sends on and on, reads nothing, and is cut off."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(begin)
    with pytest.raises(ConnectionError):
        async with asyncio.timeout(20):
            while True:
                writer.write(again)
                await writer.drain()
                await asyncio.sleep(0)
    writer.close()


async def test_a_body_in_pieces_of_one_byte_with_a_field_after_it(port: int) -> None:
    end = b"0\r\nX-Late: muon\r\n\r\n"
    answer, _, body = await said(
        port, CHUNKED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), b"1\r\nn\r\n" * 90_000, end
    )
    assert (answer, int(body)) == (200, 90_000)


async def test_a_few_requests_sent_without_waiting_are_answered_in_order(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for size in range(1, 10):
        writer.write(HEAD + b"Content-Length: %d\r\n\r\n" % size + b"n" * size)
    writer.write(b"GET /early HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    async with asyncio.timeout(20):
        whole = await reader.read()
    assert [answer[-1:] for answer in whole.split(b"HTTP/1.1 200")[1:]] == [b"%d" % size for size in range(1, 10)] + [
        b"0"
    ]
    writer.close()
