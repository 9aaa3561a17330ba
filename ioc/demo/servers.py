"""The simulator's own web server on this machine: feeds to fetch and cameras to watch, nothing else."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import msgspec

from ioc.demo.press import Answer

REQUEST_BYTES = 8_192
REQUEST_S = 10.0
WRITE_S = 10.0
HANG_UP_S = 2.0
BOUNDARY = b"ioc-frame"

FeedOf = Callable[[str], Answer | None]
Frames = AsyncGenerator[bytes, None]
FramesOf = Callable[[str], Frames | None]


class Asked(msgspec.Struct, frozen=True):
    """One request: its path and its headers, names in lower case."""

    path: str
    headers: Mapping[str, str]


@asynccontextmanager
async def serving(port: int, feed_of: FeedOf, frames_of: FramesOf) -> AsyncIterator[int]:
    """Serves on 127.0.0.1 (port 0: any free one) while the block runs; gives the port."""
    site = _Site(feed_of, frames_of)
    server = await asyncio.start_server(site.meet, "127.0.0.1", port, limit=REQUEST_BYTES)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await site.hang_up()


class _Site:
    def __init__(self, feed_of: FeedOf, frames_of: FramesOf) -> None:
        self._feed_of = feed_of
        self._frames_of = frames_of
        self._open: dict[asyncio.StreamWriter, asyncio.Task[object] | None] = {}

    async def hang_up(self) -> None:
        """Ends every connection: whoever watches a camera would watch for ever."""
        answering = [task for task in self._open.values() if task]
        for task in answering:
            task.cancel()
        if answering:
            await asyncio.wait(answering, timeout=HANG_UP_S)

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one answer."""
        self._open[writer] = asyncio.current_task()
        try:
            async with asyncio.timeout(REQUEST_S):
                asked = _read(await reader.readuntil(b"\r\n\r\n"))
            await self._answer(asked, writer)
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            writer.transport.abort()  # whoever asked went away, or was no client of ours
        except asyncio.CancelledError:  # only an end of the server does that; told on, asyncio would log it as a fault
            writer.transport.abort()
        finally:
            self._open.pop(writer, None)
            with contextlib.suppress(OSError):
                writer.close()

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        kind, _, name = asked.path.strip("/").partition("/")
        feed = self._feed_of(name) if kind == "feeds" else None
        frames = self._frames_of(name.removesuffix(".mjpg")) if kind == "cameras" else None
        if feed:
            await _send(writer, _feed_answer(feed, asked.headers.get("if-none-match", "")))
        elif frames:
            await _stream(writer, frames)
        else:
            await _send(writer, _head("404 Not Found", "text/plain", 0))


def _read(head: bytes) -> Asked:
    first, *rest = head.decode("latin-1").split("\r\n")
    method, path, _version = first.split(" ")
    if method != "GET":
        raise ValueError(method)
    headers = dict(line.split(":", 1) for line in rest if ":" in line)
    return Asked(path.partition("?")[0], {name.strip().lower(): value.strip() for name, value in headers.items()})


def _feed_answer(feed: Answer, known_tag: str) -> bytes:
    if known_tag == feed.etag:
        return _head("304 Not Modified", feed.content_type, 0, ETag=feed.etag)
    return _head("200 OK", feed.content_type, len(feed.body), ETag=feed.etag) + feed.body


def _head(status: str, content_type: str, length: int, **more: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {length}", "Connection: close"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in more.items()), "", ""]).encode()


async def _send(writer: asyncio.StreamWriter, content: bytes) -> None:
    if writer.is_closing():
        raise ConnectionResetError("the other side hung up")
    writer.write(content)
    async with asyncio.timeout(WRITE_S):
        await writer.drain()


async def _stream(writer: asyncio.StreamWriter, frames: Frames) -> None:
    """Frames as `multipart/x-mixed-replace` until the camera or the watcher ends it."""
    start = b"HTTP/1.1 200 OK\r\nConnection: close\r\nCache-Control: no-store\r\n"
    await _send(writer, start + b"Content-Type: multipart/x-mixed-replace; boundary=" + BOUNDARY + b"\r\n\r\n")
    async with contextlib.aclosing(frames) as running:
        async for frame in running:
            part = b"--%s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % (BOUNDARY, len(frame))
            await _send(writer, part + frame + b"\r\n")
