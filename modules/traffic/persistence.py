"""On and off with hysteresis: a state begins after some intervals in a row and ends after more of the other kind."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

Turn = Literal["began", "ended"]


class Persistence(msgspec.Struct):
    """Whether something holds. `since` is the start of the intervals that turned it on."""

    on: bool = False
    run: int = 0  # intervals in a row that speak against the present state
    since: datetime | None = None
    first: datetime | None = None  # start of the run

    def see(self, holds: bool, start: datetime, *, needed: int, over: int) -> Turn | None:
        """One more interval, which began at `start`: on after `needed` that hold, off after `over` that do not."""
        if holds == self.on:
            self.run, self.first = 0, None
            return None
        self.run += 1
        self.first = self.first or start
        if self.run < (over if self.on else needed):
            return None
        return self._turn(holds)

    def broken(self) -> None:
        """Intervals are missing: what was counted in a row counts no more."""
        self.run, self.first = 0, None

    def _turn(self, on: bool) -> Turn:
        self.since = self.first if on else None
        self.on, self.run, self.first = on, 0, None
        return "began" if on else "ended"
