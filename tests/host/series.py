"""What tests of readings share: a step on a real store, run until it has caught up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta

import msgspec
import structlog

from ioc.city.parts import Threshold
from ioc.city.profile import City, load_city
from ioc.contract import Observation
from ioc.core.clock import Clock, SystemClock
from ioc.host.quality_limits import QualityLimits
from ioc.host.series_step import SeriesStep
from ioc.store import Store
from tests.events import AT
from tests.running import ROOT

LIMIT_S = 40.0
OWNER = "noise"
KIND = "noise.level"


class Noted:
    """Hears of every judged reading."""

    def __init__(self) -> None:
        self.readings: list[Observation] = []
        self.reasons: list[object] = []

    def note(self, owner: str, reading: Observation, received_at: datetime, reason: object = None) -> None:
        assert reading.kind.startswith(f"{owner}.")
        self.readings.append(reading)
        self.reasons.append(reason)


def city_with(**thresholds: float) -> City:
    """Thanh Hóa with these thresholds (their dots written as `__`) and no others."""
    rows = tuple(
        Threshold(name=name.replace("__", "."), value=value, quantity="1", source="test", valid_from=date(2025, 7, 1))
        for name, value in thresholds.items()
    )
    return msgspec.structs.replace(load_city(ROOT / "cities" / "thanh-hoa"), thresholds=rows)


USUAL = city_with(quality__clock_skew_s=300, quality__flatline_samples=12, quality__gap_periods=3)


def reading(value: float, seconds: float = 0, key: str = "s1", **more: object) -> Observation:
    """A reading of a noise meter, so many seconds after `AT`."""
    return Observation(KIND, key, value, "dB", AT + timedelta(seconds=seconds), **more)  # type: ignore[arg-type]


def step_of(
    store: Store,
    city: City = USUAL,
    *,
    clock: Clock | None = None,
    noted: Noted | None = None,
    period_of: Callable[[str], float | None] = lambda key: None,
    owner: str = OWNER,
    listed: Callable[[str], bool] = lambda source: False,
) -> SeriesStep:
    """The series step of the noise module, or of another owner."""
    limits = QualityLimits(city, period_of)
    book, now = noted or Noted(), clock or SystemClock()
    return SeriesStep(store, owner, "test", limits, book, now, structlog.get_logger(), listed=listed)


async def caught_up(store: Store, step: SeriesStep, owner: str = OWNER) -> None:
    """Runs a step until everything in the log is in its series and noted, then ends it."""
    last = max((batch.position for batch in await store.observations.of(owner, 0, 10_000)), default=0)
    reached = await store.series.position(owner)
    running = asyncio.create_task(step.run())
    try:
        async with asyncio.timeout(LIMIT_S):
            while max(reached, step.position) < last:
                assert not running.done(), running.exception()
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
