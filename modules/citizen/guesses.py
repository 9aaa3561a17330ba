"""Slows down whoever guesses status codes: a token bucket for each address and one for all of them together."""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request

from ioc.core.errors import Problem
from ioc.core.text import Text

ADDRESSES_KEPT = 10_000


@dataclass(slots=True)
class Bucket:
    """Holds up to `size` tokens and gains `per_s` a second; a guess takes one."""

    size: float
    per_s: float
    tokens: float
    at: datetime

    def wait_s(self, now: datetime) -> int:
        """Seconds until a token is there; 0 when there is one."""
        self.tokens = min(self.size, self.tokens + max(0.0, (now - self.at).total_seconds()) * self.per_s)
        self.at = now
        return 0 if self.tokens >= 1 else math.ceil((1 - self.tokens) / self.per_s)

    def take(self) -> None:
        """One guess was made."""
        self.tokens = max(0.0, self.tokens - 1)


class Guesses:
    """Counts wrong codes only: who follows the own report may look as often as wished."""

    def __init__(self, *, each: tuple[float, float] = (10, 0.2), all_: tuple[float, float] = (600, 10.0)) -> None:
        self._each = each
        self._all = all_
        self._everyone: Bucket | None = None
        self._addresses: OrderedDict[str, Bucket] = OrderedDict()

    def check(self, address: str, now: datetime) -> None:
        """Before a code is looked up.

        Raises:
            Problem: 429 with the seconds to wait, whatever the code is.
        """
        wait = max(self._bucket(address, now).wait_s(now), self._global(now).wait_s(now))
        if wait:
            text = Text(f"Hãy thử lại sau {wait} giây.", f"Try again in {wait} s.")
            raise Problem("too-many", Text("Thử quá nhiều lần", "Too many attempts"), 429, text, retry_after_s=wait)

    def missed(self, address: str, now: datetime) -> None:
        """After a code turned out to be wrong or unknown."""
        self._bucket(address, now).take()
        self._global(now).take()

    def _global(self, now: datetime) -> Bucket:
        if self._everyone is None:
            self._everyone = Bucket(*self._all, tokens=self._all[0], at=now)
        return self._everyone

    def _bucket(self, address: str, now: datetime) -> Bucket:
        bucket = self._addresses.pop(address, None) or Bucket(*self._each, tokens=self._each[0], at=now)
        self._addresses[address] = bucket
        while len(self._addresses) > ADDRESSES_KEPT:
            self._addresses.popitem(last=False)
        return bucket


def guesses_of(request: Request) -> Guesses:
    """The counters of this application."""
    state = request.app.state
    if not hasattr(state, "citizen_guesses"):
        state.citizen_guesses = Guesses()
    made: Guesses = state.citizen_guesses
    return made


def address_of(request: Request) -> str:
    """Who is guessing: an IPv4 address, or the /64 an IPv6 household has to itself."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else host
