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


def camera_workers_key(city: str) -> str:
    """The processes that take cameras' pictures, by when each last said that it lives."""
    return f"ioc:{{{city}}}:camera-workers"


def camera_lease_key(city: str, camera: str) -> str:
    """Which of them has a camera; gone by itself when it is not renewed."""
    return f"ioc:{{{city}}}:camera-lease:{camera}"


def watch_channel(city: str) -> str:
    """Where screens say which cameras they look at."""
    return f"ioc:{{{city}}}:watch"
