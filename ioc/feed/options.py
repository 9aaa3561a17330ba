"""The feed's limits, each with the reason for its value."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network

KIB = 1024


@dataclass(frozen=True, slots=True)
class Options:
    """Limits and facts of one feed; times in seconds, sizes in bytes.

    `origins` are pages besides our own that may connect. `hosts` are the names we answer to, besides loopback names
    on the machine itself (None: any). `trusted_proxies` are addresses or networks that may name the client's address.
    """

    city: str
    build: str
    demo: bool = False
    simulated: bool = False
    path: str = "/feed"
    origins: frozenset[str] = frozenset()
    hosts: frozenset[str] | None = None
    trusted_proxies: frozenset[str] = frozenset()

    max_message: int = 64 * KIB
    max_pending: int = 16
    # A screen sends a handful when it connects and a few a minute; libraries ping every twenty seconds.
    frames_at_once: int = 100
    frames_per_s: float = 10.0
    queue_bytes: int = 1024 * KIB
    queue_messages: int = 1024
    # Above this the transport tells us to stop writing; below a quarter of it, to go on.
    write_high: int = 64 * KIB
    # The kernel's share of a slow client's backlog, so that all of it is bounded.
    send_buffer: int = 256 * KIB

    auth_s: float = 3.0
    ping_s: float = 15.0
    pong_s: float = 8.0
    close_s: float = 3.0
    beat_s: float = 1.0
    poll_s: float = 0.2
    away_s: float = 3.0  # a store that has not answered for so long is said to be away
    rights_s: float = 2.0
    retry_s: float = 1.0
    # A snapshot read this short a time ago serves the next client too: after a restart all come at once.
    snapshot_age_s: float = 0.25

    per_address: int = 256
    per_user: int = 64

    ring: int = 4096
    page: int = 200
    # Further behind than this, a snapshot costs less than the replay.
    resume_limit: int = 20_000
    newest_events: int = 100
    known_keys: int = 20_000

    def __post_init__(self) -> None:
        """Raises ValueError at start, rather than at the first client, when a trusted proxy is no address."""
        for proxy in self.trusted_proxies:
            ip_network(proxy, strict=False)
