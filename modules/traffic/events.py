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


class FloodedRoadSuspected(Event, type="traffic.flooded_road.suspected", severity=3, key="segment"):
    """A road is far slower or emptier (`sign`) than usual and something speaks of water there: a hint to be verified,
    best by the cameras named, never a fact. `water` names what speaks of it: kind, words in both languages, when."""

    segment: str
    name: str
    sign: str
    speed: float | None
    usual: float | None
    veh_h: int | None
    usual_veh_h: int | None
    water: tuple[dict[str, Any], ...]
    why_vi: str
    why_en: str
    camera: dict[str, Any] | None
    cameras: tuple[dict[str, Any], ...]
    since: datetime
    at: datetime


class FloodedRoadCleared(Event, type="traffic.flooded_road.cleared", severity=1, key="segment"):
    """The signs that a road may be flooded are gone."""

    segment: str
    name: str
    minutes: int
    why_vi: str
    why_en: str


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


class WrongWaySuspected(Event, type="traffic.wrong_way.suspected", severity=3, key="camera", evidence="camera"):
    """A camera takes something for a vehicle that goes against the only way of its lanes: a candidate for an officer to
    verify, never proof."""

    camera: str
    line: str
    where: str
    segment: str | None
    count: int
    since: datetime


class VehicleStopped(Event, type="traffic.vehicle.stopped", severity=2, key="camera", evidence="camera"):
    """A vehicle seems to stand where none may: for an officer to verify."""

    camera: str
    zone: str
    where: str
    segment: str | None
    count: int
    since: datetime


class VehicleMoved(Event, type="traffic.vehicle.moved", severity=1, key="camera"):
    """None stands there any more."""

    camera: str
    zone: str
    where: str
    lasted_s: int


class QueueDetected(
    Event, type="traffic.queue.detected", severity=2, key="camera", data_class=DataClass.PUBLIC, evidence="camera"
):
    """A camera has seen a queue for some time. `occupancy` is how much of its zone is covered, in percent."""

    camera: str
    zone: str
    where: str
    segment: str | None
    count: int
    vehicles_en: str
    occupancy: float | None
    congested: bool
    since: datetime


class QueueCleared(Event, type="traffic.queue.cleared", severity=1, key="camera", data_class=DataClass.PUBLIC):
    """The queue is gone; `most` is how many vehicles it had at the most."""

    camera: str
    zone: str
    where: str
    lasted_s: int
    most: int
