"""The lives of one process: how often it ended, why, and how long the supervisor waits before the next."""

from __future__ import annotations

import time
from datetime import datetime

from ioc.core.clock import Clock
from ioc.core.text import Text
from ioc.host.watched import Ended, Watched

BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 3.0)  # the longest leaves the web process time to serve again within five seconds
HEALTHY_S = 30.0  # a life of this length ends a row of failures


class Lives:
    """Of one process, whose name is the one people see."""

    def __init__(self, name: str, clock: Clock, *, announces: bool = True) -> None:
        self.name = name
        self.restarts = 0
        self.failures = 0
        self._announces = announces
        self._clock = clock
        self._running = False
        self._since: datetime = clock.now()
        self._started_at = time.monotonic()
        self._failing_since: datetime | None = None
        self._longest_s = 0.0
        self._ended: Ended | None = None
        self.notice: Text | None = None

    def began(self) -> None:
        """A life begins; any but the first is a restart."""
        if self._ended is not None:
            self.restarts += 1
        self._running = True
        self._since = self._clock.now()
        self._started_at = time.monotonic()

    def ended(self, reason: Text, *, own_fault: bool = False) -> float:
        """A life ended although nobody asked for it; the seconds until the next one should begin."""
        lasted, now = time.monotonic() - self._started_at, self._clock.now()
        if lasted > HEALTHY_S or not self.failures:
            self.failures, self._failing_since, self._longest_s = 1, now, 0.0
        else:
            self.failures += 1
        if lasted <= HEALTHY_S:
            self._longest_s = max(self._longest_s, lasted)
        self._running, self._since = False, now
        self._ended = Ended(at=now, reason=reason, own_fault=own_fault)
        return BACKOFF_S[min(self.failures, len(BACKOFF_S)) - 1]

    def seen(self) -> Watched:
        """What is known of it now."""
        return Watched(
            name=self.name,
            running=self._running,
            since=self._since,
            restarts=self.restarts,
            failures=self.failures,
            failing_since=self._failing_since,
            longest_s=round(self._longest_s, 1),
            ended=self._ended,
            announces=self._announces,
            notice=self.notice,
        )
