"""What the traffic module says. Speeds in km/h, lengths in metres, occupancy in %."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ioc.contract import Event
from ioc.core.dataclass import DataClass


class CongestionDetected(
    Event, type="traffic.congestion.detected", severity=2, key="segment", data_class=DataClass.PUBLIC
):
    """Level E or F has lasted. Said again, with a higher severity, when it grows worse."""

    segment: str
    name: str
    level: str
    speed: float | None
    usual: float | None
    delay_s: int | None
    queue_m: float | None
    spill_back: bool
    minutes: int
    since: datetime
    quality: str


class CongestionCleared(
    Event, type="traffic.congestion.cleared", severity=1, key="segment", data_class=DataClass.PUBLIC
):
    """Traffic flows again."""

    segment: str
    name: str
    level: str
    speed: float | None
    minutes: int


class IncidentSuspected(Event, type="traffic.incident.suspected", severity=3, key="spot"):
    """Something may block the road at a spot: a person should look, best by the camera named."""

    spot: str
    segment: str
    name: str
    rule: str
    detectors: tuple[str, ...]
    occ_up: float | None
    occ_dn: float | None
    occdf: float | None
    occrdf: float | None
    docctd: float | None
    speed: float | None
    usual: float | None
    speed_drop_pct: int | None
    queue_m: float | None
    spill_back: bool
    camera: dict[str, Any] | None
    at: datetime


class IncidentCleared(Event, type="traffic.incident.cleared", severity=1, key="spot"):
    """The signs of an incident are gone from the detectors."""

    spot: str
    segment: str
    name: str
    minutes: int


class DetectorFaulty(Event, type="traffic.detector.faulty", severity=1, key="detector"):
    """A detector measures what cannot be true, or doubtfully, for some time."""

    detector: str
    name: str
    segment: str
    reason_vi: str
    reason_en: str
    since: datetime


class DetectorRecovered(Event, type="traffic.detector.recovered", severity=1, key="detector"):
    """A detector measures soundly again."""

    detector: str
    name: str
    segment: str
