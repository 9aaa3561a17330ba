"""A screen that asks for everything and then does not read a byte."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from bench.screens import SUBSCRIBE, UPGRADE, client_frame

ANSWER_S = 10.0
WINDOW = 4096  # bytes the system takes in for it; the rest has to wait with the server


@contextmanager
def stalled_screen(port: int) -> Iterator[socket.socket]:
    """A connection to a feed on loopback, subscribed. Raises ConnectionError when the server wants no screen."""
    with socket.socket() as screen:
        screen.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW)
        screen.settimeout(ANSWER_S)
        screen.connect(("127.0.0.1", port))
        screen.sendall(UPGRADE.format(role="operator").encode())
        if not screen.recv(12).startswith(b"HTTP/1.1 101"):
            raise ConnectionError("the upgrade was refused")
        screen.sendall(client_frame(0x81, SUBSCRIBE))
        yield screen
