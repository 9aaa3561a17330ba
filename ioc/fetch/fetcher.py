"""Fetches one address: checked, pinned to what was checked, bounded in size and time, redirect by redirect."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Collection
from functools import cache
from typing import cast

import httpx

from ioc.contract import Fetched
from ioc.fetch.addresses import Address
from ioc.fetch.limits import Limits
from ioc.fetch.pacing import Pace
from ioc.fetch.reading import read_body, too_large
from ioc.fetch.reasons import FetchFailed
from ioc.fetch.resolving import Resolve, addresses_of, system_names
from ioc.fetch.targets import Target, redirected, target_of

USER_AGENT = "ioc-feed-reader/0.1"
_ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/json, text/xml, */*;q=0.1"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REFUSED_TYPES = ("image/", "audio/", "video/", "font/", "application/zip", "application/pdf", "application/x-")


class Fetcher:
    """The one way out. No cookies, no proxies of the environment, no connection kept, no address trusted twice.

    `private_hosts` are the `host:port` of the city's own networks that may be fetched from.
    """

    def __init__(
        self,
        private_hosts: Collection[str] = (),
        *,
        limits: Limits | None = None,
        resolve: Resolve = system_names,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._private = frozenset(host.lower() for host in private_hosts)
        self._limits = limits or Limits()
        self._resolve = resolve
        self._tls = tls
        self._pace = Pace(self._limits.gap_s)

    async def fetch(self, url: str, *, etag: str | None = None, modified: str | None = None) -> Fetched:
        """The content of an address, or that it is unchanged since the `etag` or `modified` given.

        Raises:
            FetchFailed: nothing usable came; says why in both languages.
        """
        target = target_of(url)
        await self._pace.turn(target.host)
        try:
            async with asyncio.timeout(self._limits.total_s):
                return await self._follow(target, _conditions(etag, modified))
        except TimeoutError as error:
            raise FetchFailed("too-slow", host=target.host) from error

    async def _follow(self, target: Target, conditions: dict[str, str]) -> Fetched:
        seen = {target.url}
        for _ in range(self._limits.most_redirects + 1):
            answer = await self._ask(target, conditions)
            if isinstance(answer, Fetched):
                return answer
            if answer.url in seen:
                raise FetchFailed("redirect-loop")
            seen.add(answer.url)
            target = answer
        raise FetchFailed("too-many-redirects")

    async def _ask(self, target: Target, conditions: dict[str, str]) -> Fetched | Target:
        """One request: what came, or where it sends on to."""
        addresses = await addresses_of(target, self._resolve, self._private, self._limits.ports)
        for address in addresses:
            try:
                return await self._ask_at(address, target, conditions)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failed = _not_connected(target, error)
            except httpx.TimeoutException as error:
                raise FetchFailed("too-slow", host=target.host) from error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise FetchFailed("bad-answer", host=target.host) from error
        raise failed

    async def _ask_at(self, address: Address, target: Target, conditions: dict[str, str]) -> Fetched | Target:
        # one for each request: a connection kept under an address could serve another name
        verify = self._tls or _trusted()
        async with httpx.AsyncHTTPTransport(verify=verify, trust_env=False, http2=False, retries=0) as transport:
            response = await transport.handle_async_request(self._request(address, target, conditions))
            try:
                return await self._take(response, target)
            finally:
                await response.aclose()

    def _request(self, address: Address, target: Target, conditions: dict[str, str]) -> httpx.Request:
        """Goes to the address that was checked, while name and certificate stay those of the host."""
        host = f"[{address}]" if address.version == 6 else str(address)
        limits = self._limits
        times = {"connect": limits.connect_s, "read": limits.idle_s, "write": limits.idle_s, "pool": limits.connect_s}
        return httpx.Request(
            "GET",
            f"{target.scheme}://{host}:{target.port}{target.path}",
            headers={
                "Host": target.authority,
                "User-Agent": USER_AGENT,
                "Accept": _ACCEPT,
                "Accept-Encoding": "gzip, deflate",
                "Connection": "close",
                **conditions,
            },
            extensions={"timeout": times, "sni_hostname": target.host},
        )

    async def _take(self, response: httpx.Response, target: Target) -> Fetched | Target:
        headers = response.headers
        if len(headers.raw) > self._limits.most_headers:
            raise FetchFailed("too-many-headers")
        if response.status_code in _REDIRECTS and "location" in headers:
            return redirected(target, headers["location"])
        etag, modified = _short(headers.get("etag")), _short(headers.get("last-modified"))
        if response.status_code == 304:
            return Fetched(target.url, b"", "", etag, modified, unchanged=True)
        if response.status_code != 200:
            raise FetchFailed("status", host=target.host, status=response.status_code)
        kind = _checked_type(headers.get("content-type", ""))
        body = await self._body(response)
        return Fetched(target.url, body, kind, etag, modified)

    async def _body(self, response: httpx.Response) -> bytes:
        most = self._limits.most_bytes
        length = response.headers.get("content-length", "")
        if length.isdecimal() and int(length[:20]) > most:
            raise too_large(most)
        stream = cast(AsyncIterator[bytes], response.stream)
        return await read_body(stream, response.headers.get("content-encoding", ""), most)


def _conditions(etag: str | None, modified: str | None) -> dict[str, str]:
    said = {"If-None-Match": etag, "If-Modified-Since": modified}
    return {name: value for name, value in said.items() if value and value.isascii() and value.isprintable()}


def _short(value: str | None) -> str | None:
    """A header worth keeping; one too long to be sent back is not."""
    return value if value and len(value) <= 300 else None


def _checked_type(content_type: str) -> str:
    kind = content_type.strip().lower()[:200]
    if kind.startswith(_REFUSED_TYPES):
        raise FetchFailed("bad-type", type=kind.partition(";")[0][:60])
    return kind


def _not_connected(target: Target, error: httpx.TransportError) -> FetchFailed:
    because: BaseException | None = error
    while because is not None:
        if isinstance(because, ssl.SSLError):
            return FetchFailed("bad-certificate", host=target.host)
        because = because.__cause__ or because.__context__
    return FetchFailed("no-connection", host=target.host)


@cache
def _trusted() -> ssl.SSLContext:
    """Whom TLS trusts: the packaged list and this machine's own."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context
