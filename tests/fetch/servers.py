"""Loopback servers that speak raw bytes, so that they can misbehave in every way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Handler = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Loopback:
    """A server on 127.0.0.1; `requests` are the heads it was sent, `connections` counts silent ones too."""

    port: int = 0
    connections: int = 0
    requests: list[str] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


@asynccontextmanager
async def serving(handler: Handler, host: str = "127.0.0.1") -> AsyncIterator[Loopback]:
    """A server that hands each request's head to `handler` and closes the connection after it."""
    here = Loopback()
    busy: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        here.connections += 1
        task = asyncio.current_task()
        assert task is not None
        busy.add(task)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            here.requests.append(head)
            await handler(head, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has seen enough, or the test is over
        finally:
            busy.discard(task)
            writer.close()

    server = await asyncio.start_server(talk, host, 0)
    here.port = server.sockets[0].getsockname()[1]
    try:
        yield here
    finally:
        for task in busy:
            task.cancel()
        server.close()
        await asyncio.gather(*busy, return_exceptions=True)


def answering(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> Handler:
    """A handler that gives one answer, whose `Content-Length` may lie."""

    async def handler(_head: str, writer: asyncio.StreamWriter) -> None:
        said = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
        writer.write("\r\n".join(said).encode() + b"\r\n\r\n" + body)

    return handler


def sending_to(location: str, status: str = "302 Found") -> Handler:
    """A handler that redirects."""
    return answering(b"", f"Location: {location}", status=status)


def path_of(head: str) -> str:
    """The path of a request's head."""
    return head.split(" ", 2)[1]
