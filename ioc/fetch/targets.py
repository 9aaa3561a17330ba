"""Reading an address before anything is connected: scheme, host, port, and nothing hidden in it."""

from __future__ import annotations

import re

import httpx
import msgspec

from ioc.fetch.reasons import FetchFailed

_PORTS = {"http": 80, "https": 443}
_LONGEST = 2_000
_HOST = re.compile(r"[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\]")


class Target(msgspec.Struct, frozen=True):
    """An address to fetch. `host` is in lower case and ASCII, without brackets; `path` holds the query too."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """The address as text, without a fragment."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def authority(self) -> str:
        """Host and port as the `Host` header has them: the usual port is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def endpoint(self) -> str:
        """Host and port as the city's `private_hosts` name them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def target_of(address: str) -> Target:
    """The address taken apart.

    Raises:
        FetchFailed: it is no http or https address, or it carries a user name or password.
    """
    if len(address) > _LONGEST or not address.isprintable() or " " in address.strip():
        raise FetchFailed("bad-url")
    try:
        url = httpx.URL(address.strip())
        host, port = url.raw_host.decode("ascii"), url.port
    except (httpx.InvalidURL, UnicodeError, ValueError, TypeError) as error:
        raise FetchFailed("bad-url") from error
    if url.scheme not in _PORTS:
        raise FetchFailed("bad-scheme")
    if url.userinfo or "@" in url.netloc.decode("ascii", "replace"):
        raise FetchFailed("credentials")
    host = f"[{host.strip('[]')}]".lower() if ":" in host else host.lower().rstrip(".")
    if not _HOST.fullmatch(host) or (port is not None and not 1 <= port <= 65_535):
        raise FetchFailed("bad-url")
    path = url.raw_path.decode("ascii") or "/"
    return Target(url.scheme, host.strip("[]"), port or _PORTS[url.scheme], path)


def redirected(here: Target, location: str) -> Target:
    """Where an answer sends on to.

    Raises:
        FetchFailed: no http or https address, or from https down to http.
    """
    try:
        there = str(httpx.URL(here.url).join(location))
    except (httpx.InvalidURL, UnicodeError, ValueError, TypeError) as error:
        raise FetchFailed("bad-url") from error
    found = target_of(there)
    if here.scheme == "https" and found.scheme == "http":
        raise FetchFailed("downgrade")
    return found
