"""Who is asking, decided once per request, and how often they may ask."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ioc.api.buckets import Buckets, Rate
from ioc.api.problems import known
from ioc.auth.authenticator import Auth, bearer
from ioc.contract.rights import ANYONE, Principal
from ioc.core.errors import Problem
from ioc.core.text import Text

# Answered without asking who: files every visitor loads, and what watches the process.
OPEN = ("/assets/", "/healthz", "/readyz")


class Rates(NamedTuple):
    """Calls a second: of an address that shows no good credential, of a person or wall, of a device."""

    address: Rate = Rate(20.0, 200)
    person: Rate = Rate(100.0, 500)
    device: Rate = Rate(5_000.0, 10_000)


class Turnstile:
    """Decides who a request is from and whether they may ask once more; one for all ways into the application."""

    def __init__(self, auth: Auth, rates: Rates) -> None:
        self._auth = auth
        self._addresses = Buckets(rates.address)
        self._people = Buckets(rates.person)
        self._devices = Buckets(rates.device)

    async def admit(self, headers: Mapping[str, str], scope: Scope) -> Principal:
        """The principal of a request, counted.

        Raises:
            Problem: 401 for a bearer token that is not good, 429 for a call too many.
        """
        client = _client(scope)
        found = await self._auth.authenticate(headers, client=client)
        self._take(found, scope)
        if found is not None:
            return found
        if bearer(headers) is not None:
            raise known(401, Text("Khóa hoặc phiên không còn hiệu lực", "The key or session is not good"))
        return ANYONE

    def _take(self, found: Principal | None, scope: Scope) -> None:
        if found is None:
            wait = self._addresses.take(address_of(scope))
        else:
            wait = (self._devices if found.role == "device" else self._people).take(found.id)
        if wait:
            raise too_many(wait)


class Who:
    """Puts the principal into `request.state.principal`, unless it stands there already; a bad bearer token is
    refused on every route."""

    def __init__(self, app: ASGIApp, *, turnstile: Turnstile) -> None:
        self._app = app
        self._turnstile = turnstile

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] == "http" and not scope["path"].startswith(OPEN):
            state = scope.setdefault("state", {})
            if "principal" not in state:
                state["principal"] = await self._turnstile.admit(Headers(scope=scope), scope)
        await self._app(scope, receive, send)


def too_many(wait_s: float) -> Problem:
    """The refusal of a call too many, with the seconds to wait."""
    problem = known(429, Text("Hãy thử lại sau ít giây", "Try again in a few seconds"))
    problem.retry_after_s = max(1, round(wait_s + 0.5))
    return problem


def address_of(scope: Scope) -> str:
    """The caller's address as a counting key: one IPv6 network of 64 bits is one caller, and all whose proxy tells no
    address are one."""
    client = _client(scope)
    if client is None:
        return "local"
    try:
        address = ip_address(client)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped) if address.ipv4_mapped else f"{int(address) >> 64:x}::/64"
    return str(address)


def _client(scope: Scope) -> str | None:
    client = scope.get("client")
    return str(client[0]) if client else None
