"""One id per request: in its log lines, in its answer, in its problem document."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ioc.core.ids import new_id

HEADER = "x-request-id"
_FIT = re.compile(r"[A-Za-z0-9_-]{8,64}")
_QUIET = ("/assets/", "/healthz", "/readyz", "/metrics")
_log = structlog.get_logger("api")

# method, route template, status, seconds
Observer = Callable[[str, str, int, float], None]


class Trace:
    """Gives each request its id, notes how long it took, and says so in one line.

    The line names the route's template, never the path as sent: paths may hold a citizen's secret code.
    """

    def __init__(self, app: ASGIApp, observe: Observer) -> None:
        self._app = app
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace, began, status = trace_id(Headers(scope=scope)), time.perf_counter(), 0
        scope.setdefault("state", {})["trace"] = trace

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (HEADER.encode(), trace.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(trace=trace):
            try:
                await self._app(scope, receive, marked)
            finally:
                self._note(scope, status, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = _template(scope)
        self._observe(scope["method"], route, status, seconds)
        if status >= 500 or not scope["path"].startswith(_QUIET):
            _log.info("request", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1))


def trace_id(headers: Mapping[str, str]) -> str:
    """The id the caller gave, if it is fit to be shown, else a new one."""
    given = headers.get(HEADER, "")
    return given if _FIT.fullmatch(given) else new_id()


def _template(scope: Scope) -> str:
    return str(scope["state"].get("route", "none"))
