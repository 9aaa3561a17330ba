"""Where an incident is suspected: a spot is judged once the detectors that bound it have closed the same interval."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from ioc.city.profile import Detector
from ioc.core.clock import iso
from modules.traffic.california import CaliforniaTest, california
from modules.traffic.flow import most
from modules.traffic.intervals import Interval
from modules.traffic.kinds import OCCUPANCY, SPEED
from modules.traffic.limits import Limits
from modules.traffic.memory import Corridor, DetectorMemory
from modules.traffic.outcomes import IncidentChange, SpotSeen
from modules.traffic.queueing import growing, spills_back, stands
from modules.traffic.roads import Roads, Spot
from modules.traffic.suspicion import Rule, SpotFigures, Suspicion, SuspicionLimits
from modules.traffic.usual import Usual

UsualAt = Callable[[Detector, datetime], Usual | None]


def judge_spots(
    corridor: Corridor, detector: Detector, interval: Interval, roads: Roads, limits: Limits, usual: UsualAt
) -> Iterator[IncidentChange]:
    """The spots a detector bounds, after its new interval."""
    for spot in roads.spots_at(detector.id):
        for seen in _seen(spot, corridor, detector, interval, roads, limits, usual):
            yield from _judge(spot, corridor, seen, roads, limits)


def _seen(
    spot: Spot,
    corridor: Corridor,
    detector: Detector,
    interval: Interval,
    roads: Roads,
    limits: Limits,
    usual: UsualAt,
) -> Iterator[SpotSeen]:
    """What both ends show of one interval; nothing while the other end has yet to speak."""
    up, dn = corridor.detector(spot.up.id), corridor.detector(spot.dn.id) if spot.dn else None
    above = interval if detector == spot.up else up.beside(interval.at, interval.seconds)
    below = interval if detector == spot.dn else dn.beside(interval.at, interval.seconds) if dn else None
    if above is None or (dn is not None and below is None and not _silent(spot, dn, interval, limits)):
        return
    judged = corridor.spot(spot.id).judged
    if judged is not None and above.at <= judged:
        return
    queue = most((above.queue, _queue_above(corridor, spot.up, above)))
    link = roads.length_m(spot.up.segment)
    yield SpotSeen(
        up=above,
        dn=below,
        test=_test(spot, corridor, above, below, roads, limits),
        usual=usual(spot.up, above.at),
        queue_m=queue,
        spill_back=queue is not None and spills_back(queue, link, limits.spill_share),
    )


def _silent(spot: Spot, memory: DetectorMemory, interval: Interval, limits: Limits) -> bool:
    longest = max(one.period_s for one in spot.detectors)
    last = memory.last
    return last is None or interval.at - last.at > timedelta(seconds=limits.stale_periods * longest)


def _test(
    spot: Spot, corridor: Corridor, above: Interval, below: Interval | None, roads: Roads, limits: Limits
) -> CaliforniaTest | None:
    """The California figures where both occupancies can be trusted."""
    if spot.dn is None or below is None:
        return None
    up, dn = corridor.detector(spot.up.id), corridor.detector(spot.dn.id)
    if up.fault.on or dn.fault.on or not (above.good(OCCUPANCY) and below.good(OCCUPANCY)):
        return None
    occ_up = _occupancy_on_the_way(up, above, roads.run_s(spot))
    return california(occ_up, below.occupancy or 0.0, _occupancy_before(dn, below, limits))


def _occupancy_on_the_way(up: DetectorMemory, above: Interval, run_s: float) -> float:
    """The least the upper detector's occupancy was while its vehicles were on their way to the lower one: a road that
    fills again after a gap is full above before it is full below, and that is no incident."""
    since = above.at - timedelta(seconds=run_s + above.seconds)
    way = [one.occupancy for one in up.recent if since < one.at <= above.at and one.good(OCCUPANCY)]
    return min((one for one in way if one is not None), default=0.0)


def _occupancy_before(dn: DetectorMemory, below: Interval, limits: Limits) -> float | None:
    """What the lower detector's occupancy was two intervals ago. It empties before the queue has grown up to the upper
    one, so the most of the time before that counts too, as far back as the city says."""
    latest = below.at - timedelta(seconds=1.5 * below.seconds)
    earliest = below.at - max(timedelta(seconds=2.5 * below.seconds), limits.california_lag)
    return most(one.occupancy for one in dn.recent if earliest <= one.at <= latest and one.good(OCCUPANCY))


def _judge(spot: Spot, corridor: Corridor, seen: SpotSeen, roads: Roads, limits: Limits) -> Iterator[IncidentChange]:
    suspicion = corridor.spot(spot.id)
    figures = SpotFigures(
        at=seen.up.at,
        start=seen.up.start,
        test=seen.test,
        slow=_slow(seen, corridor.detector(spot.up.id), roads.segments[spot.up.segment].free_flow_kmh, limits),
        queue_grows=_queue_grows(spot, corridor, limits),
    )
    suspicion.see(figures, _limits(limits))
    rule = suspicion.rule(figures)
    if suspicion.story is None and rule is not None and not _told_beside(spot, corridor, seen.up.at, roads, limits):
        yield _open(spot, corridor, seen, rule)
    elif suspicion.story is not None and suspicion.over():
        yield _close(spot, corridor, seen, suspicion)


def _slow(seen: SpotSeen, up: DetectorMemory, free_flow_kmh: float, limits: Limits) -> bool | None:
    """Whether the upper end is far slower than usual; None where that cannot be judged. Where nothing is known of this
    hour, a road that is not slow against free flow is not slow."""
    if seen.up.speed is None or not seen.up.good(SPEED) or up.fault.on:
        return None
    slow = seen.up.speed < limits.arterial_ratio * (seen.usual.speed if seen.usual else free_flow_kmh)
    return None if slow and seen.usual is None else slow


def _queue_grows(spot: Spot, corridor: Corridor, limits: Limits) -> bool:
    """Whether the queue before the spot grows, as measured at its upper detector or the one above that; where nobody
    measures queues, whether vehicles have come to stand over one of them."""
    watched = [corridor.detectors[id] for id in (spot.up.id, spot.up.upstream) if id in corridor.detectors]
    return any(_grows(one, limits) for one in watched)


def _grows(memory: DetectorMemory, limits: Limits) -> bool:
    lately = memory.recent[-limits.arterial_intervals - 1 :]
    lengths = [one.queue for one in lately if one.queue is not None]
    if lengths:
        return growing(lengths, limits.queue_growth_m)
    standing = memory.within(limits.queue_time)
    return bool(standing) and all(
        stands(one.occupancy, one.speed, limits.queue_occupancy, limits.queue_kmh) for one in standing
    )


def _queue_above(corridor: Corridor, up: Detector, interval: Interval) -> float | None:
    memory = corridor.detectors.get(up.upstream or "")
    near = memory.beside(interval.at, 2 * interval.seconds) if memory else None
    return near.queue if near else None


def _told_beside(spot: Spot, corridor: Corridor, at: datetime, roads: Roads, limits: Limits) -> bool:
    """Whether a suspicion close by tells of the same: it is open, or over so lately that its queue still dissolves."""
    around = (corridor.spots[id] for id in roads.spots_around(spot, limits.reach_m) if id in corridor.spots)
    return any(one.story is not None or (one.ended is not None and at - one.ended < limits.quiet) for one in around)


def _open(spot: Spot, corridor: Corridor, seen: SpotSeen, rule: Rule) -> IncidentChange:
    suspicion, at = corridor.spot(spot.id), seen.up.at
    known = next((story for id in spot.segments if (story := corridor.segment(id).story)), None)
    suspicion.story = known or f"traffic/{spot.segments[0]}/{iso(at)}"
    suspicion.since = suspicion.split.since or suspicion.slow.since or at
    for id in spot.segments:
        corridor.segment(id).story = corridor.segment(id).story or suspicion.story
    return IncidentChange(
        spot=spot, change="suspected", story=suspicion.story, at=at, since=suspicion.since, rule=rule, seen=seen
    )


def _close(spot: Spot, corridor: Corridor, seen: SpotSeen, suspicion: Suspicion) -> IncidentChange:
    story, since = suspicion.story or "", suspicion.since or seen.up.at
    suspicion.story, suspicion.since, suspicion.ended = None, None, seen.up.at
    return IncidentChange(spot=spot, change="cleared", story=story, at=seen.up.at, since=since, rule=None, seen=seen)


def _limits(limits: Limits) -> SuspicionLimits:
    return SuspicionLimits(limits.california, limits.on, limits.off, limits.arterial_intervals)
