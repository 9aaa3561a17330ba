"""Names we answer to, and pages that may change something."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ioc.auth.authenticator import Auth
from ioc.auth.origin import host_name, own_origin
from ioc.auth.settings import is_loopback
from ioc.core.errors import Problem
from ioc.core.text import Text

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class OwnNames:
    """Refuses a foreign `Host` (DNS rebinding) and a change asked for by a foreign page.

    Loopback callers may always use loopback names, so that health checks on the machine itself work. A foreign
    page's request is refused when the browser adds something of the user's: a session cookie, or in demonstration
    mode simply sitting at the machine. Without that it is an anonymous call, which programs may make too.
    """

    def __init__(self, auth: Auth, hosts: Collection[str], origins: Collection[str]) -> None:
        self._auth = auth
        self._hosts = frozenset(h.casefold() for h in hosts)
        self._origins = frozenset(origins)

    def check(self, headers: Mapping[str, str], scope: Scope) -> None:
        """Looks at one request.

        Raises:
            Problem: 421 for a foreign host, 403 for a foreign page.
        """
        if not self._ours(headers.get("host", ""), scope):
            raise Problem("unknown-host", Text("Tên máy chủ không đúng", "Unknown host"), 421)
        if scope["method"] not in SAFE:
            self._check_origin(headers)

    def _ours(self, host: str, scope: Scope) -> bool:
        name = host_name(host)
        if name is None or _hosts_named(scope) > 1:
            return False
        client = scope.get("client")
        near = client is None or is_loopback(client[0])
        return name in self._hosts or (near and is_loopback(name))

    def _check_origin(self, headers: Mapping[str, str]) -> None:
        session = self._auth.session_value(headers) is not None
        if (session or self._auth.demo) and not own_origin(headers, self._origins, need=session):
            text = Text("Yêu cầu đến từ một trang khác", "The request comes from another site")
            raise Problem("foreign-origin", text, 403)


def _hosts_named(scope: Scope) -> int:
    return sum(name == b"host" for name, _ in scope["headers"])


class Hosts:
    """Holds every request against `OwnNames`."""

    def __init__(self, app: ASGIApp, *, names: OwnNames) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] == "http":
            self._names.check(Headers(scope=scope), scope)
        await self._app(scope, receive, send)
