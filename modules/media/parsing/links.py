"""One form of an article's address, so that the same article is known however it was linked."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

MOST = 1_000
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|zarsrc|vn_\w+|ref|source|cid|mc_\w+|igshid", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}


def canonical(link: str | None) -> str | None:
    """The address without fragment, tracking words, usual port and capital host; None where it is no web address."""
    if not link or len(link) > MOST or not link.strip().isprintable():
        return None
    try:
        parts = urlsplit(link.strip())
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in _PORTS or not host or parts.username is not None:
        return None
    scheme = parts.scheme.lower()
    where = host if port in (None, _PORTS[scheme]) else f"{host}:{port}"
    query = urlencode([(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(k)])
    return urlunsplit((scheme, where, parts.path.rstrip("/") or "/", query, ""))
