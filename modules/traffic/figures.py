"""The module's indicators, reckoned from what is known of segments, detectors and incidents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from ioc.contract import Latest
from ioc.core.clock import iso
from ioc.core.text import Text
from modules.traffic.service_level import CONGESTED
from modules.traffic.travel_time import travel_time_s

TREND_KEPT = 60
NO_SPEED = Text("Chưa có đoạn nào đo được tốc độ", "No segment has a measured speed")
NO_DETECTOR = Text("Thành phố chưa khai báo thiết bị đếm xe", "The city lists no traffic detector")


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One indicator: its value, or the reason why there is none, and the band it should stay in."""

    name: str
    text: Text
    value: float | None
    unit: str
    simulated: bool
    reason: Text | None = None
    lo: float | None = None
    hi: float | None = None


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the indicators are reckoned from: bodies of segments measured lately with their lengths in metres, how many
    detectors work of how many that should, how many incidents are open, and how many hints of flooded roads."""

    segments: tuple[tuple[Mapping[str, Any], float], ...]
    working: int
    expected: int
    open_incidents: int
    open_floodings: int
    simulated: bool


class Bands(msgspec.Struct, frozen=True):
    """Where the indicators should stay: at most, except the share of working detectors, which is at least."""

    tti: float
    congested: float
    incidents: float
    floodings: float
    working_pct: float


def figures(known: Known, bands: Bands) -> tuple[Figure, ...]:
    """All indicators of the module."""
    return (
        _tti(known, bands),
        _speed(known),
        _congested(known, bands),
        _incidents(known, bands),
        _floodings(known, bands),
        _working(known, bands),
    )


def latest_figure(figure: Figure, now: datetime, trend: list[float]) -> Latest:
    """The indicator for the screens."""
    body: dict[str, object] = {
        "module": "traffic",
        "name": {"vi": figure.text.vi, "en": figure.text.en},
        "value": figure.value,
        "unit": figure.unit,
        "at": iso(now),
        "simulated": figure.simulated,
        "limit_lo": figure.lo,
        "limit_hi": figure.hi,
        "trend": trend,
    }
    if figure.reason:
        body["reason"] = {"vi": figure.reason.vi, "en": figure.reason.en}
    return Latest("kpi", f"traffic.{figure.name}", body, now)


def city_times(segments: Iterable[tuple[Mapping[str, Any], float]]) -> tuple[float, float, float] | None:
    """Metres, seconds now and seconds at free flow over all segments with a speed; None where there is none."""
    rows = [(length, body["speed"], body["free_flow"]) for body, length in segments if body["speed"]]
    if not rows:
        return None
    now = sum(travel_time_s(length, speed) for length, speed, _ in rows)
    free = sum(travel_time_s(length, free_flow) for length, _, free_flow in rows)
    return sum(length for length, _, _ in rows), now, free


def _tti(known: Known, bands: Bands) -> Figure:
    times = city_times(known.segments)
    return Figure(
        name="tti",
        text=Text("Chỉ số thời gian đi lại", "Travel time index"),
        value=round(times[1] / times[2], 2) if times else None,
        unit="×",
        simulated=known.simulated,
        reason=None if times else NO_SPEED,
        hi=bands.tti,
    )


def _speed(known: Known) -> Figure:
    times = city_times(known.segments)
    return Figure(
        name="speed",
        text=Text("Tốc độ trung bình", "Mean speed"),
        value=round(times[0] / times[1] * 3.6, 1) if times else None,
        unit="km/h",
        simulated=known.simulated,
        reason=None if times else NO_SPEED,
    )


def _congested(known: Known, bands: Bands) -> Figure:
    levels = [body["level"] for body, _ in known.segments if body["level"]]
    return Figure(
        name="congested_segments",
        text=Text("Đoạn đường ùn (mức E, F)", "Congested segments (E, F)"),
        value=sum(level in CONGESTED for level in levels) if levels else None,
        unit="segments",
        simulated=known.simulated,
        reason=None if levels else NO_SPEED,
        hi=bands.congested,
    )


def _incidents(known: Known, bands: Bands) -> Figure:
    return Figure(
        name="incidents_open",
        text=Text("Nghi sự cố đang mở", "Suspected incidents open"),
        value=known.open_incidents,
        unit="incidents",
        simulated=known.simulated,
        hi=bands.incidents,
    )


def _floodings(known: Known, bands: Bands) -> Figure:
    return Figure(
        name="flood_hints",
        text=Text("Nghi đường ngập, chờ xác minh", "Roads that may be flooded"),
        value=known.open_floodings if known.expected else None,
        unit="segments",
        simulated=known.simulated,
        reason=None if known.expected else NO_DETECTOR,
        hi=bands.floodings,
    )


def _working(known: Known, bands: Bands) -> Figure:
    return Figure(
        name="detector_availability",
        text=Text("Thiết bị đếm xe hoạt động", "Detectors working"),
        value=round(100 * known.working / known.expected, 1) if known.expected else None,
        unit="%",
        simulated=known.simulated,
        reason=None if known.expected else NO_DETECTOR,
        lo=bands.working_pct,
    )
