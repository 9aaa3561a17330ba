"""Servers for the fan-out benchmark. usage: python -m bench.fanout_servers ours|starlette|bare PORT

Every byte on stdin publishes one message: the same event to all three. `ours` is the hub and gateway of the feed, which
read the event from its stored body, filter it for every client and frame it once. `starlette` is a plain loop of
`send_text`, `bare` a loop that writes a ready frame to every transport.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import uvicorn
import uvloop
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from bench.bare_socket import BareSocket
from bench.children import READY
from bench.samples import a_message, some_events
from ioc.bus.ports import Entry
from ioc.contract import Principal
from ioc.core.dataclass import EVERYTHING
from ioc.core.envelope import Recorded, encode
from ioc.feed.hub import Hub
from ioc.feed.options import Options
from ioc.feed.ports import Headers, IncidentPage, LogRow, Sources
from ioc.feed.protocol import gateway
from ioc.feed.wire import changes

BEAT = '{"t":"sys.hb","d":{}}'
OPERATOR = Principal(id="p-1", name="Trực ban", role="operator", classes=EVERYTHING)
MANY = 10_000  # connections of one address and one user: all screens of a benchmark are one


class Ours:
    """A hub on a log in memory."""

    def __init__(self) -> None:
        self._body = encode(some_events(1)[0])
        self._waiting: asyncio.Queue[int] = asyncio.Queue()
        self._position = 0
        sources = Sources("bench", self, self.tail, self, self.incidents)
        options = Options(city="bench", build="bench", per_address=MANY, per_user=MANY)
        self.hub = Hub(options, sources, authenticate=self.who, recheck=self.who)

    def publish(self, count: int) -> None:
        """Puts events at the end of the log."""
        self._waiting.put_nowait(count)

    async def serve(self, config: uvicorn.Config) -> None:
        """Serves the feed."""
        config.ws = gateway(self.hub)
        await self.hub.start()
        await uvicorn.Server(config).serve()

    async def tail(self, position: int) -> AsyncIterator[Sequence[LogRow]]:
        """The new rows as they are stored, in batches as they come."""
        while True:
            count = await self._waiting.get()
            batch = [Entry(self._position + step, self._body) for step in range(1, count + 1)]
            self._position += count
            yield batch

    async def who(self, _headers: Headers, _token: str | None) -> Principal:
        """Everyone is an operator."""
        return OPERATOR

    async def head(self) -> int:
        """The end of the log."""
        return self._position

    async def after(self, _position: int, _limit: int) -> Sequence[LogRow]:
        """Nobody comes late."""
        return ()

    async def query(self, **_conditions: Any) -> Sequence[Recorded]:
        """No past."""
        return ()

    async def changed_since(self, _seq: int) -> Sequence[Any]:
        """No last-known values."""
        return ()

    async def incidents(self) -> IncidentPage:
        """No incidents."""
        return IncidentPage(self._position, ())


class PlainLoop:
    """`send_text` to one client after the other."""

    def __init__(self) -> None:
        self._text = a_message()
        self._screens: set[WebSocket] = set()
        self._waiting: asyncio.Queue[int] = asyncio.Queue()

    def publish(self, count: int) -> None:
        """Sends messages, in order."""
        self._waiting.put_nowait(count)

    async def serve(self, config: uvicorn.Config) -> None:
        """Serves the WebSockets."""
        config.app = self
        sender = asyncio.create_task(self._send())
        await uvicorn.Server(config).serve()
        sender.cancel()

    async def _send(self) -> None:
        while True:
            for _ in range(await self._waiting.get()):
                for screen in tuple(self._screens):
                    await screen.send_text(self._text)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One client."""
        screen = WebSocket(scope, receive, send)
        await screen.accept()
        self._screens.add(screen)
        await screen.send_text(BEAT)
        try:
            while True:
                await screen.receive_text()
        except WebSocketDisconnect:
            self._screens.discard(screen)


class ReadyFrames:
    """The ceiling: a frame made once, `transport.write` for each client and nothing else."""

    def __init__(self) -> None:
        self._frame = changes(Recorded(1, some_events(1)[0]))[0].frame
        self._sockets: set[BareSocket] = set()

    def publish(self, count: int) -> None:
        """Writes at once."""
        for _ in range(count):
            for one in self._sockets:
                one.transport.write(self._frame)

    async def serve(self, config: uvicorn.Config) -> None:
        """Serves until cancelled."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: BareSocket(self._sockets, BEAT.encode()), "127.0.0.1", config.port)
        await server.serve_forever()


KINDS: dict[str, Callable[[], Ours | PlainLoop | ReadyFrames]] = {
    "ours": Ours,
    "starlette": PlainLoop,
    "bare": ReadyFrames,
}


async def _main(kind: str, port: int) -> None:
    server = KINDS[kind]()
    asyncio.get_running_loop().add_reader(0, lambda: server.publish(len(os.read(0, 4096))))
    config = uvicorn.Config(_nothing, port=port, lifespan="off", log_level="error", access_log=False)
    config.ws_per_message_deflate = False
    print(READY, flush=True)
    await server.serve(config)


async def _nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """No pages."""


def main(kind: str, port: str) -> None:
    """Serves until SIGTERM."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_main(kind, int(port)))


if __name__ == "__main__":
    main(*sys.argv[1:])
