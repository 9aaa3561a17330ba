"""How traffic flows on a segment, measured from the newest intervals of its detectors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from ioc.city.profile import Segment
from modules.traffic.intervals import Interval
from modules.traffic.kinds import SPEED
from modules.traffic.limits import Limits
from modules.traffic.memory import DetectorMemory
from modules.traffic.pcu import pcu_per_hour, per_hour, volume_capacity
from modules.traffic.queueing import spills_back
from modules.traffic.service_level import Level, level_of_service
from modules.traffic.travel_time import delay_s, space_mean_speed, travel_time_index
from modules.traffic.usual import Usual


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """A segment at one moment; what is not known is None. `level` is A on an empty road."""

    at: datetime
    start: datetime
    speed: float | None
    level: Level | None
    tti: float | None
    vc: float | None
    pcu_h: float | None
    delay_s: float | None
    queue_m: float | None
    spill_back: bool
    usual: Usual | None
    unusual: bool
    quality: Literal["good", "suspect"]
    simulated: bool


def measure(
    segment: Segment, length_m: float, detectors: Sequence[DetectorMemory], usual: Usual | None, limits: Limits
) -> Flow:
    """The flow on a segment by its detectors, each of which has spoken. A doubted speed counts only where there is no
    other, and lowers the quality."""
    last = [one.recent[-1] for one in detectors]
    sound = [one for one in last if one.good(SPEED)]
    speeds = [one.speed for one in sound or last if one.speed is not None]
    speed = space_mean_speed(speeds, limits.slowest_kmh) if speeds else None
    pcu_h = most(one.pcu_h for one in detectors)
    vc = volume_capacity(pcu_h, segment.capacity_pcu_h) if pcu_h is not None else None
    queue = most(one.queue for one in last)
    return Flow(
        at=max(one.at for one in last),
        start=min(one.start for one in last),
        speed=speed,
        level=_level(speed, vc, last, segment, limits),
        tti=travel_time_index(speed, segment.free_flow_kmh) if speed else None,
        vc=vc,
        pcu_h=pcu_h,
        delay_s=delay_s(length_m, speed, segment.free_flow_kmh) if speed else None,
        queue_m=queue,
        spill_back=queue is not None and spills_back(queue, length_m, limits.spill_share),
        usual=usual,
        unusual=bool(speed and usual and speed < limits.unusual_ratio * usual.speed),
        quality="good" if sound or not speeds else "suspect",
        simulated=any(one.simulated for one in last),
    )


def keep_flow(detector: DetectorMemory, limits: Limits) -> None:
    """Reckons the detector's hourly flow anew from the intervals in the flow window."""
    counted = [one for one in detector.within(limits.flow_window) if one.counts]
    if not counted:
        detector.veh_h = detector.pcu_h = None
        return
    seconds = sum(one.seconds for one in counted)
    totals: dict[str, float] = {}
    for one in counted:
        for vehicle, number in one.counts.items():
            totals[vehicle] = totals.get(vehicle, 0) + number
    detector.veh_h = per_hour(sum(totals.values()), seconds)
    detector.pcu_h = pcu_per_hour(totals, limits.pcu, seconds)


def _level(
    speed: float | None, vc: float | None, last: Sequence[Interval], segment: Segment, limits: Limits
) -> Level | None:
    if speed is not None:
        return level_of_service(speed / segment.free_flow_kmh, vc, limits.bands)
    if all(one.vehicles == 0 and not one.occupancy for one in last):
        return "A"  # nobody is on the road
    return "F" if vc is not None and vc > limits.bands.most_vc else None


def most(values: Iterable[float | None]) -> float | None:
    """The largest of those that are known."""
    return max((one for one in values if one is not None), default=None)
