"""Checks of roads and what stands on them: lines of a length, detectors in the order vehicles pass them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import cos, hypot, radians

from ioc.city.mistakes import Mistake
from ioc.city.parts import Camera, Detector, Segment
from ioc.city.reading import Draft, Row
from ioc.city.references import city_box, outside
from ioc.core.text import Text

Point = tuple[float, float]


def check_roads(draft: Draft) -> Iterator[Mistake]:
    """Unknown segments and neighbours, circles of neighbours, neighbours the wrong way round, lines of no length."""
    rows: list[Row[Detector] | Row[Camera]] = [*draft.of(Detector, "segment"), *draft.of(Camera, "segment")]
    for row in rows:
        name = row.part.segment
        if name is not None and not draft.knows(Segment, name):
            yield _at(row, "segment", f"Không có đoạn đường “{name}” trong roads.toml.", f"No road segment “{name}”.")
    yield from _upstream(draft)
    for segment in draft.of(Segment, "line"):
        yield from _line(segment, draft)


def _at(row: Row[Detector] | Row[Camera] | Row[Segment], field: str, vi: str, en: str) -> Mistake:
    return Mistake(row.file, f"{row.label}.{field}", Text(vi, en))


def _line(segment: Row[Segment], draft: Draft) -> Iterator[Mistake]:
    line = segment.part.line
    if len(line) < 2:
        yield _at(segment, "line", "Đoạn đường cần ít nhất hai điểm.", "A segment has at least two points.")
    elif len(set(line)) < 2:
        yield _at(segment, "line", "Đoạn đường dài 0 mét: các điểm trùng nhau.", "The segment has no length.")
    for point in line:
        if wrong := outside(city_box(draft), *point):
            yield Mistake(segment.file, f"{segment.label}.line", wrong)


def _upstream(draft: Draft) -> Iterator[Mistake]:
    rows = draft.of(Detector, "id", "upstream")
    before = {row.part.id: row.part.upstream for row in rows}
    places = {row.part.id: row.part for row in draft.of(Detector, "id", "segment", "lon", "lat")}
    lines = {row.part.id: row.part.line for row in draft.of(Segment, "id", "line") if len(set(row.part.line)) > 1}
    for row in rows:
        name = row.part.upstream
        if name is None:
            continue
        if not draft.knows(Detector, name):
            yield _at(row, "upstream", f"Không có máy đếm “{name}”.", f"No detector “{name}”.")
        elif _in_circle(row.part.id, before):
            vi = "Máy đếm đứng trước chính nó, trực tiếp hoặc theo vòng; bỏ upstream của một máy."
            en = "The detector is upstream of itself, directly or in a circle; take one upstream away."
            yield _at(row, "upstream", vi, en)
        elif _behind(places.get(row.part.id), places.get(name), lines):
            vi = f"Xe đi theo chiều vẽ của đoạn đường qua máy này trước “{name}”: hai máy bị đảo."
            en = f"Along its line vehicles pass this detector before “{name}”: the two are the wrong way round."
            yield _at(row, "upstream", vi, en)


def _in_circle(id: str, before: dict[str, str | None]) -> bool:
    seen: set[str] = set()
    at = before.get(id)
    while at is not None and at not in seen:
        if at == id:
            return True
        seen.add(at)
        at = before.get(at)
    return False


def _behind(here: Detector | None, other: Detector | None, lines: dict[str, tuple[Point, ...]]) -> bool:
    """Whether the upstream detector stands further along the line of the segment both are on."""
    if here is None or other is None or here.segment != other.segment or here.segment not in lines:
        return False
    line = lines[here.segment]
    return _along(line, (here.lon, here.lat)) < _along(line, (other.lon, other.lat))


def _along(line: tuple[Point, ...], point: Point) -> float:
    """How far along the line the nearest place to the point is, in degrees of latitude."""
    narrow = cos(radians(point[1]))
    x, y = point[0] * narrow, point[1]
    nearest, found, before = float("inf"), 0.0, 0.0
    for (lon, lat), (next_lon, next_lat) in pairwise(line):
        ax, dx, dy = lon * narrow, (next_lon - lon) * narrow, next_lat - lat
        length = hypot(dx, dy)
        share = ((x - ax) * dx + (y - lat) * dy) / length**2 if length else 0.0
        share = min(1.0, max(0.0, share))
        away = hypot(x - ax - share * dx, y - lat - share * dy)
        if away < nearest:
            nearest, found = away, before + share * length
        before += length
    return found
