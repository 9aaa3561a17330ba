"""Decisions remembered for a moment, so that a busy device costs one look-up every two seconds."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any

from ioc.contract.rights import Principal

SIZE = 10_000


class Remembered:
    """Credential to principal, bounded in time and number; only a digest of the credential is held.

    Callers who ask about one credential at the same time share one look-up: a busy device must not fill the store's
    pool each time its decision runs out.
    """

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._now = now
        self._kept: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()
        self._asked: dict[bytes, asyncio.Task[Principal | None]] = {}

    async def ask(self, credential: str, find: Callable[[], Coroutine[Any, Any, Principal | None]]) -> Principal | None:
        """The principal decided on lately, else what `find` says now; a refusal is not remembered."""
        key = _digest(credential)
        found = self._kept.get(key)
        if found and found[0] > self._now():
            return found[1]
        task = self._asked.get(key)
        if task is None:
            task = self._asked[key] = asyncio.create_task(self._look_up(key, find))
            task.add_done_callback(lambda done: self._answered(key, done))
        return await asyncio.shield(task)  # one caller going away must not fail the others

    async def _look_up(self, key: bytes, find: Callable[[], Coroutine[Any, Any, Principal | None]]) -> Principal | None:
        principal = await find()
        if principal is not None and self._asked.get(key) is asyncio.current_task():
            self._kept[key] = (self._now() + self._seconds, principal)
            self._kept.move_to_end(key)
            if len(self._kept) > SIZE:
                self._kept.popitem(last=False)
        return principal

    def _answered(self, key: bytes, done: asyncio.Task[Principal | None]) -> None:
        if self._asked.get(key) is done:
            del self._asked[key]
        if not done.cancelled():
            done.exception()  # seen by whoever waited; nobody may have

    def forget(self) -> None:
        """Forgets everything: rights have changed. What is being looked up now is not remembered either."""
        self._kept.clear()
        self._asked.clear()


def _digest(credential: str) -> bytes:
    return hashlib.sha256(credential.encode("utf-8", "surrogatepass")).digest()
