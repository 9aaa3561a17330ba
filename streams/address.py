"""Addresses of cameras: how a login gets into one, and how little of one may be shown."""

from __future__ import annotations

from urllib.parse import quote, urlsplit, urlunsplit

NETWORK = ("rtsp", "rtsps", "http", "https")


def shown(address: str) -> str:
    """As much of an address as may stand in a log: scheme, host and port.

    Makers of cameras put passwords into the path and the query too, so neither is shown; of a file only its name.
    """
    if address.startswith("file:"):
        return "file:" + address.rpartition("/")[2]
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}" if parts.scheme in NETWORK and host else "an unknown address"


def with_login(address: str, login: tuple[str, str] | None) -> str:
    """The address with user and password in it, as FFmpeg wants them."""
    if login is None or address.startswith("file:"):
        return address
    parts = urlsplit(address)
    user, password = (quote(word, safe="") for word in login)
    return urlunsplit(parts._replace(netloc=f"{user}:{password}@{parts.netloc.rpartition('@')[2]}"))
