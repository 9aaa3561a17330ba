"""A port for a server of ours that is started, and started again after it ended."""

from __future__ import annotations

import random
import socket

# Below the range from which systems give ports to outgoing connections (32768 up on Linux, 49152 elsewhere): while a
# killed server is away, no client's own port, nor a client that meets itself, takes its place.
_LOWEST, _HIGHEST = 12_000, 32_000
_dice = random.SystemRandom()


def free_port() -> int:
    """A loopback port that nobody uses at the moment."""
    while True:
        port = _dice.randint(_LOWEST, _HIGHEST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
