"""What a camera's answers over ONVIF are bound to, and what was heard in them although the library passes it over.

The library asks on where a first answer is a refusal or none, and in the end says only what it lacks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from threading import Thread
from typing import TypeVar

import httpx

T = TypeVar("T")
_NO_LOGIN = b"notauthorized"  # ONVIF Core, the fault's subcode, in whatever letters
_REFUSALS = (401, 403)


class TooSlow(Exception):
    """The camera did not come to an end in time."""


class Hearing(httpx.BaseTransport):
    """Requests as httpx sends them; notes refusals and silence, and ends bodies that drip on."""

    def __init__(self, limit_s: float) -> None:
        self._inner = httpx.HTTPTransport(trust_env=False)
        self._until = time.monotonic() + limit_s
        self.refused = self.silent = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx."""
        try:
            response = self._inner.handle_request(request)
        except httpx.TimeoutException:
            self.silent = True
            raise
        self.refused |= response.status_code in _REFUSALS
        assert isinstance(response.stream, httpx.SyncByteStream)  # noqa: S101 - the inner transport is no other
        response.stream = _Heard(response.stream, self)
        return response

    def hear(self, words: bytes) -> None:
        """A part of an answer. Raises httpx.ReadTimeout when it comes too late."""
        self.refused |= _NO_LOGIN in words.replace(b" ", b"").lower()
        if time.monotonic() > self._until:
            self.silent = True
            raise httpx.ReadTimeout("the camera did not come to an end")

    def close(self) -> None:
        """See httpx."""
        self._inner.close()


class _Heard(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream, hearing: Hearing) -> None:
        self._stream, self._hearing = stream, hearing

    def __iter__(self) -> Iterator[bytes]:
        before = b""
        for chunk in self._stream:
            self._hearing.hear(before + chunk)
            before = chunk[-2 * len(_NO_LOGIN) :]
            yield chunk

    def close(self) -> None:
        self._stream.close()


def within(limit_s: float, ask: Callable[[], T]) -> T:
    """What is asked, if it comes in time; a head of an answer that drips has no end that httpx would see.

    Raises:
        TooSlow: it did not come; its thread ends with the connection that was closed meanwhile, or with the process.
    """
    came: list[T] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            came.append(ask())
        except BaseException as error:
            failed.append(error)

    asking = Thread(target=work, name="onvif", daemon=True)
    asking.start()
    asking.join(limit_s)
    if failed:
        raise failed[0]
    if not came:
        raise TooSlow
    return came[0]
