"""A line between two programs that can be cut, reset, slowed or delayed, in a thread of its own."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

PIECE = 65_536
HELD_LOOK_S = 0.02
_NO_GOODBYE = struct.pack("ii", 1, 0)  # SO_LINGER: close sends a reset


@dataclass(frozen=True, slots=True)
class Line:
    """How the line is: whether it carries anything up (to the server) and down, by how many seconds late, in pieces of
    how many bytes, and how many bytes a second (0: as they come)."""

    up: bool = True
    down: bool = True
    delay_s: float = 0.0
    jitter_s: float = 0.0
    piece: int = PIECE
    per_s: float = 0.0


@dataclass
class Proxy:
    """Listens on a free port of loopback and carries to `target`."""

    target: int
    line: Line = field(default_factory=Line)
    port: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _thread: threading.Thread = field(default_factory=threading.Thread)

    def start(self) -> None:
        """Serves from now on."""
        started = threading.Event()

        async def serve() -> None:
            server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
            self.port = server.sockets[0].getsockname()[1]
            started.set()
            async with server:
                await server.serve_forever()

        self._thread = threading.Thread(target=turn, args=(self._loop, serve()), name="line", daemon=True)
        self._thread.start()
        started.wait()

    def stop(self) -> None:
        """Ends every connection and the thread."""
        self.reset()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def mend(self) -> None:
        """As good as new."""
        self.line = Line()

    def change(self, **how: bool | float) -> None:
        """Some of the line's properties become others."""
        self.line = replace(self.line, **how)  # type: ignore[arg-type]

    def reset(self) -> None:
        """Every connection ends with a reset."""
        self._loop.call_soon_threadsafe(self._reset)

    def _reset(self) -> None:
        for writer in tuple(self._writers):
            raw = writer.get_extra_info("socket")
            if raw is not None:
                with suppress(OSError):
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_GOODBYE)
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            self._drop(writer)
            return
        self._writers.add(far_writer)
        ways = (self._carry(reader, far_writer, "up"), self._carry(far_reader, writer, "down"))
        await asyncio.gather(*ways, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str) -> None:
        try:
            while data := await reader.read(self.line.piece):
                await self._wait(len(data), way)
                writer.write(data)
                await writer.drain()
        finally:
            self._drop(writer)

    async def _wait(self, size: int, way: str) -> None:
        line = self.line
        if line.delay_s:
            await asyncio.sleep(max(0.0, line.delay_s + random.uniform(-line.jitter_s, line.jitter_s)))
        if line.per_s:
            await asyncio.sleep(size / line.per_s)
        while not getattr(self.line, way):
            await asyncio.sleep(HELD_LOOK_S)

    def _drop(self, writer: asyncio.StreamWriter) -> None:
        self._writers.discard(writer)
        writer.close()


def turn(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, None]) -> None:
    """Turns a loop until it is stopped, and leaves nothing of it behind."""
    first = loop.create_task(work)
    loop.run_forever()
    tasks = asyncio.all_tasks(loop) | {first}
    for task in tasks:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
