"""Whether the clock may say what is past its time: after a leap of days a sweep would take what is needed. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

LEAP = timedelta(days=2)  # since the last sweep, which comes every hour while a city runs
PATIENCE_S = 24 * 3600.0  # a city that was off for days is swept after so long; a wrong clock is noticed by then


class SweepDoubt:
    """Remembers since when the clock is ahead of the last sweep by more than a leap."""

    def __init__(self) -> None:
        self._since_s: float | None = None

    def doubts(self, now: datetime, last_sweep: datetime | None, monotonic_s: float) -> bool:
        """Whether to wait. `monotonic_s` are seconds that nobody sets."""
        if last_sweep is None or now - last_sweep <= LEAP:
            self._since_s = None
            return False
        if self._since_s is None:
            self._since_s = monotonic_s
        return monotonic_s - self._since_s < PATIENCE_S
