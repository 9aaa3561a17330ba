"""Names in Redis. The braces keep all keys of a city on one node of a cluster."""

from __future__ import annotations


def log_key(city: str, epoch: str) -> str:
    """The stream that carries the log of one epoch."""
    return f"ioc:{{{city}}}:log:{epoch}"


def showings_key(city: str, epoch: str) -> str:
    """The stream of what went out to the screens when."""
    return f"ioc:{{{city}}}:shown:{epoch}"


def frames_channel(city: str) -> str:
    """Where the newest pictures of cameras are called out; nothing of it is kept."""
    return f"ioc:{{{city}}}:frames"


def watch_channel(city: str) -> str:
    """Where screens say which cameras they look at."""
    return f"ioc:{{{city}}}:watch"
