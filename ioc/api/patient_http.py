"""uvicorn's HTTP on a connection, with a limit on the head of a request: its time and its size.

A body has its limits in `limits.py`; before the head is whole there is no request yet that anybody could limit. A proxy
in front does the same, but an installation on one machine may have none.
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
_PROBLEM = b"application/problem+json"


def patient_http(always: Raw) -> type[HttpToolsProtocol]:
    """The protocol class for uvicorn's `http` setting; `always` are the headers of every answer."""
    return type("OwnHttp", (PatientHttp,), {"always": always})


class PatientHttp(HttpToolsProtocol):
    """Cuts off who does not finish the head of a request in time, or does not end it at all."""

    always: ClassVar[Raw]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._waiting: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._in_body = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client came; it has yet to ask for something."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes came: of a head, as long as one is waited for."""
        if self._waiting is None and self._idle():
            self._wait()
        if self._waiting is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._waiting is not None and self._head_bytes > HEAD_BYTES:
            self._refuse(431)

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._stop_waiting()
        self._in_body = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is whole, too; an answer may have gone out long before."""
        self._in_body = False
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP."""
        self._refuse(400)

    def _idle(self) -> bool:
        return not self._in_body and (self.cycle is None or self.cycle.response_complete)

    def _wait(self) -> None:
        self._head_bytes = 0
        self._waiting = self.loop.call_later(HEAD_S, self._refuse, 408)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _refuse(self, status: int) -> None:
        """Says why, as every other answer does, and closes."""
        self._stop_waiting()
        if self.transport.is_closing():
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
