"""What keeps a person out of what is published."""

from __future__ import annotations

import math
import re

from gis.nearest import METRES_PER_DEGREE

_DECIMALS = 6

# Anything that looks like a way to reach or name a person: a phone number, an address for mail, a plate.
_TRACES = {
    "phone": re.compile(r"(?<!\d)(?:\+?84|0)(?:[ .\-]?\d){8,10}(?!\d)"),
    "email": re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}\.[^\s@]{2,}"),
    "plate": re.compile(r"(?<![\w])\d{2}[ \-]?[A-Za-zĐđ]{1,2}\d?[ \-.]{0,2}\d{3}[.]?\d{1,2}(?!\d)"),
    "identity_number": re.compile(r"(?<!\d)\d{12}(?!\d)"),
}


def rounded(lon: float, lat: float, grid_m: float) -> tuple[float, float]:
    """The point moved onto a grid of `grid_m` metres: at most 0.71 of that away, and always to the same place.

    A grid, not noise: many reports from one door cannot be averaged back to the door.
    """
    step = grid_m / METRES_PER_DEGREE
    row = round(lat / step)
    snapped_lat = max(-90.0, min(90.0, row * step))
    across = step / max(math.cos(math.radians(snapped_lat)), 1e-6)
    snapped_lon = max(-180.0, min(180.0, round(lon / across) * across))
    return round(snapped_lon, _DECIMALS), round(snapped_lat, _DECIMALS)


def traces(text: str) -> tuple[str, ...]:
    """Kinds of personal data that a text to be published seems to hold: phone, email, plate, identity_number."""
    return tuple(kind for kind, pattern in _TRACES.items() if pattern.search(text))
