"""The traffic detectors: each sends a record at the end of every interval, unless a story keeps it from it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from ioc.city.profile import City
from ioc.core.clock import Clock, iso
from ioc.demo.traffic import Measured, Traffic
from ioc.demo.world import Silence, Stuck, World

Publish = Callable[[str, Any], None]
Record = dict[str, Any]


class Detectors:
    """All detectors of the city, those with a recording excepted."""

    def __init__(self, city: City, traffic: Traffic, world: World, clock: Clock, publish: Publish) -> None:
        self._periods = {detector.id: detector.period_s for detector in city.detectors}
        self._traffic = traffic
        self._world = world
        self._clock = clock
        self._publish = publish
        self._before: dict[str, Record] = {}

    async def run(self, but: Iterable[str] = ()) -> None:
        """Sends at the end of every interval, which all detectors of one period end together."""
        mine = {id: period for id, period in self._periods.items() if id not in set(but)}
        groups = itertools.groupby(sorted(mine, key=lambda id: mine[id]), key=lambda id: mine[id])
        async with asyncio.TaskGroup() as tasks:
            for period, ids in groups:
                tasks.create_task(self._run_group(period, list(ids)))

    async def _run_group(self, period_s: int, ids: list[str]) -> None:
        while True:
            now = self._clock.now().timestamp()
            end = (now // period_s + 1) * period_s
            await asyncio.sleep(end - now)
            for id in ids:
                self.send(id, datetime.fromtimestamp(end, UTC), period_s)

    def send(self, detector: str, at: datetime, interval_s: float) -> None:
        """One record; nothing from a detector that is silent, the same values from one that is stuck."""
        if any(one.detector == detector for one in self._world.now(Silence, at)):
            return
        if any(one.detector == detector for one in self._world.now(Stuck, at)) and detector in self._before:
            record = self._before[detector] | {"t": iso(at)}
        else:
            record = record_of(detector, self._traffic.measured(detector, at, interval_s))
        self._before[detector] = record
        self._publish(f"traffic/{detector}/record", record)


def record_of(detector: str, measured: Measured) -> Record:
    """A detector's record as it goes over MQTT; `t` is the end of the interval."""
    return {
        "detector_id": detector,
        "t": iso(measured.at),
        "interval_s": measured.interval_s,
        "count": dict(measured.count),
        "occupancy_pct": measured.occupancy_pct,
        "speed_kmh": measured.speed_kmh,
        "queue_m": measured.queue_m,
    }
