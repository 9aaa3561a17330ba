"""The line itself: it carries, and each of its faults does what its name says."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest

from tests.chaos.proxy import Proxy, turn


class Echo:
    """A server that says everything back."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.port = 0
        ready = threading.Event()

        async def serve() -> None:
            server = await asyncio.start_server(self._echo, "127.0.0.1", 0)
            self.port = server.sockets[0].getsockname()[1]
            ready.set()
            async with server:
                await server.serve_forever()

        self._thread = threading.Thread(target=turn, args=(self.loop, serve()), daemon=True)
        self._thread.start()
        ready.wait()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)

    async def _echo(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1000):
            writer.write(data)


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    echo = Echo()
    made = Proxy(echo.port)
    made.start()
    yield made
    made.stop()
    echo.stop()


async def said_back(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, words: bytes) -> float:
    began = time.monotonic()
    writer.write(words)
    assert await asyncio.wait_for(reader.readexactly(len(words)), 20) == words
    return time.monotonic() - began


async def test_the_line_carries_late_and_in_pieces(proxy: Proxy):
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    await said_back(reader, writer, "một".encode())
    proxy.change(delay_s=0.2)
    assert await said_back(reader, writer, b"hai") >= 0.4
    proxy.mend()
    proxy.change(piece=1)
    await said_back(reader, writer, "từng chữ một".encode())
    proxy.mend()
    writer.close()


@pytest.mark.parametrize("way", ["up", "down"])
async def test_a_cut_line_holds_back_and_loses_nothing(proxy: Proxy, way: str):
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    await said_back(reader, writer, b"before")
    proxy.change(**{way: False})
    writer.write(b"held")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.readexactly(4), 0.3)
    proxy.mend()
    assert await asyncio.wait_for(reader.readexactly(4), 20) == b"held"
    writer.close()


async def test_a_reset_ends_every_connection(proxy: Proxy):
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    await said_back(reader, writer, b"before")
    proxy.reset()
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(1), 20)
    again, other = await asyncio.open_connection("127.0.0.1", proxy.port)
    await said_back(again, other, b"after")
    other.close()
    writer.close()
