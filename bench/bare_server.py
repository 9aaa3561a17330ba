"""The least a server can do: decode with msgspec, commit, send what was committed to every WebSocket in a plain loop.

usage: python -m bench.bare_server FOLDER PORT [rows]

With `rows` each reading becomes a row that can be asked for; without, what came in one request is one row.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import uvicorn
import uvloop
from msgspec.structs import astuple
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from bench.bare_writer import ENTRY, READING, BareWriter
from bench.children import READY


class Reading(msgspec.Struct):
    """A reading, its types checked and nothing else."""

    id: str
    kind: str
    key: str
    value: float
    unit: str
    at: str
    quality: str = "good"


class Call(msgspec.Struct):
    """A call, its types checked and nothing else."""

    number_dialled: str
    caller: dict[str, str]
    location: dict[str, float]
    narrative: str
    answers: dict[str, bool]


_decode_readings = msgspec.json.Decoder(list[Reading] | Reading).decode
_decode_call = msgspec.json.Decoder(Call).decode
_pack = msgspec.msgpack.Encoder().encode
_json = msgspec.json.Encoder().encode


class Bare:
    """The ASGI application."""

    def __init__(self, writer: BareWriter, *, rows: bool) -> None:
        self._writer, self._rows = writer, rows
        self._screens: set[WebSocket] = set()

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
        if self._rows:
            await self._writer.write(*map(astuple, readings))
        else:
            await self._writer.write((readings[0].id, readings[0].at, _pack(readings)))
        return _json({"accepted": len(readings), "refused": []})

    async def _call(self, body: bytes) -> bytes:
        call, id = _decode_call(body), str(uuid4())
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        d = {"type": "emergency.call.received", "correlation": id, "body": call}
        text = _json({"t": "event", "k": id, "op": "put", "ts": at, "rt": at, "d": d})
        await self._writer.write((id, at, text))
        for screen in tuple(self._screens):
            await screen.send_text(text.decode())
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


async def _serve(home: Path, port: int, *, rows: bool) -> None:
    app: Any = Bare(BareWriter(home / "bare.db", READING if rows else ENTRY), rows=rows)
    config = uvicorn.Config(app, port=port, http="httptools", lifespan="off", log_level="error", access_log=False)
    config.ws_per_message_deflate = False
    print(READY, flush=True)
    await uvicorn.Server(config).serve()


def main(home: str, port: str, form: str = "") -> None:
    """Serves until SIGTERM."""
    Path(home).mkdir(parents=True, exist_ok=True)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(Path(home), int(port), rows=form == "rows"))


if __name__ == "__main__":
    main(*sys.argv[1:])
