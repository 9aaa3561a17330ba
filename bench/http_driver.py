"""Drives an HTTP door with requests made beforehand: raw sockets, kept alive, so that the driver costs little."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import cast

HEAD_END = b"\r\n\r\n"


def post(path: str, body: bytes, *headers: str) -> bytes:
    """A POST request of JSON as bytes."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def get(path: str, *headers: str) -> bytes:
    """A GET request as bytes."""
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]).encode()


class Refused(Exception):
    """A door answered something else than 2xx; a rate of refusals would mean nothing."""


class Connection(asyncio.Protocol):
    """One kept-alive connection; sends a request when the answer to the last one is there."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._buffer = bytearray()
        self._answer: asyncio.Future[bytes] | None = None
        self.kept = True  # the server goes on with it

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Takes the connection."""
        self._transport = cast(asyncio.Transport, transport)

    async def ask(self, request: bytes) -> bytes:
        """The body of the answer; raises Refused unless it is a 2xx."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        """A part of the answer came."""
        self._buffer += data
        end = self._buffer.find(HEAD_END)
        if end < 0 or self._answer is None or self._answer.done():
            return
        head = bytes(self._buffer[:end]).lower()
        size = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        if len(self._buffer) < end + 4 + size:
            return
        body = bytes(self._buffer[end + 4 : end + 4 + size])
        self.kept = b"connection: close" not in head
        del self._buffer[: end + 4 + size]
        if head.startswith(b"http/1.1 2"):
            self._answer.set_result(body)
        else:
            self._answer.set_exception(Refused(f"{head[:60]!r} {body[:300]!r}"))

    def connection_lost(self, error: Exception | None) -> None:
        """The server closed: an open question is an error."""
        self.kept = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError("closed by the server"))

    def close(self) -> None:
        """Leaves."""
        self._transport.close()


class Caller:
    """Somebody who asks one thing after another, on one connection as long as the server keeps it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection: Connection | None = None

    async def ask(self, request: bytes) -> bytes:
        """The body of the answer; raises Refused unless it is a 2xx."""
        if self._connection is None or not self._connection.kept:
            self.close()
            [self._connection] = await connect(self._port, 1)
        return await self._connection.ask(request)

    def close(self) -> None:
        """Leaves."""
        if self._connection is not None:
            self._connection.close()


async def connect(port: int, count: int) -> list[Connection]:
    """Connections to a loopback port."""
    loop = asyncio.get_running_loop()
    made = [loop.create_connection(Connection, "127.0.0.1", port) for _ in range(count)]
    return [connection for _, connection in await asyncio.gather(*made)]


async def drive(connections: Sequence[Connection], requests: Sequence[bytes]) -> None:
    """Sends all requests, each connection the next one as soon as it has its answer."""
    waiting = iter(requests)
    await asyncio.gather(*(_work(connection, waiting) for connection in connections))


async def _work(connection: Connection, waiting: Iterator[bytes]) -> None:
    for request in waiting:
        await connection.ask(request)


async def pace(
    connections: Sequence[Connection],
    requests: Sequence[bytes],
    per_s: float,
    answered: Callable[[float, bytes | None], None],
) -> None:
    """Sends requests when they are due, whatever became of those before; `answered(due, body)` hears of each,
    with None for one that was refused.

    A request that finds every connection busy waits, and its time counts from when it was due.
    """
    loop = asyncio.get_running_loop()
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for connection in connections:
        free.put_nowait(connection)
    began = loop.time()

    async def one(index: int, due: float) -> None:
        connection = await free.get()
        try:
            answered(due, await connection.ask(requests[index]))
        except Refused:
            answered(due, None)
        free.put_nowait(connection)

    async with asyncio.TaskGroup() as group:
        for index in range(len(requests)):
            due = began + index / per_s
            await asyncio.sleep(max(0.0, due - loop.time()))
            group.create_task(one(index, due))
