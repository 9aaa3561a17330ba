"""Checks of what is drawn on a camera's picture (lines, zones, masks) and of how it is looked at."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from math import dist
from urllib.parse import urlsplit

import shapely

from ioc.city.mistakes import Mistake
from ioc.city.parts import Camera, CountingLine, Mask, PicturePoint, Zone
from ioc.city.reading import Draft, Row
from ioc.core.text import Text, counted

_HOURS = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
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
_BAD_NAME = (
    "Mã dùng chữ không dấu, số và . _ -, nhiều nhất 64 ký tự.",
    "An id is made of letters, digits and . _ -, at most 64 of them.",
)
FPS = (0.5, 30.0)
WIDTH = (160, 1280)
MOST_DRAWN = 32  # lines, zones or masks of a camera: more than fits a picture, and each costs time at every picture
MOST_POINTS = 64
LEAST_AREA = 0.0005  # shares of the picture: some hundred points of 640x360; what is smaller hides and holds nothing
LEAST_LENGTH = 0.01  # of a line, likewise: no thing that is counted is so small
MOST_ADDRESS = 2_000
MOST_NAME = 120  # letters of a camera's name, which stands in its pictures
MOST_AREA_M2 = 1_000_000  # of a crowd zone: a square kilometre, beyond what a camera sees


def camera_pictures(draft: Draft) -> Iterator[Mistake]:
    """What is drawn outside the picture, of no size, crossing itself or named twice; unknown sources; rates, widths
    and detectors that cannot be."""
    yield from _head(draft)
    for row in draft.of(Camera, "lines"):
        yield from _named(row, "lines", [line.id for line in row.part.lines])
        for line in row.part.lines:
            yield from _line(row, line)
    for row in draft.of(Camera, "zones"):
        yield from _named(row, "zones", [zone.id for zone in row.part.zones])
        for zone in row.part.zones:
            yield from _zone(row, zone)
    for row in draft.of(Camera, "masks"):
        yield from _named(row, "masks", [mask.id for mask in row.part.masks])
        for mask in row.part.masks:
            yield from _polygon(row, f"masks[{mask.id}]", mask)
    yield from _analysis(draft)


def _head(draft: Draft) -> Iterator[Mistake]:
    """What it is called and where its pictures come from."""
    for row in draft.of(Camera, "source"):
        if not row.part.source.startswith(_SCHEMES):
            words = ", ".join(_SCHEMES)
            yield _at(row, "source", f"Nguồn hình phải bắt đầu bằng: {words}.", f"It must begin with: {words}.")
        elif "://" in row.part.source and not _reachable(row.part.source):
            yield _at(row, "source", "Viết rtsp://máy:cổng/đường-dẫn.", "Write rtsp://host:port/path.")
        elif (kind := row.part.source.partition(":")[0]) in ("file", "dir") and not _absolute(row.part.source):
            yield _at(row, "source", f"Viết {kind}:/đường-dẫn, từ gốc của máy.", f"Write {kind}:/path, from the root.")
    for row in draft.of(Camera, "name"):
        if len(row.part.name) > MOST_NAME:
            yield _at(row, "name", f"Tên dài nhất {MOST_NAME} chữ.", f"At most {counted(MOST_NAME, 'letter')}.")


def _analysis(draft: Draft) -> Iterator[Mistake]:
    for row in draft.of(Camera, "analysis_fps"):
        if row.part.analysis_fps is not None and not FPS[0] <= row.part.analysis_fps <= FPS[1]:
            yield _at(row, "analysis_fps", f"Từ {FPS[0]:g} đến {FPS[1]:g} hình mỗi giây.", f"{FPS[0]:g} to {FPS[1]:g}.")
    for row in draft.of(Camera, "analysis_width"):
        if row.part.analysis_width is not None and not WIDTH[0] <= row.part.analysis_width <= WIDTH[1]:
            yield _at(row, "analysis_width", f"Từ {WIDTH[0]} đến {WIDTH[1]} điểm ảnh.", f"{WIDTH[0]} to {WIDTH[1]} px.")
    for row in draft.of(Camera, "detector"):
        if not _NAME.fullmatch(row.part.detector):
            yield _at(
                row,
                "detector",
                "Viết motion, auto, hoặc tên một mô hình (chữ không dấu, số, . _ -).",
                "Write motion, auto, or the name of a detector (letters, digits, . _ -).",
            )


def _at(row: Row[Camera], field: str, vi: str, en: str) -> Mistake:
    return Mistake(row.file, f"{row.label}.{field}", Text(vi, en))


def _named(row: Row[Camera], field: str, ids: list[str]) -> Iterator[Mistake]:
    if len(ids) > MOST_DRAWN:
        yield _at(row, field, f"Nhiều nhất {MOST_DRAWN} mục.", f"At most {MOST_DRAWN} of them.")
    for id, times in Counter(ids).items():
        if not _NAME.fullmatch(id):
            yield _at(row, f"{field}[{id}]", *_BAD_NAME)
        if times > 1:
            yield _at(row, f"{field}[{id}]", f"Mã này được dùng {times} lần.", f"This id is used {times} times.")


def _line(row: Row[Camera], line: CountingLine) -> Iterator[Mistake]:
    where = f"lines[{line.id}]"
    if outside := _outside(line.start, line.end):
        yield _at(row, where, *outside)
    elif dist(line.start, line.end) < LEAST_LENGTH:
        yield _at(row, where, "Vạch quá ngắn, hai đầu gần như trùng nhau.", "The line is too short to be crossed.")


def _zone(row: Row[Camera], zone: Zone) -> Iterator[Mistake]:
    where = f"zones[{zone.id}]"
    yield from _polygon(row, where, zone)
    if zone.closed and (not _HOURS.fullmatch(zone.closed) or zone.closed[:5] == zone.closed[6:]):
        yield _at(row, f"{where}.closed", "Giờ viết như 22:00-05:00.", "Hours are written as 22:00-05:00.")
    if zone.purpose == "crowd" and not (zone.area_m2 and 0 < zone.area_m2 <= MOST_AREA_M2):
        vi = "Vùng đông người cần diện tích lớn hơn 0, nhiều nhất 1 km²."
        yield _at(row, f"{where}.area_m2", vi, "A crowd zone needs its area, at most a square kilometre.")


def _polygon(row: Row[Camera], where: str, drawn: Zone | Mask) -> Iterator[Mistake]:
    points = drawn.points
    if len(points) > MOST_POINTS:
        yield _at(row, where, f"Nhiều nhất {MOST_POINTS} điểm.", f"At most {counted(MOST_POINTS, 'point')}.")
    elif outside := _outside(*points):
        yield _at(row, where, *outside)
    elif len(set(points)) < 3:
        yield _at(row, where, "Vùng phải có từ ba điểm khác nhau.", "A zone has three different points or more.")
    elif any(one == other for one, other in pairwise([*points, points[0]])):
        yield _at(row, where, "Hai điểm liền nhau trùng nhau.", "The same point stands there twice in a row.")
    elif not shapely.Polygon(points).is_valid:  # one drawn round twice would cover nothing, too
        yield _at(row, where, "Vùng tự cắt chính nó.", "The zone crosses itself.")
    elif shapely.Polygon(points).area < LEAST_AREA:
        yield _at(row, where, "Vùng quá nhỏ, không che hay chứa gì.", "The zone is too small to hide or hold anything.")


def _absolute(source: str) -> bool:
    """Whether a file or folder is named from the root on: decoders work in no folder of anybody's."""
    return len(source) <= MOST_ADDRESS and source.partition(":")[2].startswith("/")


def _reachable(source: str) -> bool:
    """Whether an address names a machine, in letters a network knows."""
    try:
        parts = urlsplit(source.removeprefix("snapshot+"))
        named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    return named and len(source) <= MOST_ADDRESS and source.isprintable() and " " not in source


def _outside(*points: PicturePoint) -> tuple[str, str] | None:
    """In both languages that a point lies outside the picture, and what may have been meant; None where none does."""
    found = next(((x, y) for x, y in points if not (0 <= x <= 1 and 0 <= y <= 1)), None)
    if found is None:
        return None
    vi = f"Điểm ({found[0]:g}, {found[1]:g}) nằm ngoài hình: x và y từ 0 đến 1, tính từ góc trên bên trái."
    en = (
        f"The point ({found[0]:g}, {found[1]:g}) lies outside the picture: x and y are 0 to 1 from its top left corner."
    )
    if max(max(point) for point in points) > 2:  # pictures are wider than high
        vi, en = f"{vi} Có vẻ viết bằng điểm ảnh.", f"{en} It seems to be given in pixels."
        if max(y for _, y in points) > max(x for x, _ in points):
            vi, en = f"{vi} x và y bị đổi chỗ?", f"{en} Are x and y swapped?"
    return vi, en
