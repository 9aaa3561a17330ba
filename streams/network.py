"""Where on the network a camera may be. In a decoder's process only."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_THIS_NETWORK = ip_network("0.0.0.0/8")


def place_of(host: str, port: int) -> IPv4Address | IPv6Address:
    """The address behind a name, to be asked and no other: never one of this network, a group, or a link.

    Raises:
        OSError, ValueError: there is none, or none where a camera can be.
    """
    for *_, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        address = ip_address(str(place[0]))
        inner = getattr(address, "ipv4_mapped", None) or address
        strange = inner.is_link_local or inner.is_multicast or inner.is_unspecified or inner.is_reserved
        if not strange and inner not in _THIS_NETWORK:
            return address
    raise ValueError("no address of a camera")
