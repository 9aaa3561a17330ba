"""No spelling, name or redirect leads the fetcher into the private network unless it is listed."""

from __future__ import annotations

import asyncio

import pytest

from ioc.fetch import Fetcher, FetchFailed, Limits
from tests.fetch.asking import QUICK, RSS, XML, fetcher, refusal
from tests.fetch.servers import answering, path_of, sending_to, serving

SPELLINGS = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1.",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::7f00:1]",
    "[64:ff9b::7f00:1]",
    "127。0。0。1",
    "１２７.0.0.1",
    "0",
    "0.0.0.0",  # noqa: S104 - refused, not listened on
    "[::]",
    "127.0.0.1%00.vn",
]


@pytest.mark.parametrize("host", SPELLINGS)
async def test_no_spelling_of_this_machine_reaches_it(host: str) -> None:
    async with serving(answering(RSS, XML)) as canary:
        limits = Limits(ports=frozenset({canary.port}), total_s=3.0, connect_s=0.5, gap_s=0.0)
        with pytest.raises(FetchFailed) as refused:
            await Fetcher(limits=limits).fetch(canary.url(host=host))
    assert refused.value.code in {"private-address", "no-such-host", "bad-url"}
    assert canary.connections == 0


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "fd00::1"])
async def test_a_name_that_also_leads_inside_is_refused_as_a_whole(inside: str) -> None:
    async def both(host: str, port: int) -> list[str]:
        return ["203.162.0.181", inside]

    with pytest.raises(FetchFailed) as refused:
        await Fetcher(limits=QUICK, resolve=both).fetch("http://rebind.example.vn/")
    assert refused.value.code == "private-address"


async def test_only_the_listed_port_of_a_private_host_is_open() -> None:
    async with serving(answering(RSS, XML)) as listed, serving(answering(RSS, XML)) as other:
        limits = Limits(ports=frozenset({other.port}), gap_s=0.0)
        one = Fetcher([listed.endpoint], limits=limits)
        await one.fetch(listed.url())
        with pytest.raises(FetchFailed) as refused:
            await one.fetch(other.url())
    assert (refused.value.code, other.connections) == ("private-address", 0)


async def test_an_unusual_port_of_a_public_host_is_refused() -> None:
    with pytest.raises(FetchFailed) as refused:
        await Fetcher(limits=QUICK).fetch("http://203.162.0.181:6379/")
    assert refused.value.code == "bad-port"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent"])
async def test_redirects_are_followed(status: str) -> None:
    async def handler(head: str, writer: asyncio.StreamWriter) -> None:
        await (sending_to("/there", status) if path_of(head) == "/" else answering(RSS, XML))(head, writer)

    async with serving(handler) as here:
        got = await fetcher(here).fetch(here.url())
    assert (got.body, got.url) == (RSS, here.url("/there"))


async def test_a_redirect_into_the_private_network_is_refused_and_never_connected() -> None:
    async with serving(answering(RSS)) as canary:
        for inside in (canary.url(), canary.url(host="[::1]"), canary.url(host="localhost")):
            async with serving(sending_to(inside)) as here:
                limits = Limits(ports=frozenset({canary.port}), total_s=3.0, gap_s=0.0)
                with pytest.raises(FetchFailed) as refused:
                    await fetcher(here, limits).fetch(here.url())
            assert refused.value.code == "private-address"
    assert canary.connections == 0


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("file:///etc/passwd", "bad-scheme"),
        ("gopher://127.0.0.1/", "bad-scheme"),
        ("http://a:b@127.0.0.1/", "credentials"),
        ("http://[", "bad-url"),
    ],
)
async def test_a_redirect_to_what_is_no_web_address_is_refused(location: str, code: str) -> None:
    assert await refusal(sending_to(location)) == code


async def test_redirects_in_a_circle_and_without_end_are_ended() -> None:
    async def endless(head: str, writer: asyncio.StreamWriter) -> None:
        await sending_to(f"/{len(path_of(head))}x{path_of(head)[1:]}")(head, writer)

    assert await refusal(sending_to("/"), path="/") == "redirect-loop"
    assert await refusal(endless) == "too-many-redirects"
