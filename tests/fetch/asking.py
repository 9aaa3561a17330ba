"""What the tests of the fetcher share: its limits, a feed, and why it gives up on a server."""

from __future__ import annotations

import pytest

from ioc.fetch import Fetcher, FetchFailed, Limits
from tests.fetch.servers import Handler, Loopback, serving

QUICK = Limits(most_bytes=1_000_000, total_s=10.0, idle_s=3.0, connect_s=3.0, gap_s=0.0)
RSS = b"<rss><channel><title>Tin</title></channel></rss>"
XML = "Content-Type: application/rss+xml"


def fetcher(here: Loopback, limits: Limits = QUICK) -> Fetcher:
    return Fetcher([here.endpoint], limits=limits)


async def refusal(handler: Handler, limits: Limits = QUICK, path: str = "/") -> str:
    """Why the fetcher gives up on a server that answers this way."""
    async with serving(handler) as here:
        with pytest.raises(FetchFailed) as refused:
            await fetcher(here, limits).fetch(here.url(path))
    assert refused.value.text.vi and refused.value.text.en
    return refused.value.code
