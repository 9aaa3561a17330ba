"""Numbers of the city this module works with, each from its dated threshold."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

import msgspec

from gis.near_repeat import Band
from ioc.core.lasting import Hold


class Thresholds(Protocol):
    """Where the numbers come from: a door or a module context."""

    def threshold(self, name: str, at: datetime) -> float:
        """The value in force; raises NotConfigured where there is none."""
        ...


class ZoneLimits(msgspec.Struct, frozen=True, kw_only=True):
    """When somebody in a zone is an intrusion, and when many are a crowd (objects a square metre)."""

    objects: float
    density: float
    clear_density: float
    intrusion: Hold
    crowd: Hold


class CameraLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How long a camera must be blinded or lost to be said, and the share of lost ones (percent) that is many."""

    tamper: Hold
    offline: Hold
    many_percent: float


class HotspotLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What makes a cell hot; `least` records are needed for a cell to be shown at all."""

    cell_m: float
    window: timedelta
    z: float
    z_high: float
    false_discovery: float
    least: int
    quiet: timedelta


class NearRepeatLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What near-repeat is judged by: nested bands, the narrowest first; `least` and `most` records of a type, and the
    pairs and ratio a band needs to be told; records within `same` of each other at one place may be one case."""

    bands: tuple[Band, ...]
    window: timedelta
    permutations: int
    false_discovery: float
    least: int
    most: int
    least_pairs: int
    least_ratio: float
    same: timedelta
    quiet: timedelta


class PatrolLimits(msgspec.Struct, frozen=True, kw_only=True):
    """When a position is too old to trust, and how a straight line becomes minutes on the road."""

    fresh: timedelta
    road_factor: float
    speed_kmh: float


def number(city: Thresholds, name: str, at: datetime) -> float:
    """One number of this module."""
    return city.threshold(f"public_security.{name}", at)


def seconds(city: Thresholds, name: str, at: datetime) -> timedelta:
    """One length of time, kept in seconds."""
    return timedelta(seconds=number(city, name, at))


def zone_limits(city: Thresholds, at: datetime) -> ZoneLimits:
    """What zones are judged by, as in force at `at`."""
    gap = number(city, "reading_gap_s", at)
    return ZoneLimits(
        objects=number(city, "intrusion.objects", at),
        density=number(city, "crowd.density", at),
        clear_density=number(city, "crowd.clear_density", at),
        intrusion=Hold.seconds(number(city, "intrusion.hold_s", at), number(city, "intrusion.clear_s", at), gap),
        crowd=Hold.seconds(number(city, "crowd.hold_s", at), number(city, "crowd.clear_s", at), gap),
    )


def camera_limits(city: Thresholds, at: datetime) -> CameraLimits:
    """What cameras are judged by, as in force at `at`."""
    gap, restore = number(city, "reading_gap_s", at), number(city, "camera.restore_s", at)
    return CameraLimits(
        tamper=Hold.seconds(number(city, "tamper.hold_s", at), restore, gap),
        offline=Hold.seconds(number(city, "offline.hold_s", at), restore, gap),
        many_percent=number(city, "offline.many_percent", at),
    )


def analytics_hold(city: Thresholds, at: datetime) -> Hold:
    """A camera's own judgement holds at once; without its end for so long, it counts as over."""
    return Hold.seconds(0, 0, number(city, "analytics.gap_s", at))


def abandoned_hold(city: Thresholds, at: datetime) -> Hold:
    """How long something must lie and be gone, on top of what the camera itself has waited."""
    gap = number(city, "reading_gap_s", at)
    return Hold.seconds(number(city, "abandoned.hold_s", at), number(city, "abandoned.clear_s", at), gap)


def hotspot_limits(city: Thresholds, at: datetime) -> HotspotLimits:
    """What hot spots are made by, as in force at `at`."""
    return HotspotLimits(
        cell_m=number(city, "hotspot.cell_m", at),
        window=timedelta(days=number(city, "hotspot.window_days", at)),
        z=number(city, "hotspot.z", at),
        z_high=number(city, "hotspot.z_high", at),
        false_discovery=number(city, "hotspot.false_discovery", at),
        least=int(number(city, "hotspot.least_records", at)),
        quiet=timedelta(hours=number(city, "hotspot.quiet_h", at)),
    )


def near_repeat_limits(city: Thresholds, at: datetime) -> NearRepeatLimits:
    """What near-repeat is judged by, as in force at `at`."""

    def get(name: str) -> float:
        return number(city, f"near_repeat.{name}", at)

    return NearRepeatLimits(
        bands=tuple(
            Band(get(space), get(days)) for space in ("near_m", "far_m") for days in ("soon_days", "late_days")
        ),
        window=timedelta(days=get("window_days")),
        permutations=int(get("permutations")),
        false_discovery=get("false_discovery"),
        least=int(get("least_records")),
        most=int(get("most_records")),
        least_pairs=int(get("least_pairs")),
        least_ratio=get("least_ratio"),
        same=timedelta(minutes=get("same_min")),
        quiet=timedelta(days=get("quiet_days")),
    )


def patrol_limits(city: Thresholds, at: datetime) -> PatrolLimits:
    """What a patrol's distance and the age of its position are judged by."""
    return PatrolLimits(
        fresh=seconds(city, "patrol.fix_fresh_s", at),
        road_factor=number(city, "patrol.road_factor", at),
        speed_kmh=number(city, "patrol.speed_kmh", at),
    )


class LookLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How many proposals may wait at once, how far a patrol may be and how far apart places are; how long a proposal
    waits and an accepted one keeps its patrol busy, and how long a place then rests."""

    most: int
    reach_m: float
    apart_m: float
    age: timedelta
    rest: timedelta


def look_limits(city: Thresholds, at: datetime) -> LookLimits:
    """What proposals to look somewhere are made by, as in force at `at`."""
    return LookLimits(
        most=int(number(city, "look.most", at)),
        reach_m=number(city, "look.reach_m", at),
        apart_m=number(city, "look.apart_m", at),
        age=timedelta(minutes=number(city, "look.age_min", at)),
        rest=timedelta(minutes=number(city, "look.rest_min", at)),
    )


class Believed(NamedTuple):
    """Between which times (both included) what a source says is believed; anything else is refused."""

    first: datetime
    last: datetime


def believed(city: Thresholds, now: datetime, oldest: timedelta) -> Believed:
    """From the oldest news worth keeping to the furthest that a clock may run ahead."""
    return Believed(now - oldest, now + seconds(city, "record.clock_ahead_s", now))
