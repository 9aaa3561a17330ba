"""The week before the demonstration began, so that the city knows what is usual for an hour."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from ioc.core.clock import iso
from ioc.demo.traffic import Measured, Traffic

STEP_S = 900
DAYS = 7
BATCH = 960
PAUSE_S = 0.4  # between batches: what is measured now must not wait behind what was
FILE = "history.json"

Reading = dict[str, Any]


class ObservationDoor(Protocol):
    """Where a device sends readings."""

    async def observations(self, readings: list[Reading]) -> bool:
        """Sends one batch; whether it was taken."""
        ...


class History:
    """Sends what is missing of the last week: all of it at the first start, the time it stood still at a later one."""

    def __init__(self, traffic: Traffic, state_dir: Path, pause_s: float = PAUSE_S) -> None:
        self._traffic = traffic
        self._path = state_dir / FILE
        self._pause_s = pause_s

    @property
    def is_first(self) -> bool:
        """Whether nothing was sent yet."""
        return not self._path.exists()

    async def send(self, door: ObservationDoor, now: datetime) -> None:
        """Sends oldest first; what was taken is remembered, so that a restart repeats nothing."""
        until = _step_before(now)
        since = max(until - timedelta(days=DAYS), self._sent_until())
        batch: list[Reading] = []
        at = since
        while at < until:
            at += timedelta(seconds=STEP_S)
            batch += self._readings(at)
            if len(batch) >= BATCH or at >= until:
                if not await door.observations(batch):
                    return
                await asyncio.sleep(self._pause_s)
                self._path.write_text(json.dumps({"until": iso(at)}), encoding="utf-8")
                batch = []

    def _sent_until(self) -> datetime:
        if not self._path.exists():
            return datetime(1970, 1, 1, tzinfo=UTC)
        return datetime.fromisoformat(json.loads(self._path.read_text(encoding="utf-8"))["until"])

    def _readings(self, at: datetime) -> Iterator[Reading]:
        for detector in self._traffic.roads.detectors:
            yield from readings_of(detector, self._traffic.measured(detector, at, STEP_S))


def readings_of(detector: str, measured: Measured) -> Iterator[Reading]:
    """What of a record is worth comparing with; the ids depend on detector and time alone."""
    at = iso(measured.at)
    for kind, value, unit in (
        ("traffic.occupancy", measured.occupancy_pct, "%"),
        ("traffic.speed", measured.speed_kmh, "km/h"),
    ):
        yield {
            "id": f"sim/{kind}/{detector}/{at}",
            "kind": kind,
            "key": detector,
            "value": value,
            "unit": unit,
            "at": at,
        }


def _step_before(now: datetime) -> datetime:
    return datetime.fromtimestamp(now.timestamp() // STEP_S * STEP_S, UTC)
