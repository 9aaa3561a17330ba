"""A peer that cannot be installed is said not to be, and a thing counts only once its door says 2xx."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bench.alerta import ask
from bench.http_driver import Refused
from bench.own_environment import NotInstalled, environment


def test_what_cannot_be_installed_is_told(tmp_path: Path):
    with pytest.raises(NotInstalled, match="không-có"):
        environment(tmp_path / "own", str(tmp_path / "không-có-1.0-py3-none-any.whl"))


async def _served(answer: bytes) -> bytes:
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"ng\xe1\xba\xadp"))
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        return await ask(port, "POST", "/alert", ("ioc-role: device",), "ngập".encode())


async def test_the_body_of_a_good_answer_comes_back():
    assert await _served(b"HTTP/1.1 201 Created\r\nConnection: close\r\n\r\nxong") == b"xong"


async def test_a_refusal_is_no_figure():
    with pytest.raises(Refused, match="503"):
        await _served(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
