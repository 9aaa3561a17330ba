"""The fetcher against real servers on loopback: what it takes, and how it ends with those that misbehave."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import zlib
from pathlib import Path

import pytest

from ioc.fetch import Fetcher, FetchFailed, Limits
from tests.fetch.servers import Handler, Loopback, answering, path_of, sending_to, serving

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


async def test_a_server_that_accepts_and_says_nothing_is_ended() -> None:
    async def silent(_head: str, _writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    assert await refusal(silent) == "too-slow"


async def test_a_server_that_trickles_is_ended_by_the_clock() -> None:
    async def trickle(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.1)

    assert await refusal(trickle, Limits(total_s=1.0, idle_s=0.5, gap_s=0.0)) == "too-slow"


async def test_headers_that_trickle_or_never_end_are_ended() -> None:
    async def endless(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-A: " + b"a" * 1000 + b"\r\n")
            await writer.drain()

    async def trickle(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-A: 1\r\n")
            await writer.drain()
            await asyncio.sleep(0.1)

    many = answering(RSS, *(f"X-{i}: 1" for i in range(150)))
    assert await refusal(endless) == "bad-answer"
    assert await refusal(trickle, Limits(total_s=1.0, idle_s=0.5, gap_s=0.0)) == "too-slow"
    assert await refusal(many) == "too-many-headers"


async def test_fifty_megabytes_are_refused_whether_announced_or_not() -> None:
    sent = 0

    async def unannounced(_head: str, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(50):
            writer.write(b"x" * 1_000_000)
            await writer.drain()
            sent += 1

    assert await refusal(answering(b"x" * 10, length=50_000_000)) == "too-large"
    assert await refusal(unannounced) == "too-large"
    assert sent < 50


async def test_a_bomb_is_noticed_before_it_unfolds() -> None:
    bomb = gzip.compress(b"\0" * 100_000_000, 9)
    assert len(bomb) < 200_000
    assert await refusal(answering(bomb, "Content-Encoding: gzip")) == "too-large"
    assert await refusal(answering(gzip.compress(bomb), "Content-Encoding: gzip, gzip")) == "bad-encoding"
    assert await refusal(answering(b"x", "Content-Encoding: br")) == "bad-encoding"
    assert await refusal(answering(b"no gzip at all", "Content-Encoding: gzip")) == "broken-encoding"
    assert await refusal(answering(gzip.compress(RSS)[:-9], "Content-Encoding: gzip")) == "broken-encoding"


async def test_a_length_that_lies_is_no_answer() -> None:
    async def twice(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 30\r\n\r\nabc")

    assert await refusal(answering(RSS, XML, length=len(RSS) + 10)) == "bad-answer"
    assert await refusal(answering(RSS, XML, length=-5)) == "bad-answer"
    assert await refusal(twice) == "bad-answer"


async def test_rubbish_and_sudden_ends_are_no_answer() -> None:
    async def rubbish(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x00\xff\x13\x37" * 100)

    async def nothing(_head: str, _writer: asyncio.StreamWriter) -> None:
        return

    assert await refusal(rubbish) == "bad-answer"
    assert await refusal(nothing) == "bad-answer"


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
        await asyncio.gather(*(one.fetch(here.url()) for _ in range(3)))
    assert times[-1] - times[0] >= 0.35


async def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
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
    trusting = ssl.create_default_context(cafile=str(certificate))
    async with server:
        with pytest.raises(FetchFailed) as refused:
            await Fetcher(listed, limits=QUICK, resolve=name).fetch(f"https://feeds.city.vn:{port}/")
        knowing = Fetcher(listed, limits=QUICK, resolve=name, tls=trusting)
        got = await knowing.fetch(f"https://feeds.city.vn:{port}/")
        with pytest.raises(FetchFailed) as other:
            await knowing.fetch(f"https://other.city.vn:{port}/")
    assert (refused.value.code, other.value.code, got.body) == ("bad-certificate", "bad-certificate", b"ok")


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for feeds.city.vn that only those trust who were given it."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "feeds.city.vn")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("feeds.city.vn")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(*private))
    return folder / "cert.pem", folder / "key.pem"
