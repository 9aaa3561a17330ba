"""What the rules found out, before it is put into words."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ioc.city.profile import Detector, Segment
from ioc.core.text import Text
from modules.traffic.california import CaliforniaTest
from modules.traffic.flow import Flow
from modules.traffic.intervals import Interval
from modules.traffic.roads import Spot
from modules.traffic.suspicion import Change, Rule
from modules.traffic.usual import Usual


class FaultChange(msgspec.Struct, frozen=True, kw_only=True):
    """A detector became faulty, for a `reason`, or sound again."""

    detector: Detector
    faulty: bool
    since: datetime
    reason: Text | None


class SpotSeen(msgspec.Struct, frozen=True, kw_only=True):
    """The measurements at a spot that a suspicion rests on."""

    up: Interval
    dn: Interval | None
    test: CaliforniaTest | None
    usual: Usual | None
    queue_m: float | None
    spill_back: bool


class IncidentChange(msgspec.Struct, frozen=True, kw_only=True):
    """An incident is suspected at a spot, or no longer. `story` is its correlation."""

    spot: Spot
    change: Change
    story: str
    at: datetime
    since: datetime
    rule: Rule | None
    seen: SpotSeen


class CongestionChange(msgspec.Struct, frozen=True, kw_only=True):
    """Congestion began or grew worse (`severity` 2-4), or ended (1)."""

    segment: Segment
    severity: int
    flow: Flow
    since: datetime
    story: str


class SegmentFlow(msgspec.Struct, frozen=True, kw_only=True):
    """A segment was measured anew."""

    segment: Segment
    flow: Flow
    trend: tuple[float, ...]
    incident: bool


class DetectorSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A detector closed an interval."""

    detector: Detector
    interval: Interval
    veh_h: float | None
    faulty: bool
    reason: Text | None


Outcome = FaultChange | IncidentChange | CongestionChange | SegmentFlow | DetectorSeen
