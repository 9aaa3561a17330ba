"""Names in Redis. The braces keep all keys of a city on one node of a cluster."""

from __future__ import annotations


def log_key(city: str, epoch: str) -> str:
    """The stream that carries the log of one epoch."""
    return f"ioc:{{{city}}}:log:{epoch}"
