"""uvicorn's HTTP on a connection, with limits on what no request answers for: the time and the size of a head, what
stands between and after the pieces of a body, the rest of a body that was answered early, and how many requests wait.

A body that is read has its limits in `limits.py`. A proxy in front does the same as this, but an installation on one
machine may have none.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from ioc.api.headers import Raw
from ioc.api.problems import document, known
from ioc.api.trace import trace_id

HEAD_S = 10.0
HEAD_BYTES = 64 * 1024  # nginx takes 32 KiB
FRAMING_BYTES = 64 * 1024  # sizes and extensions of a body's pieces, and fields after the last
FRAMING_A_BYTE = 8  # more of it for each byte of body: pieces of one byte have five
LINGER_S = 10.0  # the rest of a body that was answered before it was whole
WAITING = 64  # requests sent on one connection before the first is answered
_PROBLEM = b"application/problem+json"


def patient_http(always: Raw) -> type[HttpToolsProtocol]:
    """The protocol class for uvicorn's `http` setting; `always` are the headers of every answer."""
    return type("OwnHttp", (PatientHttp,), {"always": always})


class PatientHttp(HttpToolsProtocol):
    """Cuts off who does not finish the head of a request in time, or does not end it at all, and who sends on and on
    without a body or an answer to wait for."""

    always: ClassVar[Raw]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._waiting: asyncio.TimerHandle | None = None
        self._lingering: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._came = self._body_bytes = 0  # since the head was whole: all bytes, and those of the body
        self._in_body = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client came; it has yet to ask for something."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._stop_waiting()
        self._stop_lingering()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes came: of a head, as long as one is waited for, else of a body and what holds it together."""
        if self._waiting is None and self._idle():
            self._wait()
        if self._waiting is not None:
            self._head_bytes += len(data)
        self._came += len(data)
        super().data_received(data)
        if self._too_much_head() or self._too_much_framing():
            self._refuse(431)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the head; one that comes after the body is let go (RFC 9110, 6.5.1), or nothing would end them."""
        if not self._in_body:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._stop_waiting()
        if len(self.pipeline) >= WAITING:
            self.transport.abort()  # answers are due in order, and who sends so many reads none
            return
        self._in_body, self._came, self._body_bytes = True, 0, 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body, whether somebody still reads it or not."""
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The body is whole, too; an answer may have gone out long before."""
        self._in_body = False
        self._stop_lingering()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The answer went out; if the body is not whole, its rest is let in for a while, so that the client gets to
        read the answer."""
        if self._in_body and not self.pipeline and self._lingering is None:
            self._lingering = self.loop.call_later(LINGER_S, self.transport.abort)
        super().on_response_complete()

    def handle_websocket_upgrade(self) -> None:
        """The feed takes over; what is no GET it would close without a word."""
        if self.scope["method"] != "GET":
            self._refuse(400)
        else:
            super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP."""
        self._refuse(400)

    def _too_much_head(self) -> bool:
        return self._waiting is not None and self._head_bytes > HEAD_BYTES

    def _too_much_framing(self) -> bool:
        framing = self._came - self._body_bytes
        return self._in_body and framing > FRAMING_BYTES + FRAMING_A_BYTE * self._body_bytes

    def _idle(self) -> bool:
        return not self._in_body and (self.cycle is None or self.cycle.response_complete)

    def _wait(self) -> None:
        self._head_bytes = 0
        self._waiting = self.loop.call_later(HEAD_S, self._refuse, 408)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _stop_lingering(self) -> None:
        if self._lingering is not None:
            self._lingering.cancel()
            self._lingering = None

    def _refuse(self, status: int) -> None:
        """Says why, as every other answer does, and closes; without a word where an answer went out already."""
        self._stop_waiting()
        if self.transport.is_closing():
            return
        if self._in_body and self.cycle is not None and self.cycle.response_started:
            self.transport.abort()
            return
        body = msgspec.json.encode(document(known(status), trace_id({})))
        own: Raw = [
            (b"content-type", _PROBLEM),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in [*own, *self.always])
        self.transport.write(STATUS_LINE[status] + lines + b"\r\n" + body)
        self.transport.close()
