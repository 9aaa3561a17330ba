"""Vehicles that cameras see cross their lines, as a flow of the segment they look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from ioc.city.profile import Camera, City
from ioc.contract import ModuleContext, Point
from modules.traffic.kinds import SEEN_AS, UNCLASSIFIED
from modules.traffic.pcu import pcu_per_hour, per_hour

KIND = "camera.crossings"
INTERVAL_S = 10.0  # a camera tells its crossings so often
DIRECTIONS = ("in", "out")
MOST_DOUBTED = 0.1  # of the readings: had such windows counted nothing at all, the flow were still right to a tenth


class CameraFlow(msgspec.Struct, frozen=True):
    """Vehicles and PCU per hour in the busier direction, which cameras saw them, and until when. It is `doubted` where
    too much of it comes from readings that are suspect."""

    veh_h: float
    pcu_h: float
    cameras: tuple[str, ...]
    at: datetime
    simulated: bool
    doubted: bool = False


class Rates(NamedTuple):
    """Vehicles and PCU per hour over one line in one direction, until when, from how many `told` counts, and how many
    of these are `doubted`."""

    veh_h: float
    pcu_h: float
    at: datetime
    told: int
    doubted: int


def cameras_by_segment(city: City) -> dict[str, list[Camera]]:
    """The cameras that count, by the segment they look at."""
    found: dict[str, list[Camera]] = {}
    for camera in city.cameras:
        if camera.segment and camera.lines and camera.life == "live":
            found.setdefault(camera.segment, []).append(camera)
    return found


async def seen_by(
    cameras: Iterable[Camera], factors: Mapping[str, float], ctx: ModuleContext, window: timedelta, now: datetime
) -> CameraFlow | None:
    """The flow over the window, None where no camera counted; `factors` are the PCU of one vehicle of each kind. Of
    several lines the busiest is taken: they may see the same vehicles."""
    found: list[Rates] = []
    counting: list[Camera] = []
    for camera in cameras:
        ways = [f"{camera.id}/{line.id}/{way}" for line in camera.lines for way in DIRECTIONS]
        rates = [one for key in ways if (one := await _rates(key, factors, ctx, window, now)) is not None]
        found += rates
        counting += [camera] if rates else []
    if not found:
        return None
    return CameraFlow(
        veh_h=max(one.veh_h for one in found),
        pcu_h=max(one.pcu_h for one in found),
        cameras=tuple(one.id for one in counting),
        at=max(one.at for one in found),
        simulated=any(one.simulated for one in counting),
        doubted=sum(one.doubted for one in found) > MOST_DOUBTED * sum(one.told for one in found),
    )


def rates_of(
    total: Sequence[Point], kinds: Mapping[str, Sequence[Point]], factors: Mapping[str, float]
) -> Rates | None:
    """The rates of crossings told every `INTERVAL_S`, None where there are none. `kinds` are those of them whose kind a
    detector knew, told at the same times; the rest is reckoned as unclassified."""
    told = _whole(total, kinds)
    if not told:
        return None
    times, seconds = {point.at for point in told}, sum(point.n for point in told) * INTERVAL_S
    all_of_them = _sum(told)
    counts = {kind: _sum(one for one in points if one.at in times) for kind, points in kinds.items()}
    counts[UNCLASSIFIED] = max(0.0, all_of_them - sum(counts.values()))
    return Rates(
        veh_h=per_hour(all_of_them, seconds),
        pcu_h=pcu_per_hour(counts, factors, seconds),
        at=told[-1].at,
        told=len(told),
        doubted=sum(point.doubted for point in told),
    )


def _whole(total: Sequence[Point], kinds: Mapping[str, Sequence[Point]]) -> Sequence[Point]:
    """Without the newest where a kind told at the time before is not told of it yet: it is still being written, and its
    vehicles would count as unclassified."""
    if len(total) < 2:
        return total
    before, newest = total[-2].at, total[-1].at
    times = [{point.at for point in points} for points in kinds.values()]
    return total[:-1] if any(before in told and newest not in told for told in times) else total


def _sum(points: Iterable[Point]) -> float:
    return sum(point.value * point.n for point in points)


async def _rates(
    key: str, factors: Mapping[str, float], ctx: ModuleContext, window: timedelta, now: datetime
) -> Rates | None:
    total = await ctx.series(KIND, key, now - window, now)
    if not any(point.value for point in total):
        return rates_of(total, {}, factors)
    kinds = {kind: await ctx.series(f"{KIND}.{kind}", key, now - window, now) for kind in SEEN_AS}
    return rates_of(total, kinds, factors)
