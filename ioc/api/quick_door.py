"""A quick way for readings, ahead of the framework: the everyday request of a device, and nothing else.

It takes only what is beyond doubt, asks the same questions as the layers behind it (own names, who, how often, how
much, the route's rule) and gives the same answer. Whatever is unusual, refused or fails goes the ordinary way, which
says why. A reading taken here is counted in the numbers and not told line by line in the log.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from ioc.api.limits import note_begun
from ioc.api.observations import JSON, answer_of, post_observations, take_quickly
from ioc.api.trace import HEADER, trace_id
from ioc.api.who import address_of
from ioc.contract.rights import Principal, Rule, rule_of
from ioc.core.errors import Problem

PATH = "/api/v1/observations"
MOST_BYTES = 1024 * 1024
REST_S = 5.0  # for the rest of a body that comes in pieces; then the ordinary way waits on, as long as it still may

# What a device sends. Any other header may mean a browser, a proxy or a body that is not what it seems.
EVERYDAY = frozenset(
    {
        b"host",
        b"authorization",
        b"ioc-role",
        b"content-type",
        b"content-length",
        b"user-agent",
        b"accept",
        b"accept-encoding",
        b"connection",
        HEADER.encode(),
    }
)
LONGEST_HEADER = 2_048


class QuickDoor:
    """The application of the server: the quick way in front of `app`, whose `state` it shares."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._state = app.state
        self._rule: Rule | None = rule_of(post_observations)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        headers = _everyday(scope)
        if headers is None:
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        pieces = list[Message]()
        note_begun(scope)
        try:
            accepted = await self._take(scope, headers, receive, pieces)
        except (Problem, TimeoutError):
            accepted = None  # the ordinary way comes to the same end, and tells it
        if accepted is None:
            await self._app(scope, _again(pieces, receive), send)
            return
        await self._answer(send, trace_id(headers), answer_of(accepted))
        self._state.measures.observe("POST", PATH, 202, time.perf_counter() - began)

    async def _take(self, scope: Scope, headers: dict[str, str], receive: Receive, pieces: list[Message]) -> int | None:
        """How many readings were kept; None when the ordinary way is to look. What was read is in `pieces`."""
        state = self._state
        state.own_names.check(headers, scope)
        principal: Principal = await state.turnstile.admit(headers, scope)
        scope.setdefault("state", {})["principal"] = principal
        if self._rule is None or not self._rule.admits(principal):
            return None
        size = int(headers["content-length"])
        address = address_of(scope)
        state.held.hold(address, size)
        try:
            body = await _read(receive, pieces)
            return await take_quickly(state, principal, body) if len(body) == size else None
        finally:
            state.held.free(address, size)

    async def _answer(self, send: Send, trace: str, body: bytes) -> None:
        length = (b"content-length", b"%d" % len(body))
        own = [length, (b"content-type", JSON.encode()), *self._state.safe_headers, (HEADER.encode(), trace.encode())]
        await send({"type": "http.response.start", "status": 202, "headers": own})
        await send({"type": "http.response.body", "body": body})


def _everyday(scope: Scope) -> dict[str, str] | None:
    """The headers of an everyday request; None for any other."""
    if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST" or scope["query_string"]:
        return None
    raw: Sequence[tuple[bytes, bytes]] = scope["headers"]
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in raw if len(value) <= LONGEST_HEADER}
    if len(headers) != len(raw) or not EVERYDAY.issuperset([name for name, _ in raw]):
        return None
    length = headers.get("content-length", "")
    return headers if length.isdecimal() and 0 < int(length) <= MOST_BYTES else None


async def _read(receive: Receive, pieces: list[Message]) -> bytes:
    """The whole body; TimeoutError when the rest of it does not come."""
    pieces.append(await receive())
    if pieces[0].get("more_body"):
        async with asyncio.timeout(REST_S):
            while pieces[-1].get("more_body"):
                pieces.append(await receive())
    return b"".join([piece.get("body", b"") for piece in pieces])


def _again(pieces: Sequence[Message], receive: Receive) -> Receive:
    """Gives what was received already, then what comes."""
    before: Iterator[Any] = iter(pieces)

    async def receive_again() -> Message:
        message: Message | None = next(before, None)
        return message if message is not None else await receive()

    return receive_again
