"""What the clock shows: the indicators, and every segment again while its last measurement holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from ioc.city.profile import Segment
from ioc.contract import Latest, ModuleContext, Write
from ioc.core.clock import parse_time
from modules.traffic.figures import TREND_KEPT, Bands, Figure, Known, figures, latest_figure
from modules.traffic.limits import Limits, limits_of
from modules.traffic.pcu import volume_capacity
from modules.traffic.reading_tables import (
    Row,
    camera_flows,
    detectors,
    open_floodings,
    open_incidents,
    segments,
    trends,
)
from modules.traffic.roads import Roads
from modules.traffic.shown import latest_segment, silent_body
from modules.traffic.statements import keep_trend
from modules.traffic.telling import rounded

TREND_STEP_S = 60.0


async def watch(roads: Roads, ctx: ModuleContext) -> list[Latest | Write]:
    """Everything the screens are told by the clock."""
    now = ctx.clock.now()
    limits = limits_of(ctx.threshold, now)
    async with ctx.read() as connection:
        measured, heard = await segments(connection), await detectors(connection)
        counted, past = await camera_flows(connection, now), await trends(connection)
        incidents, flooded = await open_incidents(connection), await open_floodings(connection)
    bodies = {one.id: body_now(one, roads, measured, counted, limits, now) for one in roads.segments.values()}
    known = Known(
        segments=tuple((body, roads.length_m(id)) for id, body in bodies.items()),
        working=sum(works(row, roads, limits, now) for row in heard.values()),
        expected=sum(one.life == "live" for one in roads.detectors.values()),
        open_incidents=incidents,
        open_floodings=flooded,
        simulated=any(bool(body["simulated"]) for body in bodies.values()),
    )
    told: list[Latest | Write] = [latest_segment(body, now) for body in bodies.values()]
    for figure in figures(known, bands_of(ctx, now)):
        told += _with_trend(figure, past, now)
    return told


def body_now(
    segment: Segment,
    roads: Roads,
    measured: Mapping[str, Row],
    counted: Mapping[str, Row],
    limits: Limits,
    now: datetime,
) -> dict[str, object]:
    """A segment as it is known now: as measured while that holds, else by its cameras, else not at all."""
    row, seen = measured.get(segment.id), counted.get(segment.id)
    if row is not None and now - parse_time(row["at"]) <= holds_for(segment.id, roads, limits):
        return dict(row["body"])
    simulated = bool(row["simulated"]) if row is not None else False
    body = silent_body(segment, row["at"] if row is not None else None, simulated=simulated)
    return body | _by_camera(segment, seen, limits) if seen is not None else body


def holds_for(segment: str, roads: Roads, limits: Limits) -> timedelta:
    """How long a measurement of a segment counts as the present."""
    longest = max((one.period_s for one in roads.on(segment)), default=0)
    return timedelta(seconds=limits.stale_periods * longest)


def works(row: Row, roads: Roads, limits: Limits, now: datetime) -> bool:
    """Whether a detector that should work has spoken lately and can be believed."""
    detector = roads.detectors.get(row["id"])
    if detector is None or detector.life != "live" or row["faulty"]:
        return False
    return now - parse_time(row["at"]) <= timedelta(seconds=limits.stale_periods * detector.period_s)


def bands_of(ctx: ModuleContext, now: datetime) -> Bands:
    """Where the city wants its indicators."""
    return Bands(
        tti=ctx.threshold("traffic.kpi.tti_max", now),
        congested=ctx.threshold("traffic.kpi.congested_segments_max", now),
        incidents=ctx.threshold("traffic.kpi.incidents_max", now),
        floodings=ctx.threshold("traffic.kpi.flood_hints_max", now),
        working_pct=ctx.threshold("traffic.kpi.detectors_working_pct_min", now),
    )


def _by_camera(segment: Segment, seen: Row, limits: Limits) -> dict[str, Any]:
    """Cameras count vehicles but do not tell their speed, so the level is known only when it is F."""
    pcu_h = float(seen["pcu_h"])
    vc = volume_capacity(pcu_h, segment.capacity_pcu_h)
    return {
        "pcu_h": rounded(pcu_h),
        "vc": rounded(vc, 3),
        "level": "F" if vc > limits.bands.most_vc else None,
        "quality": "suspect" if seen["doubted"] else "good",
        "at": seen["at"],
        "simulated": seen["simulated"],
    }


def _with_trend(
    figure: Figure, past: Mapping[str, tuple[float, list[float]]], now: datetime
) -> Iterator[Latest | Write]:
    at, numbers = past.get(figure.name, (0.0, []))
    due = figure.value is not None and now.timestamp() - at >= TREND_STEP_S - 1
    if due and figure.value is not None:
        numbers = [*numbers, figure.value][-TREND_KEPT:]
        yield from keep_trend(figure.name, now, numbers)
    yield latest_figure(figure, now, numbers)
