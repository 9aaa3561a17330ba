"""A peer that cannot be installed is said not to be, and only a 2xx of its door counts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bench.http_driver import Caller, Refused, post
from bench.own_environment import NotInstalled, environment


def test_what_cannot_be_installed_is_told(tmp_path: Path):
    with pytest.raises(NotInstalled, match="không-có"):
        environment(tmp_path / "own", str(tmp_path / "không-có-1.0-py3-none-any.whl"))


async def _served(*answers: bytes) -> tuple[list[bytes], int]:
    """What one caller is told in turn, and over how many connections."""
    waiting, connections = list(answers), 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while waiting:
            await reader.readuntil(b"ng\xe1\xba\xadp")
            answer = waiting.pop(0)
            writer.write(answer)
            if b"close" in answer:
                break
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        caller = Caller(server.sockets[0].getsockname()[1])
        asked = post("/alert", "ngập".encode(), "ioc-role: device")
        try:
            return [await caller.ask(asked) for _ in answers], connections
        finally:
            caller.close()


async def test_a_connection_is_kept_as_long_as_the_server_keeps_it():
    kept = b"HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\nxong"
    closed = kept.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    assert await _served(kept, kept, closed, kept) == ([b"xong"] * 4, 2)


async def test_a_refusal_is_no_figure():
    with pytest.raises(Refused, match="503"):
        await _served(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
