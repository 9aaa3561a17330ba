"""Is this a place? Coordinates that were swapped are refused; those outside the city are kept for a person."""

from __future__ import annotations

from typing import Literal

Location = Literal["located", "outside", "unknown"]
BBox = tuple[float, float, float, float]


def swapped(lon: float, lat: float, bbox: BBox) -> bool:
    """Whether the two only make sense the other way round: about the city when exchanged, far from it as given."""
    return not near(lon, lat, bbox) and near(lat, lon, bbox)


def near(lon: float, lat: float, bbox: BBox, margin_deg: float = 1.0) -> bool:
    """Whether a point lies in the city's box (west, south, east, north) or within `margin_deg` degrees of it."""
    west, south, east, north = bbox
    return west - margin_deg <= lon <= east + margin_deg and south - margin_deg <= lat <= north + margin_deg
