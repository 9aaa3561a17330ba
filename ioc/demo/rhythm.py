"""The daily rhythm of a Vietnamese city, as pure functions of local time: how much of the day's worst traffic is on the
road, and what it is made of. The shape is made up by hand after what everybody knows: early mornings, school and office
hours, a lunch ride home, an evening peak, quiet nights with lorries, and softer weekends."""

from __future__ import annotations

import hashlib
import math
from datetime import datetime
from typing import Literal

from ioc.core.clock import VIETNAM

VehicleClass = Literal["motorcycle", "car", "bus", "truck", "bicycle"]
CLASSES: tuple[VehicleClass, ...] = ("motorcycle", "car", "bus", "truck", "bicycle")

# What one vehicle takes of a road, in passenger cars (motorcycle 0.25: urban-road practice in Vietnam).
PCU: dict[VehicleClass, float] = {"motorcycle": 0.25, "car": 1.0, "bus": 2.5, "truck": 2.0, "bicycle": 0.2}

NIGHT = 0.05
_WORKDAY = (  # hour, width in hours, height
    (6.9, 0.8, 0.80),
    (9.5, 1.6, 0.28),
    (11.4, 0.7, 0.38),
    (14.5, 1.8, 0.34),
    (17.2, 1.0, 0.84),
    (19.8, 1.3, 0.30),
)
_WEEKEND = ((8.2, 1.6, 0.42), (11.0, 1.6, 0.30), (15.5, 2.0, 0.36), (18.6, 1.8, 0.58))
_SATURDAY = 5


def demand(local: datetime) -> float:
    """The share of the day's worst traffic that is on the road at this local time: between 0 and 1."""
    hour = local.hour + local.minute / 60 + local.second / 3600
    humps = _WEEKEND if local.weekday() >= _SATURDAY else _WORKDAY
    return min(1.0, NIGHT + sum(height * _bell(hour, middle, width) for middle, width, height in humps))


def _bell(hour: float, middle: float, width: float) -> float:
    """A hump around an hour; the clock is a circle, so that midnight is no edge."""
    apart = abs(hour - middle)
    return math.exp(-0.5 * (min(apart, 24 - apart) / width) ** 2)


def mix(local: datetime, *, national: bool) -> dict[VehicleClass, float]:
    """The share of each class among the vehicles, which add up to 1. Trunk roads carry lorries, most by night."""
    night = 1 - min(1.0, demand(local) * 2.5)
    trucks = (0.05 + 0.13 * night) if national else (0.02 + 0.03 * night)
    buses = 0.02 if national else 0.012
    bicycles = 0.035 * (1 - night)
    cars = 0.17 + 0.08 * night
    motorcycles = 1 - trucks - buses - bicycles - cars
    return {"motorcycle": motorcycles, "car": cars, "bus": buses, "truck": trucks, "bicycle": bicycles}


def vehicle_pcu(shares: dict[VehicleClass, float]) -> float:
    """What the average vehicle of a mix takes, in passenger cars."""
    return sum(PCU[name] * share for name, share in shares.items())


def local_time(at: datetime) -> datetime:
    """The same moment by a clock in the city."""
    return at.astimezone(VIETNAM)


def chance(seed: int, *what: object) -> float:
    """A number from 0 to below 1 that depends on `seed` and `what` alone: the same again after a restart."""
    digest = hashlib.blake2b(repr((seed, *what)).encode(), digest_size=7).digest()
    return int.from_bytes(digest) / 2**56
