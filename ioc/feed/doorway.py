"""Who is at the door: from which address, by which name, from which page."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from websockets.datastructures import Headers as WireHeaders

from ioc.auth.origin import host_name, own_origin
from ioc.auth.settings import is_loopback
from ioc.feed.options import Options
from ioc.feed.ports import Headers


def plain_headers(headers: WireHeaders) -> dict[str, str]:
    """Headers by lower-case name; repeated ones joined as HTTP says."""
    plain: dict[str, str] = {}
    for name, value in headers.raw_items():
        key = name.lower()
        joiner = "; " if key == "cookie" else ", "
        plain[key] = plain[key] + joiner + value if key in plain else value
    return plain


def turned_away(path: str, headers: Headers, peer: str, options: Options) -> tuple[int, str] | None:
    """HTTP status and words for who may not come in; None for who may.

    A name that is not ours was made to lead here (DNS rebinding); a foreign page would come with its visitor's cookie.
    """
    if path.partition("?")[0] != options.path:
        return 404, "Not found\n"
    if options.hosts is not None and not _answers_to(headers.get("host", ""), peer, options.hosts):
        return 421, "This server does not answer to that name\n"
    if not own_origin(headers, options.origins):
        return 403, "Foreign origin\n"
    return None


def client_address(peer: str, headers: Headers, trusted: Collection[str]) -> str:
    """The address a connection is counted for: the peer's, or what a trusted proxy says of whom it speaks for.

    `X-Forwarded-For` is read from its end, because only what our own proxies have added can be believed.
    """
    networks = _networks(tuple(trusted))
    address = peer
    for named in reversed(headers.get("x-forwarded-for", "").split(",")):
        if not _within(address, networks) or not named.strip():
            break
        address = named.strip()
    return address


def _answers_to(host: str, peer: str, hosts: Collection[str]) -> bool:
    name = host_name(host)
    return name is not None and (name in hosts or (is_loopback(name) and is_loopback(peer)))


def _within(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        return any(ip_address(address) in network for network in networks)
    except ValueError:
        return False


@lru_cache(maxsize=16)
def _networks(trusted: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(one, strict=False) for one in trusted)
