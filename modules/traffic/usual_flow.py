"""How many vehicles an hour are usual at a detector: reckoned as the usual speed is, when somebody asks, once a day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from time import monotonic

from ioc.city.profile import Detector
from ioc.contract import ModuleContext
from ioc.core.clock import VIETNAM
from modules.traffic.kinds import COUNTS
from modules.traffic.pcu import per_hour
from modules.traffic.usual import SLOT, UsualSpeeds, usual_speeds
from modules.traffic.usual_past import BUDGET_S


class UsualFlows:
    """Usual flows in memory. Few are ever asked for: of roads where something speaks of water."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._known: dict[str, UsualSpeeds] = {}
        self._until = 0.0

    def begin(self) -> None:
        """A run of the timer begins, which has only so much time for looking back."""
        self._until = monotonic() + BUDGET_S

    async def at(self, detector: Detector, ctx: ModuleContext, now: datetime) -> float | None:
        """Vehicles an hour; None where the past is too short, or this run has no time left to look back."""
        today = now.astimezone(VIETNAM).date()
        if today != self._day:
            self._day, self._known = today, {}
        if detector.id not in self._known and monotonic() >= self._until:
            return None
        if detector.id not in self._known:
            self._known[detector.id] = await _reckon(detector, ctx, now)
        found = self._known[detector.id].at(now)
        return found.speed if found else None


async def _reckon(detector: Detector, ctx: ModuleContext, now: datetime) -> UsualSpeeds:
    """From whole days before today: what happens now is not yet usual."""
    today = datetime.combine(now.astimezone(VIETNAM).date(), time(), VIETNAM)
    since = today - timedelta(days=ctx.threshold("traffic.usual.days", now))
    slots: dict[datetime, float] = {}
    for kind in COUNTS:
        for one in await ctx.series(kind, detector.id, since, today, every=SLOT):
            slots[one.at] = slots.get(one.at, 0.0) + per_hour(one.value, detector.period_s)
    return usual_speeds(slots.items(), int(ctx.threshold("traffic.usual.samples", now)))
