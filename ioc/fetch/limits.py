"""How much and how long: the same for every address, whoever asks."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one fetch. Times in seconds, sizes in bytes.

    `most_bytes` holds on the wire and again after decompression. `total_s` ends a server that trickles, `idle_s` one
    that hangs. `gap_s` lies between two requests to one host.
    """

    most_bytes: int = 5 * 1024 * 1024
    total_s: float = 20.0
    idle_s: float = 6.0
    connect_s: float = 5.0
    most_redirects: int = 3
    most_headers: int = 100
    gap_s: float = 0.5
    ports: frozenset[int] = frozenset({80, 443, 8080, 8443})
