"""Where something is: a point, the ward it lies in, and how a person would say it."""

from __future__ import annotations

from datetime import date

import msgspec


class WardRef(msgspec.Struct, frozen=True):
    """A ward by code and the day its validity began: codes are reused with other meanings."""

    code: str
    name: str
    valid_from: date
    approximate: bool = False


class Place(msgspec.Struct, frozen=True):
    """A point in degrees WGS 84, longitude first. `name` is words for people, `uncertainty_m` metres."""

    lon: float
    lat: float
    ward: WardRef | None = None
    name: str | None = None
    uncertainty_m: float | None = None


def plausible(lon: float, lat: float) -> bool:
    """Whether the two numbers can be degrees on earth (NaN and infinities cannot)."""
    return -180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0
