"""What follows from one more interval of a detector: faults, suspected incidents, and the flow on its segment.

All of it is a function of the corridor's memory, the interval, the city's limits and the usual speeds.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ioc.city.profile import Detector
from modules.traffic.flow import keep_flow
from modules.traffic.intervals import Interval
from modules.traffic.judging_detectors import judge_detector
from modules.traffic.judging_segments import UsualAt, close_stories, judge_segment
from modules.traffic.judging_spots import judge_spots
from modules.traffic.limits import Limits
from modules.traffic.memory import Corridor
from modules.traffic.outcomes import Outcome
from modules.traffic.roads import Roads


def judge_interval(
    corridor: Corridor, detector: Detector, interval: Interval, roads: Roads, limits: Limits, usual: UsualAt
) -> Iterator[Outcome]:
    """Everything a closed interval changes, in the order in which it is told.

    The first interval after a silence says only that the detector speaks: it may be one of a history whose steps are
    longer, with counts that are no rate of this detector.
    """
    memory = corridor.detector(detector.id)
    before, memory.heard = memory.heard, interval.at
    if before is None or interval.start - before > timedelta(seconds=limits.stale_periods * interval.seconds):
        _begin_anew(corridor, detector, roads)
        return
    memory.keep(interval, max(limits.flow_window, limits.queue_time, limits.california_lag))
    keep_flow(memory, limits)
    yield from judge_detector(corridor, detector, interval, roads, limits)
    yield from judge_spots(corridor, detector, interval, roads, limits, usual)
    yield from judge_segment(corridor, detector, interval, roads, limits, usual)
    close_stories(corridor, roads)


def _begin_anew(corridor: Corridor, detector: Detector, roads: Roads) -> None:
    """The detector was silent: what was counted in a row counts no more, and its past says nothing of now."""
    memory = corridor.detector(detector.id)
    memory.fault.broken()
    memory.recent.clear()
    corridor.segment(detector.segment).jam.broken()
    for spot in roads.spots_at(detector.id):
        corridor.spot(spot.id).broken()
