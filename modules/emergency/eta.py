"""How long a unit needs to reach a scene, estimated in a straight line while there is no road graph."""

from __future__ import annotations

import msgspec

from gis.nearest import haversine_m
from ioc.core.text import Text

BASIS = "straight-line"
LABEL = Text("ước lượng đường chim bay", "straight-line estimate")


class Travel(msgspec.Struct, frozen=True, kw_only=True):
    """The factors of the estimate, from the city's thresholds.

    `detour` is road length over great circle (1), `speed_kmh` km/h, `turnout_min` minutes from call to gate.
    """

    detour: float
    speed_kmh: float
    turnout_min: float


def distance_m(start: tuple[float, float], end: tuple[float, float]) -> float:
    """Great-circle metres between two points given as (lon, lat) in degrees."""
    return haversine_m(start[0], start[1], end[0], end[1])


def minutes(metres: float, travel: Travel) -> float:
    """Minutes until a unit `metres` away by great circle has left the gate and arrived."""
    return metres * travel.detour / (travel.speed_kmh * 1000 / 60) + travel.turnout_min
