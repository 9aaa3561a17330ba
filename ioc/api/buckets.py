"""Token buckets by key, bounded in number: how often one address or one principal may call."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

SIZE = 20_000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls a second on average, and so many at once."""

    per_s: float
    burst: int


class Buckets:
    """One bucket per key; keys longest unused are forgotten (they would be full again anyway)."""

    def __init__(self, rate: Rate, now: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._now = now
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> float:
        """Takes one call; seconds to wait when there is none left, else 0."""
        now = self._now()
        level, since = self._levels.pop(key, (float(self._rate.burst), now))
        level = min(self._rate.burst, level + (now - since) * self._rate.per_s)
        wait = 0.0 if level >= 1 else (1 - level) / self._rate.per_s
        self._levels[key] = (level - 1 if level >= 1 else level, now)
        if len(self._levels) > SIZE:
            self._levels.popitem(last=False)
        return wait
