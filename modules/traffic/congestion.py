"""Congestion of a segment: level E or F that lasts, and how grave that is."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from modules.traffic.persistence import Persistence, Turn
from modules.traffic.service_level import CONGESTED, Level


class CongestionLimits(msgspec.Struct, frozen=True):
    """How long it must last, on a national road at F, and the intervals of hysteresis."""

    lasting: timedelta
    national: timedelta
    on: int
    off: int


class Jam(msgspec.Struct):
    """What is remembered of a segment's congestion; `said` is the gravest severity told, 0 for none."""

    dense: Persistence = msgspec.field(default_factory=Persistence)  # E or F
    standing: Persistence = msgspec.field(default_factory=Persistence)  # F
    said: int = 0

    def see(self, level: Level, start: datetime, limits: CongestionLimits) -> Turn | None:
        """One more interval at a level, which began at `start`; tells when congestion ends."""
        self.standing.see(level == "F", start, needed=limits.on, over=limits.off)
        return self.dense.see(level in CONGESTED, start, needed=limits.on, over=limits.off)

    def broken(self) -> None:
        """Intervals are missing."""
        self.dense.broken()
        self.standing.broken()


def severity(jam: Jam, now: datetime, *, national: bool, limits: CongestionLimits) -> int:
    """0 while it is not congestion, 2 for E that lasts, 3 for F that lasts, 4 for F that stays on a national road.

    What is about to end does not go on to last: the newest interval must be of the level that is told.
    """
    standing, dense = lasts(jam.standing, now), lasts(jam.dense, now)
    if national and standing >= limits.national:
        return 4
    if standing >= limits.lasting:
        return 3
    return 2 if dense >= limits.lasting else 0


def lasts(state: Persistence, now: datetime) -> timedelta:
    """For how long a state has held; nothing where it is off or its newest interval speaks against it."""
    held = state.on and state.run == 0 and state.since is not None
    return now - state.since if held and state.since else timedelta(0)
