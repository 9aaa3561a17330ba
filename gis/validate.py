"""Geometry from outside: accepted whole or refused with every reason in both languages. Degrees WGS 84, lon/lat."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from gis.crs import VIETNAM, axes_swapped
from gis.reason import Reason

# How deep the coordinates of each kind nest: a position is depth 0.
_DEPTH = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
POLYGONS = frozenset({"Polygon", "MultiPolygon"})
ANY_KIND = frozenset(_DEPTH)
MAX_POSITIONS = 200_000


class Checked(NamedTuple):
    """A geometry that may be used, or the reasons why not; never both."""

    geometry: BaseGeometry | None
    reasons: tuple[Reason, ...]


def check_point(lon: Any, lat: Any, *, field: str = "location") -> tuple[Reason, ...]:
    """What is wrong with a point somebody sent; empty when it can be a place in Vietnam.

    Tells apart what people get wrong most: latitude and longitude exchanged, metres in a degree field, no number.
    """
    if not (_is_number(lon) and _is_number(lat)):
        return (_reason("not-a-number", field),)
    return tuple(_range_faults([(float(lon), float(lat))], field))


def check_geometry(
    geojson: Any,
    *,
    kinds: frozenset[str] = ANY_KIND,
    max_positions: int = MAX_POSITIONS,
    in_vietnam: bool = True,
    field: str = "geometry",
) -> Checked:
    """A GeoJSON geometry (RFC 7946) checked for shape, size, range and validity; nothing is repaired.

    With `in_vietnam` (the default) points beyond the country's frame are refused too.
    """
    fault = _shape_fault(geojson, kinds, max_positions, field)
    if fault:
        return Checked(None, (fault,))
    positions = list(_positions(geojson["coordinates"], _DEPTH[geojson["type"]]))
    faults = list(_range_faults(positions, field, in_vietnam=in_vietnam)) or list(_ring_faults(geojson, field))
    return Checked(None, tuple(faults)) if faults else check_shape(_flat(geojson), field=field)


def check_shape(geometry: BaseGeometry, *, field: str = "geometry") -> Checked:
    """A geometry already read by a library, checked for emptiness, finite numbers and validity (bow-ties and such)."""
    if geometry.is_empty:
        return Checked(None, (_reason("empty", field),))
    if not all(math.isfinite(value) for value in geometry.bounds):
        return Checked(None, (_reason("not-a-number", field),))
    if not geometry.is_valid:
        return Checked(None, (_invalid(shapely.is_valid_reason(geometry), field),))
    return Checked(geometry, ())


def check_layer_range(xs: Sequence[float], ys: Sequence[float], *, field: str = "geometry") -> tuple[Reason, ...]:
    """What is wrong with all the coordinates of a layer taken together: exchanged axes or metres named as degrees."""
    return tuple(_range_faults(list(zip(xs, ys, strict=True)), field))


def _shape_fault(geojson: Any, kinds: frozenset[str], max_positions: int, field: str) -> Reason | None:
    if not isinstance(geojson, Mapping) or not isinstance(geojson.get("type"), str):
        return _reason("not-geojson", field)
    kind = geojson["type"]
    if kind not in kinds or kind not in _DEPTH:
        return _reason("kind-not-taken", field, kind=kind[:40], kinds=", ".join(sorted(kinds)))
    count = 0
    for position in _positions(geojson.get("coordinates"), _DEPTH[kind]):
        count += 1
        if count > max_positions:
            return _reason("too-large", field, most=max_positions)
        if position is None:
            return _reason("not-a-number", field)
    return None if count else _reason("empty", field)


def _positions(coordinates: Any, depth: int) -> Iterator[tuple[float, float] | Any]:
    """Every position of nested coordinates as (lon, lat); None stands for one that is none."""
    if not isinstance(coordinates, list | tuple):
        yield None
    elif depth:
        for inner in coordinates:
            yield from _positions(inner, depth - 1)
    elif 2 <= len(coordinates) <= 3 and all(_is_number(value) for value in coordinates):
        yield float(coordinates[0]), float(coordinates[1])
    else:
        yield None


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _range_faults(positions: list[tuple[float, float]], field: str, *, in_vietnam: bool = True) -> Iterator[Reason]:
    lons, lats = zip(*positions, strict=True)
    west, south, east, north = VIETNAM if in_vietnam else (-180.0, -90.0, 180.0, 90.0)
    if min(lons) >= west and max(lons) <= east and min(lats) >= south and max(lats) <= north:
        return
    if max(map(abs, lons)) > 1_000 or max(map(abs, lats)) > 1_000:
        yield _reason("metres-not-degrees", field)
    elif axes_swapped(lons, lats):
        yield _reason("axes-swapped", field, lon=lons[0], lat=lats[0])
    else:
        yield _reason("out-of-range" if in_vietnam else "not-on-earth", field)


def _ring_faults(geojson: Mapping[str, Any], field: str) -> Iterator[Reason]:
    polygons = {"Polygon": [geojson["coordinates"]], "MultiPolygon": geojson["coordinates"]}.get(geojson["type"], [])
    if not all(polygons):
        yield _reason("empty", field)
        return
    for ring in (ring for polygon in polygons for ring in polygon):
        if len(ring) < 4:
            yield _reason("ring-too-short", field)
            return
        if list(ring[0][:2]) != list(ring[-1][:2]):
            yield _reason("ring-not-closed", field, lon=ring[0][0], lat=ring[0][1])
            return
    lines = {"LineString": [geojson["coordinates"]], "MultiLineString": geojson["coordinates"]}.get(geojson["type"], [])
    if any(len(line) < 2 for line in lines):
        yield _reason("line-too-short", field)


def _flat(geojson: Mapping[str, Any]) -> BaseGeometry:
    return shapely.force_2d(shape({"type": geojson["type"], "coordinates": geojson["coordinates"]}))


def _invalid(why: str, field: str) -> Reason:
    kind, _, where = why.partition("[")
    code, values = "not-valid", {"why": kind.strip(), "where": where.rstrip("]") or "?"}
    if "Self-intersection" in kind or "Ring Self-intersection" in kind:
        code = "self-intersection"
    return _reason(code, field, **values)


_WORDS: dict[str, tuple[str, str]] = {
    "not-geojson": (
        "Không phải hình học GeoJSON (cần đối tượng có “type” và “coordinates”).",
        "Not a GeoJSON geometry (an object with “type” and “coordinates” is needed).",
    ),
    "kind-not-taken": (
        "Không nhận loại hình học “{kind}”; chỉ nhận: {kinds}.",
        "The geometry kind “{kind}” is not taken here; taken are: {kinds}.",
    ),
    "empty": ("Hình học rỗng.", "The geometry is empty."),
    "too-large": (
        "Hình học quá lớn: tối đa {most} điểm tọa độ.",
        "The geometry is too large: at most {most} positions.",
    ),
    "not-a-number": (
        "Tọa độ phải là số hữu hạn (không nhận NaN, vô cực, chữ hay ô trống).",
        "Coordinates must be finite numbers (no NaN, infinity, text or blanks).",
    ),
    "axes-swapped": (
        "Kinh độ và vĩ độ bị đảo: thứ tự đúng là kinh độ trước, vĩ độ sau (nhận được {lon}, {lat}).",
        "Longitude and latitude are swapped: longitude comes first, then latitude (received {lon}, {lat}).",
    ),
    "metres-not-degrees": (
        "Tọa độ có vẻ là mét (VN-2000/UTM) trong khi cần độ WGS 84; hãy ghi rõ hệ tọa độ hoặc chuyển đổi trước.",
        "The coordinates look like metres (VN-2000/UTM) where WGS 84 degrees are needed; name the reference system "
        "or convert first.",
    ),
    "out-of-range": (
        "Tọa độ nằm ngoài khung Việt Nam (kinh độ 102–118, vĩ độ 6–24).",
        "The coordinates lie outside the frame of Vietnam (longitude 102–118, latitude 6–24).",
    ),
    "not-on-earth": (
        "Tọa độ vượt giới hạn (kinh độ ±180, vĩ độ ±90).",
        "The coordinates are beyond longitude ±180 or latitude ±90.",
    ),
    "ring-too-short": (
        "Một vòng của đa giác có ít hơn 4 điểm.",
        "A ring of the polygon has fewer than 4 positions.",
    ),
    "ring-not-closed": (
        "Một vòng của đa giác chưa khép kín: điểm cuối phải trùng điểm đầu ({lon}, {lat}).",
        "A ring of the polygon is not closed: its last position must equal the first ({lon}, {lat}).",
    ),
    "line-too-short": ("Một đường có ít hơn 2 điểm.", "A line has fewer than 2 positions."),
    "self-intersection": (
        "Đường biên tự cắt nhau (hình “nơ”) tại {where}.",
        "The outline crosses itself (a “bow-tie”) at {where}.",
    ),
    "not-valid": ("Hình học không hợp lệ ({why}) tại {where}.", "The geometry is not valid ({why}) at {where}."),
}


def _reason(code: str, field: str, **values: object) -> Reason:
    vi, en = _WORDS[code]
    return Reason(code, vi.format(**values), en.format(**values), field)
