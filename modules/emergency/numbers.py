"""Numbers of the city this module works with, each from its dated threshold."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from modules.emergency.eta import Travel
from modules.emergency.ranking import Limits

KINDS = ("police", "fire", "ambulance", "crew")


class Thresholds(Protocol):
    """Where the numbers come from: a door or a module context."""

    def threshold(self, name: str, at: datetime) -> float:
        """The value in force; raises NotConfigured where there is none."""
        ...


def limits(city: Thresholds, at: datetime) -> Limits:
    """What the ranking needs, as in force at `at`."""
    return Limits(
        travel={kind: _travel(city, kind, at) for kind in KINDS},
        fix_old_s=city.threshold("emergency.fix_old_s", at),
        cover_minimum=int(city.threshold("emergency.cover_minimum", at)),
        cover_radius_m=city.threshold("emergency.cover_radius_m", at),
    )


def _travel(city: Thresholds, kind: str, at: datetime) -> Travel:
    return Travel(
        detour=city.threshold("emergency.road_factor", at),
        speed_kmh=city.threshold(f"emergency.speed_kmh.{kind}", at),
        turnout_min=city.threshold("emergency.turnout_min", at),
    )


def duplicate_within(city: Thresholds, at: datetime) -> tuple[float, timedelta]:
    """How near in metres and how soon after each other calls of one kind may be the same."""
    metres = city.threshold("emergency.duplicate_distance_m", at)
    return metres, timedelta(minutes=city.threshold("emergency.duplicate_minutes", at))


def answer_within(city: Thresholds, at: datetime) -> timedelta:
    """How long a service has to answer a transfer."""
    return timedelta(seconds=city.threshold("emergency.transfer_unanswered_s", at))


class Believed(NamedTuple):
    """Between which times (both included) what a source says is believed; anything else is refused."""

    first: datetime
    last: datetime


def believed_times(city: Thresholds, now: datetime) -> Believed:
    """From the oldest news worth hearing to the furthest that a clock may run ahead."""
    oldest = timedelta(hours=city.threshold("emergency.max_age_hours", now))
    ahead = timedelta(seconds=city.threshold("emergency.clock_ahead_s", now))
    return Believed(now - oldest, now + ahead)
