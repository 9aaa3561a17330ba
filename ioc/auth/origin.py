"""Whether a request that changes something came from our own pages (cross-site request forgery)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

# A name or an address, and a port; RFC 9110 §7.2 allows nothing else.
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


def host_name(host: str) -> str | None:
    """The name or address (without brackets) in a `Host` header, in lower case; None where it is none."""
    fitting = _HOST.fullmatch(host)
    return fitting[1].strip("[]").casefold() if fitting else None


def own_origin(headers: Mapping[str, str], origins: Collection[str] = (), *, need: bool = False) -> bool:
    """Whether `Origin` (else `Sec-Fetch-Site`, else `Referer`) says the page is ours.

    A page is ours when its host and port are those of the `Host` header, or its origin is one of `origins`.
    Programs that are no browser send none of the three: they pass unless `need` (the request carries a session).
    """
    origin = headers.get("origin")
    if origin is not None:
        return _same(origin, headers, origins)
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    referer = headers.get("referer")
    if referer is not None:
        return _same(referer, headers, origins)
    return not need


def _same(url: str, headers: Mapping[str, str], origins: Collection[str]) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if not parts.netloc or parts.scheme not in {"http", "https"}:
        return False
    if f"{parts.scheme}://{parts.netloc}" in origins:
        return True
    return parts.netloc.casefold() == headers.get("host", "").casefold()
