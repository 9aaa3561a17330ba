"""Which network addresses may be connected to: an explicit list, the same on every version of Python."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address

# Never, not even where the city lists the host: no server answers there, or one that gives away a machine's keys.
_NEVER = tuple(
    ip_network(net)
    for net in (
        "0.0.0.0/8",  # this network, unspecified
        "169.254.0.0/16",  # link-local; metadata of cloud machines
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "192.0.0.0/24",  # protocol assignments
        "::/128",
        "fe80::/10",
        "ff00::/8",
    )
)
# Only where the city lists the host and port as its own.
_PRIVATE = tuple(
    ip_network(net)
    for net in (
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "192.0.2.0/24",  # documentation, as the next two
        "198.51.100.0/24",
        "203.0.113.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "::1/128",
        "fc00::/7",
        "fec0::/10",
        "2001::/23",  # protocol assignments, Teredo
        "2001:db8::/32",
        "3fff::/20",
        "100::/64",
        "5f00::/16",
    )
)
_NAT64 = ip_network("64:ff9b::/96")
_NAT64_LOCAL = ip_network("64:ff9b:1::/48")
_IPV4_COMPATIBLE = ip_network("::/96")
_GLOBAL_UNICAST = ip_network("2000::/3")


def parse(text: str) -> Address:
    """The address of a text as the system's resolver gives it; a zone (`%eth0`) is part of an IPv6 address.

    Raises:
        ValueError: it is none.
    """
    return ip_address(text)


def allowed(address: Address, *, listed: bool = False) -> bool:
    """Whether it may be connected to; `listed` is whether the city names this host and port as its own.

    An IPv6 address that carries an IPv4 address inside is judged by the one it carries.
    """
    inner = _carried(address)
    if inner is not None:
        return allowed(inner, listed=listed)
    if _in(address, _NEVER) or getattr(address, "scope_id", None):
        return False
    if listed:
        return True
    return not _in(address, _PRIVATE) and (address.version == 4 or address in _GLOBAL_UNICAST)


def _carried(address: Address) -> IPv4Address | None:
    """The IPv4 address inside a mapped, compatible, NAT64 or 6to4 address."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    plain = int(address)
    if address in _NAT64 or address in _NAT64_LOCAL:
        return IPv4Address(plain & 0xFFFFFFFF)
    if address in _IPV4_COMPATIBLE and plain > 1:
        return IPv4Address(plain & 0xFFFFFFFF)
    return None


def _in(address: Address, nets: tuple[object, ...]) -> bool:
    return any(address in net for net in nets)  # type: ignore[operator]
