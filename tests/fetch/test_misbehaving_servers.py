"""How the fetcher ends with servers that misbehave: silence, trickles, floods, bombs and lies."""

from __future__ import annotations

import asyncio
import gzip

from ioc.fetch import Limits
from tests.fetch.asking import RSS, XML, refusal
from tests.fetch.servers import answering


async def test_a_server_that_accepts_and_says_nothing_is_ended() -> None:
    async def silent(_head: str, _writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    assert await refusal(silent) == "too-slow"


async def test_a_server_that_trickles_is_ended_by_the_clock() -> None:
    async def trickle(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.1)

    assert await refusal(trickle, Limits(total_s=1.0, idle_s=0.5, gap_s=0.0)) == "too-slow"


async def test_headers_that_trickle_or_never_end_are_ended() -> None:
    async def endless(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-A: " + b"a" * 1000 + b"\r\n")
            await writer.drain()

    async def trickle(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-A: 1\r\n")
            await writer.drain()
            await asyncio.sleep(0.1)

    many = answering(RSS, *(f"X-{i}: 1" for i in range(150)))
    assert await refusal(endless) == "bad-answer"
    assert await refusal(trickle, Limits(total_s=1.0, idle_s=0.5, gap_s=0.0)) == "too-slow"
    assert await refusal(many) == "too-many-headers"


async def test_fifty_megabytes_are_refused_whether_announced_or_not() -> None:
    sent = 0

    async def unannounced(_head: str, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(50):
            writer.write(b"x" * 1_000_000)
            await writer.drain()
            sent += 1

    assert await refusal(answering(b"x" * 10, length=50_000_000)) == "too-large"
    assert await refusal(unannounced) == "too-large"
    assert sent < 50


async def test_a_bomb_is_noticed_before_it_unfolds() -> None:
    bomb = gzip.compress(b"\0" * 100_000_000, 9)
    assert len(bomb) < 200_000
    assert await refusal(answering(bomb, "Content-Encoding: gzip")) == "too-large"
    assert await refusal(answering(gzip.compress(bomb), "Content-Encoding: gzip, gzip")) == "bad-encoding"
    assert await refusal(answering(b"x", "Content-Encoding: br")) == "bad-encoding"
    assert await refusal(answering(b"no gzip at all", "Content-Encoding: gzip")) == "broken-encoding"
    assert await refusal(answering(gzip.compress(RSS)[:-9], "Content-Encoding: gzip")) == "broken-encoding"


async def test_a_length_that_lies_is_no_answer() -> None:
    async def twice(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 30\r\n\r\nabc")

    assert await refusal(answering(RSS, XML, length=len(RSS) + 10)) == "bad-answer"
    assert await refusal(answering(RSS, XML, length=-5)) == "bad-answer"
    assert await refusal(twice) == "bad-answer"


async def test_rubbish_and_sudden_ends_are_no_answer() -> None:
    async def rubbish(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x00\xff\x13\x37" * 100)

    async def nothing(_head: str, _writer: asyncio.StreamWriter) -> None:
        return

    assert await refusal(rubbish) == "bad-answer"
    assert await refusal(nothing) == "bad-answer"
