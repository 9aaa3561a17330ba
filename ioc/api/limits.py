"""How much and how slowly anyone may send: body, headers, path; the body is read whole before a route sees it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ioc.api.hostile import looks_like_json, refuse_json
from ioc.api.problems import known
from ioc.api.who import address_of
from ioc.core.errors import Problem
from ioc.core.text import Text

# Hot routes that look at the body themselves, and let nothing through that `hostile` refuses.
GUARD_THEMSELVES = frozenset({"/api/v1/observations"})


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes and seconds."""

    body: int = 10 * 1024 * 1024
    bodies_at_once: int = 64 * 1024 * 1024  # of all requests being read together
    bodies_of_one: int = 24 * 1024 * 1024  # the same of one address
    body_within_s: float = 20.0  # of the whole way, whichever doors it passes
    drained: int = 32 * 1024 * 1024  # read and thrown away, so that the refusal reaches the sender
    drained_within_s: float = 1.5
    headers: int = 32 * 1024
    header_count: int = 100
    target: int = 8 * 1024


class Held:
    """The bytes of all bodies that are being read, whichever way they come in: so many together, and of one address
    no more than its share, so that nobody can leave others without room."""

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        self._by_address: dict[str, int] = {}
        self.held = 0

    def hold(self, address: str, size: int) -> None:
        """Counts bytes of an address.

        Raises:
            Problem: 429 when they are more than its share, 503 when all together are too many.
        """
        own = self._by_address.get(address, 0) + size
        if own > self._sizes.bodies_of_one:
            raise _later(429)
        if self.held + size > self._sizes.bodies_at_once:
            raise _later(503)
        self.held += size
        self._by_address[address] = own

    def free(self, address: str, size: int) -> None:
        """They are no longer held."""
        self.held -= size
        left = self._by_address.get(address, 0) - size
        if left > 0:
            self._by_address[address] = left
        else:
            self._by_address.pop(address, None)


def _later(status: int) -> Problem:
    busy = known(status)
    busy.retry_after_s = 2
    return busy


class Limits:
    """Caps of size and time, and the guard against hostile JSON."""

    def __init__(self, app: ASGIApp, *, sizes: Sizes, held: Held | None = None) -> None:
        self._app = app
        self.sizes = sizes
        self.held = held or Held(sizes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        _check_head(scope, self.sizes)
        body = _Body(self, scope, receive)
        silenced = body.silence(send)
        try:
            await self._app(scope, body.receive, silenced)
        except Exception:
            if body.refused is None:
                raise
        finally:
            self.held.free(body.address, body.held)
        if body.refused is not None:
            if not body.ended and "expect" not in body.headers:  # such a client waits for our word before it sends
                await _drain(receive, self.sizes)
            raise body.refused


def note_begun(scope: Scope) -> float:
    """When the server first looked at a request, in seconds of the loop's clock: noted once, by whoever is first."""
    state: dict[str, float] = scope.setdefault("state", {})
    return state.setdefault("begun", asyncio.get_running_loop().time())


class _Body:
    """The body of one request: read at the first ask, whole, or refused."""

    def __init__(self, limits: Limits, scope: Scope, receive: Receive) -> None:
        self._limits = limits
        self._path: str = scope["path"]
        self._begun = note_begun(scope)
        self.address = address_of(scope)
        self.headers = Headers(scope=scope)
        self._receive = receive
        self._given = False
        self.held = 0
        self.ended = False
        self.refused: Problem | None = None

    async def receive(self) -> Message:
        """The whole body as one message; afterwards whatever the server says (a disconnect)."""
        if self._given:
            return await self._receive()
        self._given = True
        try:
            return await self._whole()
        except Problem as problem:
            self.refused = problem
            raise

    def silence(self, send: Send) -> Send:
        """Nothing may be answered once the body was refused: frameworks turn our refusal into one of their own."""

        async def unless_refused(message: Message) -> None:
            if self.refused is None:
                await send(message)

        return unless_refused

    async def _whole(self) -> Message:
        self._check_announced()
        try:
            async with asyncio.timeout_at(self._begun + self._limits.sizes.body_within_s):
                chunks = await self._chunks()
        except TimeoutError:
            raise known(408) from None
        if chunks is None:
            return {"type": "http.disconnect"}
        body = b"".join(chunks)
        self._check_content(body)
        return {"type": "http.request", "body": body, "more_body": False}

    def _check_announced(self) -> None:
        announced = self.headers.get("content-length", "0")
        if announced.isdigit() and int(announced) > self._limits.sizes.body:
            raise too_large(self._limits.sizes)
        if self.headers.get("content-encoding", "identity") not in {"", "identity"}:
            raise known(415, Text("Không nhận nội dung nén", "Compressed bodies are not taken"))

    async def _chunks(self) -> list[bytes] | None:
        chunks: list[bytes] = []
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return None
            self.ended = not message.get("more_body", False)
            chunk = message.get("body", b"")
            self._limits.held.hold(self.address, len(chunk))
            self.held += len(chunk)
            if self.held > self._limits.sizes.body:
                raise too_large(self._limits.sizes)
            chunks.append(chunk)
            if self.ended:
                return chunks

    def _check_content(self, body: bytes) -> None:
        if self._path in GUARD_THEMSELVES:
            return
        kind = self.headers.get("content-type", "")
        reason = refuse_json(body) if body and looks_like_json(kind, body) else None
        if reason is None and "urlencoded" in kind.casefold() and (b"%00" in body or b"\x00" in body):
            reason = Text("Nội dung chứa ký tự NUL", "The body holds a NUL character")
        if reason is not None:
            raise known(400, reason)


def too_large(sizes: Sizes) -> Problem:
    """The refusal of a body over the cap."""
    mib = sizes.body // (1024 * 1024)
    return known(413, Text(f"Nhiều nhất {mib} MiB mỗi yêu cầu", f"At most {mib} MiB a request"))


def _check_head(scope: Scope, sizes: Sizes) -> None:
    headers = scope["headers"]
    if len(headers) > sizes.header_count or sum(len(n) + len(v) for n, v in headers) > sizes.headers:
        raise Problem("headers-too-large", Text("Phần đầu yêu cầu quá lớn", "Request headers too large"), 431)
    raw = scope.get("raw_path") or scope["path"].encode("utf-8", "replace")
    query = scope.get("query_string", b"")
    if len(raw) + len(query) > sizes.target:
        raise Problem("target-too-long", Text("Địa chỉ quá dài", "Address too long"), 414)
    if "\x00" in scope["path"] or b"%00" in query or b"\x00" in query:
        raise known(400, Text("Địa chỉ chứa ký tự NUL", "The address holds a NUL character"))


async def _drain(receive: Receive, sizes: Sizes) -> None:
    """Reads on for a moment: an answer sent while the client still sends would be lost with the connection."""
    seen = 0
    try:
        async with asyncio.timeout(sizes.drained_within_s):
            while seen < sizes.drained:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
                seen += len(message.get("body", b""))
    except TimeoutError:
        return
