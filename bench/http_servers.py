"""Servers for the HTTP benchmarks. usage: python -m bench.http_servers ours|bare FOLDER PORT [REDIS_URL]

`ours` is the API process as shipped (HTTP, rights, rates, feed, relay). `bare` is an ASGI function that decodes with
msgspec and commits, and sends what it committed to every WebSocket in a plain loop.
"""

from __future__ import annotations

import asyncio
import sys
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
import uvloop
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from bench.bare_writer import BareWriter
from bench.children import READY
from ioc.api.observations import Reading
from ioc.app import api_worker
from ioc.cli.city import profile_dir
from ioc.core.clock import SystemClock, iso
from ioc.core.ids import new_id
from ioc.demo.settings import demo_settings
from ioc.host.children import Pulse
from ioc.host.migrating import migrate
from modules.emergency.shapes import CallIn

_decode_readings = msgspec.json.Decoder(list[Reading] | Reading).decode
_decode_call = msgspec.json.Decoder(CallIn).decode
_pack = msgspec.msgpack.Encoder().encode
_json = msgspec.json.Encoder().encode


def ours(home: Path, port: int, redis_url: str) -> None:
    """The API process of a demonstration, on a Valkey of its own."""
    settings = demo_settings(profile_dir("thanh-hoa"), home, port=port).model_copy(update={"redis_url": redis_url})
    migrate(settings)
    _nobody, sender = Pipe(duplex=False)
    print(READY, flush=True)
    api_worker(settings, Pulse(sender))


class Bare:
    """The ASGI application."""

    def __init__(self, writer: BareWriter) -> None:
        self._writer = writer
        self._screens: set[WebSocket] = set()
        self._clock = SystemClock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request or a screen."""
        if scope["type"] == "websocket":
            await self._screen(WebSocket(scope, receive, send))
            return
        body = await _body(receive)
        answer = await (self._call(body) if scope["path"].endswith("calls") else self._readings(body))
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 202, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _readings(self, body: bytes) -> bytes:
        found = _decode_readings(body)
        readings = found if isinstance(found, list) else [found]
        await self._writer.write((readings[0].id, readings[0].at, _pack(readings)))
        return _json({"accepted": len(readings), "refused": []})

    async def _call(self, body: bytes) -> bytes:
        call, id, at = _decode_call(body), new_id(), iso(self._clock.now())
        stored = _json(call)
        await self._writer.write((id, at, stored))
        message = b'{"t":"event","k":"%s","op":"put","ts":"%s","rt":"%s","d":{"correlation":"%s","body":%s}}'
        named = (id.encode(), at.encode())
        text = (message % (*named, at.encode(), named[0], stored)).decode()
        for screen in tuple(self._screens):
            await screen.send_text(text)
        return _json({"id": id})

    async def _screen(self, screen: WebSocket) -> None:
        await screen.accept()
        self._screens.add(screen)
        await screen.send_text('{"t":"sys.hb","d":{}}')
        try:
            while True:
                await screen.receive_text()
        except WebSocketDisconnect:
            self._screens.discard(screen)


async def _body(receive: Receive) -> bytes:
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


async def bare(home: Path, port: int) -> None:
    """Serves the bare application."""
    home.mkdir(parents=True, exist_ok=True)
    app: Any = Bare(BareWriter(home / "bare.db"))
    config = uvicorn.Config(app, port=port, http="httptools", lifespan="off", log_level="error", access_log=False)
    config.ws_per_message_deflate = False
    print(READY, flush=True)
    await uvicorn.Server(config).serve()


def main(kind: str, home: str, port: str, *redis_url: str) -> None:
    """Serves until SIGTERM."""
    if kind == "ours":
        ours(Path(home), int(port), redis_url[0])
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(bare(Path(home), int(port)))


if __name__ == "__main__":
    main(*sys.argv[1:])
