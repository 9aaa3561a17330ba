"""Checks of roads on the ground: lines of no length or crossing themselves, and what stands beside or against them."""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, radians

from shapely import LineString, Point

from ioc.city.mistakes import Mistake
from ioc.city.parts import Camera, Detector, Segment
from ioc.city.reading import Draft, Row
from ioc.core.text import Text

BESIDE_M = 500.0  # a detector or camera farther from its segment than this stands on another road
_M_PER_DEGREE = 111_200.0  # of latitude
Lines = dict[str, LineString]


def check_road_shapes(draft: Draft) -> list[Mistake]:
    """Every mistake of the lines of segments, and of where detectors and cameras stand on them."""
    lines = {row.part.id: _line(row.part.line) for row in draft.of(Segment, "id", "line") if len(row.part.line) > 1}
    found = [*_shapes(draft, lines), *_beside(draft, lines), *_directions(draft, lines)]
    return list(dict.fromkeys(found))


def _flat(lon: float, lat: float) -> tuple[float, float]:
    """Metres on a plane good enough for one city."""
    return lon * _M_PER_DEGREE * cos(radians(20)), lat * _M_PER_DEGREE


def _line(points: tuple[tuple[float, float], ...]) -> LineString:
    return LineString([_flat(*point) for point in points])


def _at(row: Row[Segment] | Row[Detector] | Row[Camera], field: str, vi: str, en: str) -> Mistake:
    return Mistake(row.file, f"{row.label}.{field}", Text(vi, en))


def _shapes(draft: Draft, lines: Lines) -> Iterator[Mistake]:
    for row in draft.of(Segment, "id", "line"):
        line = lines.get(row.part.id)
        if line is None:
            continue
        if not line.length > 0:
            yield _at(row, "line", "Đoạn đường dài 0 mét: cần hai điểm khác nhau.", "The segment has no length.")
        elif not line.is_simple:
            yield _at(row, "line", "Đường tự cắt; xem lại thứ tự các điểm.", "It crosses itself; look at the order.")


def _beside(draft: Draft, lines: Lines) -> Iterator[Mistake]:
    rows: list[Row[Detector] | Row[Camera]] = [
        *draft.of(Detector, "segment", "lon", "lat"),
        *draft.of(Camera, "segment", "lon", "lat"),
    ]
    for row in rows:
        line = lines.get(row.part.segment or "")
        apart = line.distance(Point(_flat(row.part.lon, row.part.lat))) if line else 0.0
        if BESIDE_M < apart < 50_000:  # farther away the point itself is wrong, which is told by itself
            vi = f"Cách đoạn “{row.part.segment}” {apart:.0f} m, nhiều nhất {BESIDE_M:.0f} m; sai đoạn hay sai vị trí?"
            en = f"{apart:.0f} m from “{row.part.segment}”, at most {BESIDE_M:.0f} m; wrong segment or position?"
            yield _at(row, "segment", vi, en)


def _directions(draft: Draft, lines: Lines) -> Iterator[Mistake]:
    rows = draft.of(Detector, "id", "segment", "lon", "lat", "upstream")
    by_id = {row.part.id: row.part for row in rows}
    for row in rows:
        own, other = row.part, by_id.get(row.part.upstream or "")
        line = lines.get(own.segment)
        if other is None or other is own or line is None or other.segment != own.segment:
            continue
        here, there = (line.project(Point(_flat(one.lon, one.lat))) for one in (own, other))
        if there > here:
            vi = f"“{other.id}” nằm sau máy đếm này theo chiều của line; ghi máy mà xe đi qua trước."
            en = f"“{other.id}” stands after this one along the line; name the one that vehicles pass earlier."
            yield _at(row, "upstream", vi, en)
