"""The city's numbers for traffic, read from its thresholds for one day. There is no default in code."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from modules.traffic.california import CaliforniaLimits
from modules.traffic.kinds import SEEN_AS, UNCLASSIFIED
from modules.traffic.service_level import LevelBands

Threshold = Callable[[str, datetime], float]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Every threshold the rules compare with; lengths of time are timedeltas, shares are 0-1."""

    pcu: dict[str, float]
    bands: LevelBands
    flow_window: timedelta
    slowest_kmh: float
    on: int
    off: int
    california: CaliforniaLimits
    california_lag: timedelta
    arterial_ratio: float
    arterial_intervals: int
    queue_growth_m: float
    queue_occupancy: float
    queue_kmh: float
    queue_time: timedelta
    spill_share: float
    congestion: timedelta
    national: timedelta
    unusual_ratio: float
    fault_intervals: int
    fault_vc: float
    fault_veh_h: float
    geh: float
    stale_periods: float
    oldest: timedelta
    camera_m: float
    reach_m: float
    quiet: timedelta


def limits_of(threshold: Threshold, at: datetime) -> Limits:
    """The numbers in force on the day of `at`.

    Raises:
        NotConfigured: the city misses one.
    """

    def get(name: str) -> float:
        return threshold(f"traffic.{name}", at)

    def minutes(name: str) -> timedelta:
        return timedelta(minutes=get(name))

    return Limits(
        pcu={vehicle: get(f"pcu.{vehicle}") for vehicle in (*SEEN_AS, UNCLASSIFIED)},
        bands=LevelBands(
            a=get("los.a_ratio"),
            b=get("los.b_ratio"),
            c=get("los.c_ratio"),
            d=get("los.d_ratio"),
            e=get("los.e_ratio"),
            most_vc=get("los.vc_max"),
        ),
        flow_window=minutes("flow_window_min"),
        slowest_kmh=get("slowest_kmh"),
        on=int(get("hysteresis.on_intervals")),
        off=int(get("hysteresis.off_intervals")),
        california=CaliforniaLimits(get("california.occdf_points"), get("california.occrdf"), get("california.docctd")),
        california_lag=minutes("california.lag_min"),
        arterial_ratio=get("arterial.usual_ratio"),
        arterial_intervals=int(get("arterial.intervals")),
        queue_growth_m=get("arterial.queue_growth_m"),
        queue_occupancy=get("queue.occupancy_pct"),
        queue_kmh=get("queue.speed_kmh"),
        queue_time=minutes("queue.minutes"),
        spill_share=get("queue.spill_back_share"),
        congestion=minutes("congestion.minutes"),
        national=minutes("congestion.national_minutes"),
        unusual_ratio=get("usual.unusual_ratio"),
        fault_intervals=int(get("fault.intervals")),
        fault_vc=get("fault.vc"),
        fault_veh_h=get("fault.empty_occupancy_veh_h"),
        geh=get("fault.geh"),
        stale_periods=get("stale_periods"),
        oldest=minutes("oldest_min"),
        camera_m=get("camera_distance_m"),
        reach_m=get("incident.reach_m"),
        quiet=minutes("incident.quiet_min"),
    )
