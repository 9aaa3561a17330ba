"""The usual speeds of all detectors: kept in the module's table, refreshed from its own history, some at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from time import monotonic

from ioc.city.profile import Detector
from ioc.contract import ModuleContext, Write
from ioc.core.clock import VIETNAM, parse_time
from modules.traffic.kinds import SPEED
from modules.traffic.reading_tables import usual_speeds_of
from modules.traffic.roads import Roads
from modules.traffic.statements import keep_usual
from modules.traffic.usual import SLOT, Usual, UsualSpeeds, stated, usual_speeds

BUDGET_S = 1.5  # of a run: pasts are long, and the timer has seconds
FULL_AGAIN = timedelta(hours=1)
LACKING_AGAIN = timedelta(minutes=1)  # while nothing is known for this hour


class Pasts:
    """Usual speeds in memory; a restart reads them from the table."""

    def __init__(self, shares: Sequence[float]) -> None:
        self._shares = shares
        self._speeds: dict[str, UsualSpeeds] = {}
        self._loaded = False
        self._refreshed: dict[str, datetime] = {}

    async def load(self, ctx: ModuleContext) -> None:
        """Reads the table, once."""
        if self._loaded:
            return
        async with ctx.read() as connection:
            rows = await usual_speeds_of(connection)
        self._speeds = {id: speeds for id, (_, speeds) in rows.items()}
        self._refreshed = {id: parse_time(at) for id, (at, _) in rows.items()}
        self._loaded = True

    def usual(self, roads: Roads) -> Callable[[Detector, datetime], Usual | None]:
        """What is usual at a detector and moment: by its own past, else as the city states it, else not known."""

        def at(detector: Detector, moment: datetime) -> Usual | None:
            known = self._speeds.get(detector.id)
            free_flow = roads.segments[detector.segment].free_flow_kmh
            return (known.at(moment) if known else None) or stated(self._shares, free_flow, moment)

        return at

    async def refresh(self, roads: Roads, ctx: ModuleContext) -> list[Write]:
        """Reckons the detectors whose turn it is anew; gives what the table is to keep."""
        await self.load(ctx)
        now = ctx.clock.now()
        due = sorted(
            (id for id in roads.detectors if self._due(id, now)), key=lambda id: self._age(id, now), reverse=True
        )
        writes: list[Write] = []
        began = monotonic()
        for id in due:
            if monotonic() - began > BUDGET_S:
                break
            speeds = await _reckon(id, ctx, now)
            self._speeds[id] = speeds
            self._refreshed[id] = now
            writes += keep_usual(id, now, speeds)
        return writes

    def _age(self, id: str, now: datetime) -> timedelta:
        last = self._refreshed.get(id)
        return now - last if last else timedelta.max

    def _due(self, id: str, now: datetime) -> bool:
        known = self._speeds.get(id)
        lacking = known is None or known.at(now) is None
        return self._age(id, now) >= (LACKING_AGAIN if lacking else FULL_AGAIN)


async def _reckon(id: str, ctx: ModuleContext, now: datetime) -> UsualSpeeds:
    """From whole days before today: what happens now is not yet usual."""
    today = datetime.combine(now.astimezone(VIETNAM).date(), time(), VIETNAM)
    since = today - timedelta(days=ctx.threshold("traffic.usual.days", now))
    points = await ctx.series(SPEED, id, since, today, every=SLOT)
    return usual_speeds(((one.at, one.value) for one in points), int(ctx.threshold("traffic.usual.samples", now)))
