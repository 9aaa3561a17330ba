"""The fetcher against real servers on loopback: what it takes, and how it gets there."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import zlib
from pathlib import Path

import pytest

from ioc.fetch import Fetcher, FetchFailed, Limits
from tests.certificates import Authority
from tests.fetch.asking import QUICK, RSS, XML, fetcher, refusal
from tests.fetch.servers import answering, path_of, serving


async def test_a_feed_is_fetched_with_what_tells_its_age() -> None:
    async with serving(answering(RSS, XML, 'ETag: "7"', "Last-Modified: Sat, 21 Nov 2026 00:00:00 GMT")) as here:
        got = await fetcher(here).fetch(here.url("/rss?a=1"))
    assert (got.body, got.etag, got.modified) == (RSS, '"7"', "Sat, 21 Nov 2026 00:00:00 GMT")
    assert (got.content_type, got.unchanged) == ("application/rss+xml", False)
    head = here.requests[0]
    assert path_of(head) == "/rss?a=1"
    assert f"Host: {here.endpoint}\r\n" in head and "ioc-feed-reader" in head
    assert "cookie" not in head.lower() and "authorization" not in head.lower()


async def test_an_unchanged_feed_costs_no_body() -> None:
    async with serving(answering(b"", 'ETag: "7"', status="304 Not Modified")) as here:
        got = await fetcher(here).fetch(here.url(), etag='"7"', modified="Sat, 21 Nov 2026 00:00:00 GMT")
    assert got.unchanged and got.body == b""
    assert 'If-None-Match: "7"' in here.requests[0]
    assert "If-Modified-Since: Sat, 21 Nov 2026 00:00:00 GMT" in here.requests[0]


async def test_a_kept_etag_cannot_smuggle_a_header() -> None:
    async with serving(answering(RSS, XML)) as here:
        await fetcher(here).fetch(here.url(), etag='"7"\r\nX-Evil: 1', modified="ngày")
    assert "X-Evil" not in here.requests[0] and "If-Modified-Since" not in here.requests[0]


async def test_packed_bodies_are_unpacked() -> None:
    raw = zlib.compressobj(wbits=-15)
    for packed, encoding in (
        (gzip.compress(RSS), "gzip"),
        (zlib.compress(RSS), "deflate"),
        (raw.compress(RSS) + raw.flush(), "deflate"),
    ):
        async with serving(answering(packed, XML, f"Content-Encoding: {encoding}")) as here:
            assert (await fetcher(here).fetch(here.url())).body == RSS


async def test_cookies_are_neither_kept_nor_sent() -> None:
    async with serving(answering(RSS, XML, "Set-Cookie: id=7")) as here:
        one = fetcher(here)
        await one.fetch(here.url())
        await one.fetch(here.url())
    assert "cookie" not in here.requests[1].lower()


async def test_proxies_of_the_environment_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(answering(b"proxy")) as proxy, serving(answering(RSS, XML)) as here:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url())
        assert (await fetcher(here).fetch(here.url())).body == RSS
    assert proxy.connections == 0


async def test_the_connection_goes_to_the_address_checked_and_the_name_is_asked_once() -> None:
    asked: list[str] = []

    async def changing(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    async with serving(answering(RSS, XML)) as here:
        one = Fetcher([f"feeds.city.vn:{here.port}"], limits=QUICK, resolve=changing)
        assert (await one.fetch(here.url(host="feeds.city.vn"))).body == RSS
    assert asked == ["feeds.city.vn"]
    assert f"Host: feeds.city.vn:{here.port}\r\n" in here.requests[0]


@pytest.mark.parametrize("kind", ["image/png", "video/mp4", "application/zip", "application/pdf"])
async def test_what_is_plainly_no_feed_is_not_read(kind: str) -> None:
    assert await refusal(answering(b"x", f"Content-Type: {kind}")) == "bad-type"


@pytest.mark.parametrize("kind", ["text/html", "text/plain", "application/octet-stream", "application/feed+json"])
async def test_a_feed_with_a_careless_type_is_taken(kind: str) -> None:
    async with serving(answering(RSS, f"Content-Type: {kind}; charset=utf-8")) as here:
        assert (await fetcher(here).fetch(here.url())).body == RSS


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "500 Oops", "204 No Content", "206 Partial"])
async def test_another_status_is_a_reason(status: str) -> None:
    assert await refusal(answering(b"", status=status)) == "status"


async def test_nobody_listening_and_unknown_names_are_reasons() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        endpoint = f"127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(FetchFailed) as refused:
            await Fetcher([endpoint], limits=QUICK).fetch(f"http://{endpoint}/")
    assert refused.value.code == "no-connection"
    with pytest.raises(FetchFailed) as unknown:
        await Fetcher(limits=QUICK).fetch("http://does-not-exist.invalid/")
    assert unknown.value.code == "no-such-host"


async def test_the_next_address_is_tried_when_the_first_does_not_answer() -> None:
    async def two(host: str, port: int) -> list[str]:
        return ["127.0.0.9", "127.0.0.1"]

    async with serving(answering(RSS, XML)) as here:
        one = Fetcher([f"feeds.city.vn:{here.port}"], limits=QUICK, resolve=two)
        assert (await one.fetch(here.url(host="feeds.city.vn"))).body == RSS


async def test_one_slow_host_does_not_hold_up_others() -> None:
    async def silent(_head: str, _writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with serving(silent) as slow, serving(answering(RSS, XML)) as quick:
        one = Fetcher([slow.endpoint, quick.endpoint], limits=Limits(gap_s=0.0, idle_s=30, total_s=30))
        waiting = asyncio.ensure_future(one.fetch(slow.url()))
        assert (await asyncio.wait_for(one.fetch(quick.url()), 10)).body == RSS
        assert not waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


async def test_requests_to_one_host_begin_some_time_apart() -> None:
    loop = asyncio.get_running_loop()
    times: list[float] = []

    async def note(head: str, writer: asyncio.StreamWriter) -> None:
        times.append(loop.time())
        await answering(RSS, XML)(head, writer)

    async with serving(note) as here:
        one = fetcher(here, Limits(gap_s=0.2))
        began = loop.time()
        await asyncio.gather(*(one.fetch(here.url()) for _ in range(3)))
    assert times[-1] - began >= 0.4


async def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "authority")
    certificate, key = authority.sign("server", "feeds.city.vn")
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate, key)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    async def name(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=server_side)
    port = server.sockets[0].getsockname()[1]
    listed = [f"feeds.city.vn:{port}", f"other.city.vn:{port}"]
    trusting = ssl.create_default_context(cafile=str(authority.ca))
    async with server:
        with pytest.raises(FetchFailed) as refused:
            await Fetcher(listed, limits=QUICK, resolve=name).fetch(f"https://feeds.city.vn:{port}/")
        knowing = Fetcher(listed, limits=QUICK, resolve=name, tls=trusting)
        got = await knowing.fetch(f"https://feeds.city.vn:{port}/")
        with pytest.raises(FetchFailed) as other:
            await knowing.fetch(f"https://other.city.vn:{port}/")
    assert (refused.value.code, other.value.code, got.body) == ("bad-certificate", "bad-certificate", b"ok")
