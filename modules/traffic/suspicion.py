"""Whether an incident is suspected at a spot, from the figures of one interval after another."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from modules.traffic.california import CaliforniaLimits, CaliforniaTest
from modules.traffic.persistence import Persistence

Rule = Literal["california", "arterial"]
Change = Literal["suspected", "cleared"]


class SpotFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What one interval shows of a spot. `test` and `slow` are None where they cannot be judged: values are missing or
    doubted, or the usual speed is not known."""

    at: datetime
    start: datetime
    test: CaliforniaTest | None
    slow: bool | None
    queue_grows: bool


class SuspicionLimits(msgspec.Struct, frozen=True):
    """Intervals in a row, and the limits of the California test."""

    california: CaliforniaLimits
    on: int
    off: int
    slow_on: int


class Suspicion(msgspec.Struct):
    """What is remembered of a spot. `story` is the correlation of an open suspicion, None where there is none; `ended`
    is when the last one did."""

    judged: datetime | None = None
    split: Persistence = msgspec.field(default_factory=Persistence)  # California: full above, empty below
    slow: Persistence = msgspec.field(default_factory=Persistence)  # far below the usual speed
    story: str | None = None
    since: datetime | None = None
    ended: datetime | None = None

    def see(self, figures: SpotFigures, limits: SuspicionLimits) -> None:
        """One more interval. What cannot be judged neither raises nor clears a suspicion."""
        self.judged = figures.at
        if figures.test is not None:
            begun = self.split.on or self.split.run > 0
            holds = (figures.test.continues if begun else figures.test.begins)(limits.california)
            self.split.see(holds, figures.start, needed=limits.on, over=limits.off)
        if figures.slow is not None:
            self.slow.see(figures.slow, figures.start, needed=limits.slow_on, over=limits.off)

    def rule(self, figures: SpotFigures) -> Rule | None:
        """The rule that holds now; the slow road counts only while its queue grows."""
        if self.split.on:
            return "california"
        return "arterial" if self.slow.on and figures.queue_grows else None

    def over(self) -> bool:
        """Whether neither sign is left."""
        return not self.split.on and not self.slow.on

    def broken(self) -> None:
        """Intervals are missing."""
        self.split.broken()
        self.slow.broken()
