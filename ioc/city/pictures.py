"""Checks of what is drawn on a camera's picture: its counting lines and zones."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from ioc.city.mistakes import Mistake
from ioc.city.parts import Camera, CountingLine, PicturePoint, Zone
from ioc.city.reading import Draft, Row
from ioc.core.text import Text

_HOURS = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")
_SCHEMES = (
    "rtsp://",
    "rtsps://",
    "http://",
    "https://",
    "file:",
    "dir:",
    "clip:",
    "snapshot+http://",
    "snapshot+https://",
)


def camera_pictures(draft: Draft) -> Iterator[Mistake]:
    """Lines and zones outside the picture, of no length, crossing themselves or named twice; unknown sources."""
    for row in draft.of(Camera, "source"):
        if not row.part.source.startswith(_SCHEMES):
            words = ", ".join(_SCHEMES)
            yield _at(row, "source", f"Nguồn hình phải bắt đầu bằng: {words}.", f"It must begin with: {words}.")
    for row in draft.of(Camera, "lines"):
        yield from _named_twice(row, "lines", [line.id for line in row.part.lines])
        for line in row.part.lines:
            yield from _line(row, line)
    for row in draft.of(Camera, "zones"):
        yield from _named_twice(row, "zones", [zone.id for zone in row.part.zones])
        for zone in row.part.zones:
            yield from _zone(row, zone)


def _at(row: Row[Camera], field: str, vi: str, en: str) -> Mistake:
    return Mistake(row.file, f"{row.label}.{field}", Text(vi, en))


def _named_twice(row: Row[Camera], field: str, ids: list[str]) -> Iterator[Mistake]:
    for id, times in Counter(ids).items():
        if times > 1:
            yield _at(row, f"{field}[{id}]", f"Mã này được dùng {times} lần.", f"This id is used {times} times.")


def _line(row: Row[Camera], line: CountingLine) -> Iterator[Mistake]:
    where = f"lines[{line.id}]"
    if not _inside(line.start, line.end):
        yield _at(row, where, *_OUTSIDE)
    elif line.start == line.end:
        yield _at(row, where, "Hai đầu vạch trùng nhau.", "Both ends of the line are the same point.")


def _zone(row: Row[Camera], zone: Zone) -> Iterator[Mistake]:
    where = f"zones[{zone.id}]"
    if not _inside(*zone.points):
        yield _at(row, where, *_OUTSIDE)
    elif not _is_polygon(zone.points):
        yield _at(row, where, "Vùng phải có từ ba điểm và không tự cắt.", "A zone has three points or more, uncrossed.")
    if zone.closed and not _HOURS.fullmatch(zone.closed):
        yield _at(row, f"{where}.closed", "Giờ viết như 22:00-05:00.", "Hours are written as 22:00-05:00.")
    if zone.purpose == "crowd" and not (zone.area_m2 and zone.area_m2 > 0):
        yield _at(row, f"{where}.area_m2", "Vùng đông người cần diện tích lớn hơn 0.", "A crowd zone needs its area.")


_OUTSIDE = (
    "Điểm nằm ngoài hình: x và y từ 0 đến 1, tính từ góc trên bên trái.",
    "A point lies outside the picture: x and y are 0 to 1 from its top left corner.",
)


def _inside(*points: PicturePoint) -> bool:
    return all(0 <= x <= 1 and 0 <= y <= 1 for x, y in points)


def _is_polygon(points: tuple[PicturePoint, ...]) -> bool:
    if len(set(points)) < 3:
        return False
    edges = list(zip(points, points[1:] + points[:1], strict=True))
    apart = [(i, j) for i in range(len(edges)) for j in range(i + 2, len(edges)) if (i, j) != (0, len(edges) - 1)]
    return not any(_cross(*edges[i], *edges[j]) for i, j in apart)


def _cross(a: PicturePoint, b: PicturePoint, c: PicturePoint, d: PicturePoint) -> bool:
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: PicturePoint, b: PicturePoint, p: PicturePoint) -> float:
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
