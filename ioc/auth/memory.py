"""Decisions remembered for a moment, so that a busy device costs one look-up every two seconds."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable

from ioc.contract.rights import Principal

SIZE = 10_000


class Remembered:
    """Credential to principal, bounded in time and number; only a digest of the credential is held."""

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._now = now
        self._kept: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()

    def get(self, credential: str) -> Principal | None:
        """The principal decided on lately, else None."""
        found = self._kept.get(_digest(credential))
        return found[1] if found and found[0] > self._now() else None

    def put(self, credential: str, principal: Principal) -> None:
        """Remembers a decision."""
        key = _digest(credential)
        self._kept[key] = (self._now() + self._seconds, principal)
        self._kept.move_to_end(key)
        if len(self._kept) > SIZE:
            self._kept.popitem(last=False)

    def forget(self) -> None:
        """Forgets everything: rights have changed."""
        self._kept.clear()


def _digest(credential: str) -> bytes:
    return hashlib.sha256(credential.encode("utf-8", "surrogatepass")).digest()
