"""Replays detector records through the pure rules, and tells what they found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import msgspec

from ioc.city.profile import City, Detector, load_city
from ioc.contract import Observation
from modules.traffic.intervals import Part
from modules.traffic.judging import judge_interval
from modules.traffic.limits import limits_of
from modules.traffic.memory import Corridor
from modules.traffic.outcomes import (
    CongestionChange,
    DetectorSeen,
    FaultChange,
    IncidentChange,
    Outcome,
    SegmentFlow,
)
from modules.traffic.record import Counted, Record, readings_of
from modules.traffic.roads import Roads
from modules.traffic.usual import Usual

ROOT = Path(__file__).resolve().parents[3]

UsualAt = Callable[[Detector, datetime], Usual | None]


def city_with(period_s: int, name: str = "thanh-hoa") -> City:
    """A city whose detectors speak in this period."""
    city = load_city(ROOT / "cities" / name)
    detectors = tuple(msgspec.structs.replace(one, period_s=period_s) for one in city.detectors)
    return msgspec.structs.replace(city, detectors=detectors)


class Replay:
    """The rules over a city's detectors; corridors remember between readings as the host keeps them."""

    def __init__(self, city: City, usual: UsualAt = lambda detector, at: None) -> None:
        self.city = city
        self.roads = Roads(city)
        self.outcomes: list[Outcome] = []
        self._usual = usual
        self._corridors: dict[str, Corridor] = {}

    def read(self, records: Iterable[Record], doubted: frozenset[str] = frozenset()) -> None:
        """Takes records in their order; the kinds in `doubted` are suspect."""
        for record in records:
            for reading in readings_of(record, simulated=False):
                self._put(reading, reading.kind in doubted)

    def _put(self, reading: Observation, doubted: bool) -> None:
        detector = self.roads.detectors[reading.source]
        corridor = self._corridors.setdefault(self.roads.corridor(detector.id), Corridor())
        assert isinstance(reading.at, datetime)
        part = Part(reading.kind, reading.value, reading.at, doubted)
        for interval in corridor.detector(detector.id).joiner.put(part, detector.period_s):
            limits = limits_of(self.city.threshold, interval.at)
            self.outcomes += judge_interval(corridor, detector, interval, self.roads, limits, self._usual)

    def incidents(self) -> list[IncidentChange]:
        return [one for one in self.outcomes if isinstance(one, IncidentChange)]

    def congestion(self) -> list[CongestionChange]:
        return [one for one in self.outcomes if isinstance(one, CongestionChange)]

    def faults(self) -> list[FaultChange]:
        return [one for one in self.outcomes if isinstance(one, FaultChange)]

    def flows(self, segment: str) -> list[SegmentFlow]:
        return [one for one in self.outcomes if isinstance(one, SegmentFlow) and one.segment.id == segment]

    def seen(self, detector: str) -> list[DetectorSeen]:
        return [one for one in self.outcomes if isinstance(one, DetectorSeen) and one.detector.id == detector]


def record(
    detector: str, at: datetime, period_s: float, *, cars: float, occupancy: float, speed: float, queue: float = 0
) -> Record:
    """A record whose vehicles are cars and motorcycles; `cars` is how many of each an hour."""
    number = round(cars * period_s / 3600)
    return Record(
        detector_id=detector,
        t=at,
        interval_s=period_s,
        count=Counted(motorcycle=number, car=number, bus=0, truck=0, bicycle=0),
        occupancy_pct=occupancy,
        speed_kmh=speed,
        queue_m=queue,
    )
