"""Which addresses may be connected to."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.fetch.addresses import allowed, parse

PRIVATE = [
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "127.0.0.1",
    "127.255.255.254",
    "100.64.0.1",
    "100.127.255.255",
    "198.18.0.1",
    "192.0.2.1",
    "203.0.113.9",
    "::1",
    "fc00::1",
    "fd12:3456::1",
    "fec0::1",
    "2001:db8::1",
    "2001::1",
    "::ffff:127.0.0.1",
    "::ffff:10.1.2.3",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    "::7f00:1",
]
NEVER = [
    "0.0.0.0",  # noqa: S104 - refused, not listened on
    "0.1.2.3",
    "169.254.169.254",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "192.0.0.1",
    "::",
    "fe80::1",
    "fe80::1%1",
    "ff02::1",
    "::ffff:169.254.169.254",
    "::ffff:0.0.0.0",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::",
]
PUBLIC = ("8.8.8.8", "1.1.1.1", "203.162.0.181", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808")


@pytest.mark.parametrize("text", PRIVATE)
def test_private_addresses_need_the_citys_word(text: str) -> None:
    assert not allowed(parse(text))
    assert allowed(parse(text), listed=True)


@pytest.mark.parametrize("text", NEVER)
def test_some_addresses_are_refused_even_when_listed(text: str) -> None:
    assert not allowed(parse(text))
    assert not allowed(parse(text), listed=True)


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_fetched_from(text: str) -> None:
    assert allowed(parse(text))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_alike_however_it_is_wrapped(inner: IPv4Address) -> None:
    wrapped = [IPv6Address(f"::ffff:{inner}"), IPv6Address(int(IPv6Address("64:ff9b::")) | int(inner))]
    assert {allowed(one) for one in wrapped} == {allowed(inner)}


@given(st.ip_addresses())
def test_what_python_calls_not_global_is_never_public_here(address: IPv4Address | IPv6Address) -> None:
    if not address.is_global or address.is_multicast:
        inner = getattr(address, "ipv4_mapped", None) or address
        assert not allowed(address) or inner.is_global
