"""The server's side of a WebSocket with nothing in it: a handshake and a transport."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from typing import cast

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class BareSocket(asyncio.Protocol):
    """One client; what it sends after the handshake is not read."""

    def __init__(self, everyone: set[BareSocket], greeting: bytes) -> None:
        self._everyone, self._greeting = everyone, greeting
        self._head = b""
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Takes the connection."""
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Answers the upgrade."""
        if self in self._everyone:
            return
        self._head += data
        if b"\r\n\r\n" not in self._head:
            return
        key = self._head.lower().split(b"sec-websocket-key:", 1)[1].split(b"\r\n", 1)[0]
        accept = base64.b64encode(hashlib.sha1(key.strip() + _MAGIC, usedforsecurity=False).digest())
        lines = [b"HTTP/1.1 101 Switching Protocols", b"Upgrade: websocket", b"Connection: Upgrade"]
        self.transport.write(b"\r\n".join([*lines, b"Sec-WebSocket-Accept: " + accept, b"", b""]))
        self.transport.write(bytes((0x81, len(self._greeting))) + self._greeting)
        self._everyone.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        """Forgets the client."""
        self._everyone.discard(self)
