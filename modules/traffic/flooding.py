"""When a road gives a hint that it may be under water. Pure.

Two sources that know nothing of each other must agree: the detectors of the road, which see it far slower or emptier
than is usual at this hour, and something that speaks of water there and then. It must last, and be over for a while.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from ioc.core.clock import iso
from ioc.core.lasting import Condition, Hold, Step, follow
from modules.traffic.limits import Threshold
from modules.traffic.water import Nearness

Sign = Literal["slow", "empty"]


class FloodLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Shares of the usual below which a road is slow or empty, and above which it is so no longer; below `least_veh_h`
    of usual vehicles an hour emptiness says nothing. `gauge_fresh` is how old a gauge's word may be."""

    slow: float
    slow_over: float
    empty: float
    empty_over: float
    least_veh_h: float
    hold: Hold
    nearness: Nearness
    gauge_fresh: timedelta


class Road(msgspec.Struct, frozen=True, kw_only=True):
    """What the working detectors of a segment measured last, and what is usual; None is not known."""

    at: datetime
    speed: float | None
    usual_speed: float | None
    veh_h: float | None
    usual_veh_h: float | None


class Flooding(msgspec.Struct):
    """What is remembered of a segment: the condition, and the story of the hint that was told and is not over."""

    condition: Condition = msgspec.field(default_factory=Condition)
    story: str = ""


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """A hint begins or is over. `sign` is what the road shows, None where it shows nothing any more."""

    change: Literal["begins", "ends"]
    story: str
    since: datetime
    until: datetime
    sign: Sign | None


def flood_limits(threshold: Threshold, at: datetime) -> FloodLimits:
    """The numbers in force on the day of `at`."""

    def get(name: str) -> float:
        return threshold(f"traffic.flooded.{name}", at)

    return FloodLimits(
        slow=get("slow_ratio"),
        slow_over=get("slow_over_ratio"),
        empty=get("empty_ratio"),
        empty_over=get("empty_over_ratio"),
        least_veh_h=get("empty_least_veh_h"),
        hold=Hold.seconds(60 * get("hold_min"), 60 * get("over_min"), 60 * get("gap_min")),
        nearness=Nearness(timedelta(minutes=get("water_min")), get("near_m"), get("gauge_m")),
        gauge_fresh=timedelta(minutes=get("gauge_fresh_min")),
    )


def sign_of(road: Road, limits: FloodLimits) -> Sign | None:
    """What the road shows that is unusual."""
    if _share(road.speed, road.usual_speed, 0) < limits.slow:
        return "slow"
    return "empty" if _share(road.veh_h, road.usual_veh_h, limits.least_veh_h) < limits.empty else None


def runs_again(road: Road, limits: FloodLimits) -> bool:
    """Whether nothing unusual is left of it."""
    slow = _share(road.speed, road.usual_speed, 0) < limits.slow_over
    return not slow and not _share(road.veh_h, road.usual_veh_h, limits.least_veh_h) < limits.empty_over


def _share(value: float | None, usual: float | None, least: float) -> float:
    """Of what is usual; 1 where it is not known, for then nothing is unusual."""
    if value is None or usual is None or usual <= 0 or usual < least:
        return 1.0
    return value / usual


def judge(segment: str, known: Flooding, road: Road, notes: Sequence[object], limits: FloodLimits) -> list[Hint]:
    """What the newest measurement of a segment changes, with what speaks of water there."""
    sign = sign_of(road, limits)
    steps = follow(
        known.condition,
        road.at,
        1 - min(_share(road.speed, road.usual_speed, 0), _share(road.veh_h, road.usual_veh_h, limits.least_veh_h)),
        present=sign is not None and bool(notes),
        absent=not notes or runs_again(road, limits),
        hold=limits.hold,
    )
    hints = [_hint(segment, known, step, sign) for step in steps]
    return [one for one in hints if one.story]  # what a person has closed already has no end to tell


def _hint(segment: str, known: Flooding, step: Step, sign: Sign | None) -> Hint:
    if step.change == "begins":
        known.story = f"traffic/flooded/{segment}/{iso(step.since)}"
    story = known.story
    if step.change == "ends":
        known.story = ""
    return Hint(change=step.change, story=story, since=step.since, until=step.until, sign=sign)
