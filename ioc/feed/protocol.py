"""The feed's WebSocket on the API's own port: frames are made once by the hub and written raw to every client.

uvicorn hands a connection over when a request asks to be upgraded (`Config(ws=gateway(hub))`). No extensions are
agreed: compressed frames could not be shared, and walls are on the local network.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Any, ClassVar, cast

from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol

from ioc.feed.doorway import client_address, plain_headers, turned_away
from ioc.feed.hub import Hub
from ioc.feed.keepalive import Keepalive
from ioc.feed.pace import Pace
from ioc.feed.ports import Headers
from ioc.feed.refusals import FLOOD, NOT_TEXT, TOO_SLOW
from ioc.feed.session import Session

_GOING_AWAY, _SILENT = 1001, 1011
_SAME_MACHINE = "127.0.0.1"
_SAFE = {"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff"}  # of every refusal
_SLICE = 1024  # bytes looked at between two looks at the pace: some 170 of the smallest frames
_wire_log = logging.getLogger("ioc.feed.wire")


def gateway(hub: Hub) -> type[asyncio.Protocol]:
    """The protocol class of one hub, for uvicorn's `ws` setting."""
    return type("FeedGateway", (Gateway,), {"hub": hub})


class Gateway(asyncio.Protocol):
    """One connection: handshake, frames in, frames out, ping and close. What they mean is the session's matter."""

    hub: ClassVar[Hub]

    def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
        self._options = self.hub.options
        self._connections: set[Any] = server_state.connections
        self._wire = ServerProtocol(extensions=None, max_size=self._options.max_message, logger=_wire_log)
        self._transport: asyncio.Transport
        self._session: Session | None = None
        self._task: asyncio.Task[None] | None = None
        self._keepalive = Keepalive(self._options, ping=self._ping, silent=self._silent, stalled=self._stalled)
        self._address: str | None = None
        self._pace = Pace(self._options)
        self._deaf = False
        self._message = bytearray()
        self._owed = b""
        self._closing: asyncio.TimerHandle | None = None

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Takes the connection over."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=self._options.write_high)
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._options.send_buffer)
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the client."""
        self._connections.discard(self)
        self._stop()
        if self._closing is not None:
            self._closing.cancel()
        if self._session is not None:
            self._session.end()
        if self._address is not None:
            self.hub.audience.forget(self._address)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        for start in range(0, len(data), _SLICE):
            if self._deaf:
                return
            self._wire.receive_data(data[start : start + _SLICE])
            self._attend()

    def eof_received(self) -> bool:
        """The client closed its side; the transport closes itself."""
        self._wire.receive_eof()
        self._attend()
        return False

    def pause_writing(self) -> None:
        """The client takes no more for now."""
        if self._session is not None:
            self._session.outbox.pause()
            self._keepalive.paused()

    def resume_writing(self) -> None:
        """The client takes data again."""
        self._keepalive.resumed()
        owed, self._owed = self._owed, b""
        self._transport.write(owed)
        if self._session is not None and self._wire.state is State.OPEN:
            self._session.resume()

    def shutdown(self) -> None:
        """The server stops: all that waits is handed over with a last heartbeat, then goodbye."""
        if self._session is not None and self._wire.state is State.OPEN:
            self.hub.beat(self._session)
            self._session.outbox.flush()
            self._session.end()
        self.close(_GOING_AWAY, "server stops")

    # What the session calls.

    def write(self, data: bytes) -> None:
        """Hands frames to the transport."""
        if self._wire.state is State.OPEN:
            self._transport.write(data)

    def close(self, code: int, reason: str) -> None:
        """Sends the close frame and waits a little for the client's; whoever does not answer is cut off."""
        self._stop()
        if self._wire.state is State.OPEN:
            self._wire.send_close(code, reason)
            self._flush()
            self._cut_off_later()
        elif self._wire.state is State.CONNECTING:
            self._transport.close()

    # Within.

    def _attend(self) -> None:
        for event in self._wire.events_received():
            if isinstance(event, Request):
                self._shake_hands(event)
            elif isinstance(event, Frame):
                if not self._pace.take():
                    self._stop_listening()
                    break
                self._take(event)
        self._flush()
        if self._wire.close_expected() or self._wire.state is State.CLOSED:
            self._stop()
            self._cut_off_later()

    def _shake_hands(self, request: Request) -> None:
        headers = plain_headers(request.headers)
        response = self._refusal(request, headers) or self._wire.accept(request)
        accepted = response.status_code == 101
        if not accepted:
            response.headers.update(_SAFE)
        self._wire.send_response(response)
        self._flush()
        if not accepted:
            return
        self._keepalive.start()
        self._session = Session(self.hub, self, headers)
        self._task = asyncio.ensure_future(self._session.run())

    def _refusal(self, request: Request, headers: Headers) -> Response | None:
        refused = turned_away(request.path, headers, self._peer(), self._options)
        if refused is not None:
            return self._wire.reject(*refused)
        address = client_address(self._peer(), headers, self._options.trusted_proxies)
        if not self.hub.audience.admit(address):
            response = self._wire.reject(429, "Too many connections\n")
            response.headers["Retry-After"] = "10"
            return response
        self._address = address
        return None

    def _peer(self) -> str:
        peer = self._transport.get_extra_info("peername")
        return str(peer[0]) if isinstance(peer, tuple) and peer else _SAME_MACHINE  # a unix socket names nobody

    def _take(self, event: Frame) -> None:
        if event.opcode is Opcode.PONG:
            self._keepalive.pong(bytes(event.data))
        elif event.opcode in (Opcode.TEXT, Opcode.CONT):
            self._message += event.data
            if event.fin:
                text = bytes(self._message)
                self._message.clear()
                self._deliver(text)
        elif event.opcode is Opcode.BINARY and self._session is not None:
            self._session.refuse(NOT_TEXT)

    def _stop_listening(self) -> None:
        """Who says too much is refused, and what it goes on to say stays in its own buffers until it is cut off."""
        self._deaf = True
        self._transport.pause_reading()
        if self._session is not None:
            self._session.refuse(FLOOD)
        self._cut_off_later()

    def _deliver(self, text: bytes) -> None:
        if self._session is not None and self._wire.state is State.OPEN:
            self._session.receive(text)

    def _flush(self) -> None:
        for data in self._wire.data_to_send():
            if not data:
                self._end_of_stream()
            elif self._wire.state is State.OPEN and self._session is not None and self._session.outbox.slow:
                self._owed = data  # an answer to a ping; only the newest is owed to a client that does not read
            else:
                self._transport.write(data)

    def _end_of_stream(self) -> None:
        if not self._transport.can_write_eof():
            self._transport.close()
        elif not self._transport.is_closing():
            self._transport.write_eof()

    def _ping(self, payload: bytes) -> None:
        if self._wire.state is State.OPEN:
            self._wire.send_ping(payload)
            self._flush()

    def _silent(self) -> None:
        self.close(_SILENT, "no answer to a ping")

    def _stalled(self) -> None:
        if self._session is not None:
            self._session.refuse(TOO_SLOW)

    def _stop(self) -> None:
        self._keepalive.stop()
        if self._task is not None:
            self._task.cancel()

    def _cut_off_later(self) -> None:
        if self._closing is None:
            loop = asyncio.get_running_loop()
            self._closing = loop.call_later(self._options.close_s, self._transport.abort)
