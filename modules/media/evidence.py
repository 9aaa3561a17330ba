"""What our own readings say near a claim."""

from __future__ import annotations

from datetime import datetime

from gis.nearest import haversine_m
from ioc.city.profile import Detector
from ioc.contract import ModuleContext
from modules.media.atlas import Spot
from modules.media.verdict import EvidenceRule, Speed

SPEED = "traffic.speed"


async def speed_near(spot: Spot, ctx: ModuleContext, now: datetime, rule: EvidenceRule) -> Speed | None:
    """The speed at the nearest detector that measured lately; None where none near enough did.

    A place known only as a ward is near to nothing: a jam in one street of it says nothing of another.
    """
    for metres, detector in sorted(_around(spot, ctx), key=lambda one: one[0]):
        if metres > rule.near_m:
            break
        points = await ctx.series(SPEED, detector.id, now - rule.fresh, now)
        if points:
            readings = sum(one.n for one in points)
            return Speed(
                key=detector.id,
                kmh=sum(one.value * one.n for one in points) / readings,
                free_flow_kmh=ctx.city.segment(detector.segment).free_flow_kmh,
                readings=readings,
                at=max(one.at for one in points),
                distance_m=metres,
            )
    return None


def _around(spot: Spot, ctx: ModuleContext) -> list[tuple[float, Detector]]:
    """Live detectors and how far they are: none on the very segment spoken of, else the way plus what is uncertain."""
    return [(_metres(spot, one), one) for one in ctx.city.detectors if one.life == "live"]


def _metres(spot: Spot, detector: Detector) -> float:
    if spot.segment is not None and spot.segment == detector.segment:
        return 0.0
    return haversine_m(spot.lon, spot.lat, detector.lon, detector.lat) + spot.uncertainty_m
