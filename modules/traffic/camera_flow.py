"""Vehicles that cameras see cross their lines, as a flow of the segment they look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from ioc.city.profile import Camera, City
from ioc.contract import ModuleContext, Point
from modules.traffic.flow import most
from modules.traffic.pcu import per_hour

KIND = "camera.crossings"
INTERVAL_S = 10.0  # a camera tells its crossings so often
DIRECTIONS = ("in", "out")
MOST_DOUBTED = 0.1  # of the readings: had such windows counted nothing at all, the flow were still right to a tenth


class CameraFlow(msgspec.Struct, frozen=True):
    """Vehicles per hour in the busier direction, which cameras saw them, and until when. It is `doubted` where too much
    of it comes from readings that are suspect."""

    veh_h: float
    cameras: tuple[str, ...]
    at: datetime
    simulated: bool
    doubted: bool = False


def cameras_by_segment(city: City) -> dict[str, list[Camera]]:
    """The cameras that count, by the segment they look at."""
    found: dict[str, list[Camera]] = {}
    for camera in city.cameras:
        if camera.segment and camera.lines and camera.life == "live":
            found.setdefault(camera.segment, []).append(camera)
    return found


async def seen_by(cameras: Iterable[Camera], ctx: ModuleContext, window: timedelta, now: datetime) -> CameraFlow | None:
    """The flow over the window, None where no camera counted. Of several lines the busiest is taken: they may see the
    same vehicles."""
    rates: list[float] = []
    counting: list[Camera] = []
    latest: list[datetime] = []
    doubts: list[bool] = []
    for camera in cameras:
        points = [
            await _points(camera.id, line.id, way, ctx, window, now) for line in camera.lines for way in DIRECTIONS
        ]
        rates += [rate for found in points if (rate := flow_of(found)) is not None]
        doubts += [point.doubted for found in points for point in found]
        latest += [found[-1].at for found in points if found]
        counting += [camera] if any(points) else []
    busiest = most(rates)
    if busiest is None:
        return None
    return CameraFlow(
        veh_h=busiest,
        cameras=tuple(one.id for one in counting),
        at=max(latest),
        simulated=any(one.simulated for one in counting),
        doubted=sum(doubts) > MOST_DOUBTED * len(doubts),
    )


def flow_of(points: Sequence[Point]) -> float | None:
    """Vehicles per hour of crossings told every `INTERVAL_S`, None where there are none."""
    readings = sum(point.n for point in points)
    return per_hour(sum(point.value * point.n for point in points), readings * INTERVAL_S) if readings else None


async def _points(
    camera: str, line: str, way: str, ctx: ModuleContext, window: timedelta, now: datetime
) -> list[Point]:
    return await ctx.series(KIND, f"{camera}/{line}/{way}", now - window, now)
