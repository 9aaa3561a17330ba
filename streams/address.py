"""Addresses of cameras: how a login gets into one, and how little of one may be shown."""

from __future__ import annotations

from urllib.parse import quote, urlsplit, urlunsplit

NETWORK = ("rtsp", "rtsps", "http", "https")
SNAPSHOT = "snapshot+"  # before `http://` or `https://`: one still picture after the other
USER, PASSWORD = "{user}", "{password}"
FOLDER = "dir:"  # before a path: a folder of pictures and clips


def shown(address: str) -> str:
    """As much of an address as may stand in a log: scheme, host and port.

    Makers of cameras put passwords into the path and the query too, so neither is shown; of a file only its name.
    """
    if address.startswith(("file:", FOLDER)):
        return address.partition(":")[0] + ":" + address.rstrip("/").rpartition("/")[2]
    try:
        parts = urlsplit(address.removeprefix(SNAPSHOT))
        parts.port  # noqa: B018 - it is read when it is asked for: what is no number may be half a password
    except ValueError:
        return "an unknown address"
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}" if parts.scheme in NETWORK and host else "an unknown address"


def with_login(address: str, login: tuple[str, str] | None) -> str:
    """The address with user and password in it, as FFmpeg wants them: where `{user}` and `{password}` stand, since some
    makers want them in the path or the query, or else before the host."""
    if login is None or address.startswith(("file:", FOLDER)):
        return address
    kind = SNAPSHOT if address.startswith(SNAPSHOT) else ""
    user, password = (quote(word, safe="") for word in login)
    if PASSWORD in address:
        return address.replace(USER, user).replace(PASSWORD, password)
    parts = urlsplit(address.removeprefix(kind))
    return kind + urlunsplit(parts._replace(netloc=f"{user}:{password}@{parts.netloc.rpartition('@')[2]}"))
