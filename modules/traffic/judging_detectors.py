"""Whether a detector can be believed, judged at each of its intervals."""

from __future__ import annotations

from collections.abc import Iterator

from ioc.city.profile import Detector
from ioc.core.text import Text
from modules.traffic.faults import BLIND, blind, unsound
from modules.traffic.intervals import Interval
from modules.traffic.limits import Limits
from modules.traffic.memory import Corridor
from modules.traffic.outcomes import DetectorSeen, FaultChange, Outcome
from modules.traffic.pcu import volume_capacity
from modules.traffic.roads import Roads


def judge_detector(
    corridor: Corridor, detector: Detector, interval: Interval, roads: Roads, limits: Limits
) -> Iterator[Outcome]:
    """The detector with its new interval, and whether it turned faulty or sound."""
    memory = corridor.detector(detector.id)
    wrong = _wrong(corridor, detector, interval, roads, limits)
    turn = memory.fault.see(wrong is not None, interval.start, needed=limits.fault_intervals, over=limits.off)
    yield DetectorSeen(detector=detector, interval=interval, veh_h=memory.veh_h, faulty=memory.fault.on, reason=wrong)
    if turn is not None:
        since = memory.fault.since or interval.at
        yield FaultChange(detector=detector, faulty=turn == "began", since=since, reason=wrong)


def _wrong(corridor: Corridor, detector: Detector, interval: Interval, roads: Roads, limits: Limits) -> Text | None:
    memory = corridor.detector(detector.id)
    capacity = roads.segments[detector.segment].capacity_pcu_h
    found = unsound(
        interval,
        veh_h=memory.veh_h,
        vc=volume_capacity(memory.pcu_h, capacity) if memory.pcu_h is not None else None,
        covered=any(one.occupancy for one in memory.within(limits.flow_window)),
        most_vc=limits.fault_vc,
        busy_veh_h=limits.fault_veh_h,
    )
    return found or (BLIND if _sees_nothing(corridor, detector, interval, limits) else None)


def _sees_nothing(corridor: Corridor, detector: Detector, interval: Interval, limits: Limits) -> bool:
    beside = corridor.detectors.get(detector.upstream or "")
    if beside is None or beside.fault.on or interval.occupancy:
        return False
    last = beside.beside(interval.at, 2 * interval.seconds)
    return last is not None and blind(
        corridor.detector(detector.id).veh_h,
        beside.veh_h,
        last.speed,
        geh_max=limits.geh,
        slow_kmh=limits.queue_kmh,
    )
