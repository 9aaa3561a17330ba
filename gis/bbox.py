"""Boxes in degrees WGS 84: west, south, east, north."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from gis.crs import VIETNAM
from gis.nearest import METRES_PER_DEGREE
from gis.reason import Reason, Refused


class BBox(NamedTuple):
    """A box; where `west` > `east` it runs across the 180° meridian (RFC 7946 §5.2)."""

    west: float
    south: float
    east: float
    north: float

    def contains(self, lon: float, lat: float) -> bool:
        """Whether the point lies in the box, its border included."""
        if not self.south <= lat <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= lon <= self.east
        return lon >= self.west or lon <= self.east

    def intersects(self, bounds: Sequence[float]) -> bool:
        """Whether the box meets another (west, south, east, north) that does not cross the 180° meridian."""
        west, south, east, north = bounds
        if north < self.south or south > self.north:
            return False
        return any(low <= east and west <= high for low, high in self.spans())

    def spans(self) -> tuple[tuple[float, float], ...]:
        """The stretches of longitude it covers: one, or two where it crosses the 180° meridian."""
        if self.west <= self.east:
            return ((self.west, self.east),)
        return ((self.west, 180.0), (-180.0, self.east))


def around(lon: float, lat: float, metres: float) -> BBox:
    """A box that holds every point within `metres` of a point, and some more. Not for the poles or the 180° line."""
    high = metres / METRES_PER_DEGREE * 1.001
    wide = high / max(0.01, math.cos(math.radians(abs(lat) + high)))
    return BBox(lon - wide, lat - high, lon + wide, lat + high)


def parse_bbox(text: str, *, field: str = "bbox") -> BBox:
    """A box from `w,s,e,n`, or from six numbers with heights, which are passed over.

    Raises:
        Refused: not such a text, beyond the degrees, south above north, or latitude and longitude exchanged.
    """
    numbers = [_number(part, field) for part in text.split(",")]
    if len(numbers) not in (4, 6):
        raise _refused(field, "bbox cần đúng 4 (hoặc 6) số, cách nhau bằng dấu phẩy.", "bbox takes 4 (or 6) numbers.")
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    box = BBox(*numbers)
    _check(box, field)
    return box


def _number(text: str, field: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _refused(field, f"bbox: “{text[:30]}” không phải là số.", f"bbox: “{text[:30]}” is not a number.")
    return value


def _check(box: BBox, field: str) -> None:
    degrees = all(-180 <= x <= 180 for x in (box.west, box.east)) and all(
        -90 <= y <= 90 for y in (box.south, box.north)
    )
    if not degrees or box.south > box.north:
        if _exchanged(box):
            raise _refused(
                field,
                "bbox bị đảo kinh độ và vĩ độ: thứ tự là tây, nam, đông, bắc.",
                "bbox has longitude and latitude swapped: the order is west, south, east, north.",
                "axes-swapped",
            )
        raise _refused(
            field,
            "bbox vượt giới hạn hoặc nam lớn hơn bắc: thứ tự là tây, nam, đông, bắc (độ WGS 84).",
            "bbox is out of range or its south is above its north: the order is west, south, east, north (WGS 84).",
        )


def _exchanged(box: BBox) -> bool:
    west, south, east, north = VIETNAM
    return all(south <= x <= north for x in (box.west, box.east)) and all(
        west <= y <= east for y in (box.south, box.north)
    )


def _refused(field: str, vi: str, en: str, code: str = "bad-bbox") -> Refused:
    return Refused(Reason(code, vi, en, field))
