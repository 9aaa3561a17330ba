"""Politeness: requests to one host begin some time apart, without one slow answer holding up the next request."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

_HOSTS_KEPT = 1_000


class Pace:
    """When each host may be asked next."""

    def __init__(self, gap_s: float) -> None:
        self._gap_s = gap_s
        self._next: OrderedDict[str, float] = OrderedDict()

    async def turn(self, host: str) -> None:
        """Waits until it is the caller's turn with a host."""
        now = asyncio.get_running_loop().time()
        mine = max(now, self._next.pop(host, now))
        self._next[host] = mine + self._gap_s
        while len(self._next) > _HOSTS_KEPT:
            self._next.popitem(last=False)
        if mine > now:
            await asyncio.sleep(mine - now)
