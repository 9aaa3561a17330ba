"""How a segment flows, judged once an interval: when all its detectors have spoken, or one of them lags behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from ioc.city.profile import Detector, Segment
from ioc.core.clock import iso
from modules.traffic.congestion import CongestionLimits, severity
from modules.traffic.flow import Flow, measure
from modules.traffic.intervals import Interval
from modules.traffic.limits import Limits
from modules.traffic.memory import Corridor, DetectorMemory, SegmentMemory
from modules.traffic.outcomes import CongestionChange, Outcome, SegmentFlow
from modules.traffic.roads import Roads
from modules.traffic.usual import Usual

UsualAt = Callable[[Detector, datetime], Usual | None]


def judge_segment(
    corridor: Corridor, detector: Detector, interval: Interval, roads: Roads, limits: Limits, usual: UsualAt
) -> Iterator[Outcome]:
    """The detector's segment after its new interval, unless another detector of it has yet to speak."""
    segment = roads.segments[detector.segment]
    memory = corridor.segment(segment.id)
    current = _current(corridor, segment, interval, roads, limits)
    if not _due(memory, current, interval):
        return
    memory.judged = interval.at
    watchers = _sound(current)
    flow = measure(segment, roads.length_m(segment.id), watchers, _usual(segment, roads, interval.at, usual), limits)
    memory.remember(flow.speed)
    yield from _congestion(corridor, segment, flow, limits)
    yield SegmentFlow(
        segment=segment, flow=flow, trend=tuple(memory.trend), incident=suspected(corridor, segment.id, roads)
    )


def suspected(corridor: Corridor, segment: str, roads: Roads) -> bool:
    """Whether an incident is suspected at a spot that touches the segment."""
    touching = (spot.id for spot in roads.spots if segment in spot.segments)
    return any(id in corridor.spots and corridor.spots[id].story for id in touching)


def _current(
    corridor: Corridor, segment: Segment, interval: Interval, roads: Roads, limits: Limits
) -> list[DetectorMemory]:
    """The detectors of the segment whose newest interval is not stale."""
    found = [corridor.detectors[one.id] for one in roads.on(segment.id) if one.id in corridor.detectors]
    return [one for one in found if one.last and interval.at - one.last.at <= _stale(one.last, limits)]


def _stale(interval: Interval, limits: Limits) -> timedelta:
    return timedelta(seconds=limits.stale_periods * interval.seconds)


def _due(memory: SegmentMemory, current: list[DetectorMemory], interval: Interval) -> bool:
    longest = max(one.last.seconds for one in current if one.last)
    since = (interval.at - memory.judged).total_seconds() if memory.judged else None
    if since is not None and since <= longest / 2:
        return False
    spoken = all((interval.at - one.last.at).total_seconds() < longest / 2 for one in current if one.last)
    return spoken or since is None or since > 1.5 * longest


def _sound(current: list[DetectorMemory]) -> list[DetectorMemory]:
    """Faulty detectors count only where there is no other."""
    return [one for one in current if not one.fault.on] or current


def _usual(segment: Segment, roads: Roads, at: datetime, usual: UsualAt) -> Usual | None:
    """The mean of what is usual at the segment's detectors; as well founded as the least of them."""
    found = [one for detector in roads.on(segment.id) if (one := usual(detector, at))]
    if not found:
        return None
    least = min(found, key=lambda one: one.samples)
    return Usual(sum(one.speed for one in found) / len(found), least.samples, least.basis)


def _congestion(corridor: Corridor, segment: Segment, flow: Flow, limits: Limits) -> Iterator[CongestionChange]:
    memory = corridor.segment(segment.id)
    if flow.level is None or flow.quality != "good":
        return  # what is doubted neither raises nor clears congestion
    numbers = CongestionLimits(limits.congestion, limits.national, limits.on, limits.off)
    before = memory.jam.dense.since
    turn = memory.jam.see(flow.level, flow.start, numbers)
    now = severity(memory.jam, flow.at, national=segment.national, limits=numbers)
    if now > memory.jam.said:
        memory.jam.said = now
        since = memory.jam.dense.since or flow.start
        memory.story = memory.story or f"traffic/{segment.id}/{iso(since)}"
        yield CongestionChange(segment=segment, severity=now, flow=flow, since=since, story=memory.story)
    elif turn == "ended" and memory.jam.said:
        memory.jam.said = 0
        yield CongestionChange(
            segment=segment, severity=1, flow=flow, since=before or flow.start, story=memory.story or segment.id
        )


def close_stories(corridor: Corridor, roads: Roads) -> None:
    """A segment's story is over when neither congestion nor a suspected incident is left of it."""
    for id, memory in corridor.segments.items():
        if memory.story and not memory.jam.said and not suspected(corridor, id, roads):
            memory.story = None
