"""Checks of the ward map: readable, valid, not overlapping, and every area and unit inside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from math import cos, isfinite, radians
from pathlib import Path
from typing import Any

import msgspec
from shapely import MultiPolygon, Point, Polygon, STRtree, box, transform, unary_union
from shapely.errors import GEOSException
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from ioc.city.files import Unreadable, read_text
from ioc.city.mistakes import Mistake
from ioc.city.parts import Area, UnitProfile
from ioc.city.reading import Draft
from ioc.city.references import LAND, city_box, outside
from ioc.city.rows import build_partly, composed
from ioc.city.vocabulary import WARD_KINDS, not_allowed
from ioc.core.text import Text

_KM_PER_DEGREE = 111.2  # of latitude
_OVERLAP_KM2 = 0.02  # the published set of one whole province overlaps itself by 0.015 km2 through rounding
_LIMIT_MB = 32.0
_MOST = 5_000  # all of Vietnam has 3,321 wards and communes
_USUAL = "layers/wards.geojson"  # read where city.toml does not say which
_GENEROUS_M = 5000.0  # of tolerance where the profile's own cannot be read


_NO_SHAPE = (
    GEOSException, AttributeError, KeyError, TypeError, ValueError, IndexError, OverflowError, RecursionError
)  # fmt: skip


class WardProperties(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What each feature of the ward file says. `valid_to` is the last day of validity."""

    code: str
    name: str
    kind: str
    valid_from: date
    approximate: bool
    valid_to: date | None = None


class _Ward(msgspec.Struct, frozen=True):
    """One feature: fields in `wrong` have no value, `shape` is what covers its ground, None where nobody can tell."""

    label: str
    properties: WardProperties
    wrong: frozenset[str]
    shape: BaseGeometry | None
    sound: bool

    def has(self, *fields: str) -> bool:
        return self.wrong.isdisjoint(fields)


def check_wards(draft: Draft) -> list[Mistake]:
    """Every mistake of the ward file, every ward named that is not in it, and every unit based outside its wards."""
    head = draft.head_with("wards")
    file = head.wards if head else _USUAL
    if Path(file).is_absolute() or ".." in Path(file).parts:
        text = Text("Phải là đường dẫn trong thư mục hồ sơ.", "Must be a path inside the profile's folder.")
        return [Mistake("city.toml", "wards", text)]
    if head is None and not (draft.folder / file).is_file():
        return []
    mistakes: list[Mistake] = []
    features = _features(draft.folder / file, file, mistakes)
    wards = [_ward(feature, file, position, mistakes) for position, feature in enumerate(features, start=1)]
    mistakes += _repeated(file, wards)
    mistakes += _overlaps(file, wards)
    mistakes += _far_away(draft, file, wards)
    if wards:
        mistakes += _unknown_wards(draft, file, wards)
        mistakes += _units_outside(draft, [ward.shape for ward in wards])
    return list(dict.fromkeys(mistakes))


def ward_codes(draft: Draft) -> set[str]:
    """The codes in the ward file; none where it cannot be read."""
    head = draft.head_with("wards")
    features = _features(draft.folder / head.wards, head.wards, []) if head else []
    said = [feature.get("properties") for feature in features if isinstance(feature, dict)]
    return {str(properties["code"]) for properties in said if isinstance(properties, dict) and "code" in properties}


def ward_names(draft: Draft) -> dict[str, str]:
    """The names in the ward file by code; none where it cannot be read."""
    head = draft.head_with("wards")
    features = _features(draft.folder / head.wards, head.wards, []) if head else []
    said = [composed(feature.get("properties")) for feature in features if isinstance(feature, dict)]
    return {
        str(one["code"]): str(one["name"]) for one in said if isinstance(one, dict) and {"code", "name"} <= one.keys()
    }


def _features(path: Path, file: str, mistakes: list[Mistake]) -> list[Any]:
    wrong: Text | None = None
    try:
        document = json.loads(read_text(path, _LIMIT_MB))
    except FileNotFoundError:
        wrong = Text("Thiếu tệp bản đồ phường này.", "This ward map file is missing.")
    except Unreadable as error:
        wrong = error.text
    except json.JSONDecodeError as error:
        wrong = Text(f"Sai cú pháp JSON ở dòng {error.lineno}.", f"JSON syntax error at line {error.lineno}.")
    except (RecursionError, ValueError):  # brackets without end, a number of thousands of digits
        wrong = Text("Không phải GeoJSON dùng được.", "Not a usable GeoJSON file.")
    else:
        features = document.get("features") if isinstance(document, dict) else None
        if isinstance(features, list) and 0 < len(features) <= _MOST:
            return features
        wrong = Text(
            f"Phải là GeoJSON FeatureCollection có phường (nhiều nhất {_MOST}).",
            f"Must be a GeoJSON FeatureCollection with wards (at most {_MOST}).",
        )
    mistakes.append(Mistake(file, "-", wrong))
    return []


def _ward(feature: Any, file: str, position: int, mistakes: list[Mistake]) -> _Ward:
    raw = feature if isinstance(feature, dict) else {}
    said = raw.get("properties")
    properties = composed(said) if isinstance(said, dict) else {}
    label = f"ward[{properties.get('code', position)}]"
    built = build_partly(WardProperties, properties, file, label)
    mistakes += built.mistakes
    if "kind" not in built.wrong and built.part.kind not in WARD_KINDS:
        mistakes.append(Mistake(file, f"{label}.kind", not_allowed(built.part.kind, WARD_KINDS)))
    outline = _outline(raw.get("geometry"))
    wrong = outline if isinstance(outline, Text) else _wrong_outline(outline)
    if wrong:
        mistakes.append(Mistake(file, f"{label}.geometry", wrong))
    ground = None if isinstance(outline, Text) else _ground(outline)
    return _Ward(label, built.part, built.wrong, ground, wrong is None)


def _outline(geometry: Any) -> BaseGeometry | Text:
    """The polygon, or why there is none."""
    try:
        outline = shape(geometry)
    except _NO_SHAPE as error:
        return Text(f"Không đọc được hình ({error}).", f"The shape cannot be read ({error}).")
    if not isinstance(outline, Polygon | MultiPolygon) or outline.is_empty:
        return Text("Hình phải là Polygon hoặc MultiPolygon.", "The shape must be a Polygon or MultiPolygon.")
    if not all(map(isfinite, outline.bounds)):
        return Text("Toạ độ phải là số hữu hạn.", "Coordinates must be finite numbers.")
    return outline


def _wrong_outline(outline: BaseGeometry) -> Text | None:
    if not outline.is_valid:
        why = explain_validity(outline)
        return Text(f"Đa giác không hợp lệ: {why}.", f"Invalid polygon: {why}.")
    if wrong := outside(LAND, *outline.bounds[:2]) or outside(LAND, *outline.bounds[2:]):
        swapped = _swapped(outline.bounds)
        return wrong if swapped else Text("Hình nằm ngoài Việt Nam.", "The shape lies outside Vietnam.")
    return None


def _swapped(bounds: tuple[float, ...]) -> bool:
    return LAND[0] <= bounds[1] and bounds[3] <= LAND[2] and LAND[1] <= bounds[0] and bounds[2] <= LAND[3]


def _ground(outline: BaseGeometry) -> BaseGeometry:
    """The ground a wrong outline most likely means, so that units based there are not blamed for it."""
    outline = outline if outline.is_valid else outline.convex_hull
    return transform(outline, lambda points: points[:, ::-1]) if _swapped(outline.bounds) else outline


def _far_away(draft: Draft, file: str, wards: list[_Ward]) -> Iterator[Mistake]:
    frame = box(*city_box(draft))
    for ward in wards:
        if ward.sound and ward.shape is not None and not frame.intersects(ward.shape):
            text = Text(
                "Hình nằm ngoài khung bbox của thành phố trong city.toml.",
                "The shape lies outside the city's bbox in city.toml.",
            )
            yield Mistake(file, f"{ward.label}.geometry", text)


def _repeated(file: str, wards: list[_Ward]) -> Iterator[Mistake]:
    seen: set[tuple[str, date]] = set()
    for ward in wards:
        if not ward.has("code", "valid_from"):
            continue
        key = (ward.properties.code, ward.properties.valid_from)
        if key in seen:
            vi, en = f"Mã {key[0]} từ {key[1]} ghi hai lần.", f"The code {key[0]} from {key[1]} is listed twice."
            yield Mistake(file, f"{ward.label}.code", Text(vi, en))
        seen.add(key)


def _overlaps(file: str, wards: list[_Ward]) -> Iterator[Mistake]:
    dated = [ward for ward in wards if ward.sound and ward.has("valid_from", "valid_to")]
    shapes = [ward.shape or Polygon() for ward in dated]
    near = STRtree(shapes).query(shapes, predicate="intersects").T.tolist() if dated else []
    for one, other in ((dated[i], dated[j]) for i, j in sorted(near) if i < j):
        if not _together(one.properties, other.properties) or one.shape is None or other.shape is None:
            continue
        if (area := _km2(one.shape.intersection(other.shape))) > _OVERLAP_KM2:
            name = other.properties.name if other.has("name") else other.label
            vi, en = f"Chồng lên {name} {area:.2f} km².", f"Overlaps {name} by {area:.2f} km²."
            yield Mistake(file, f"{one.label}.geometry", Text(vi, en))


def _together(one: WardProperties, other: WardProperties) -> bool:
    """Whether both are in force on some day: an old and a new map may cover the same ground."""
    last = date.max
    return one.valid_from <= (other.valid_to or last) and other.valid_from <= (one.valid_to or last)


def _km2(area: BaseGeometry) -> float:
    if area.is_empty:
        return 0.0
    return float(area.area) * _KM_PER_DEGREE**2 * cos(radians(area.centroid.y))


def _unknown_wards(draft: Draft, file: str, wards: list[_Ward]) -> Iterator[Mistake]:
    known = {ward.properties.code for ward in wards if ward.has("code")}
    for row in draft.of(Area):
        listed = row.raw.get("wards")
        for code in listed if isinstance(listed, list) else ():
            if isinstance(code, str) and code not in known:
                text = Text(f"Không có phường {code} trong {file}.", f"No ward {code} in {file}.")
                yield Mistake(row.file, f"{row.label}.wards", text)


def _units_outside(draft: Draft, shapes: list[BaseGeometry | None]) -> Iterator[Mistake]:
    grounds = [shape for shape in shapes if shape is not None]
    if len(grounds) < len(shapes):  # a base may lie in a ward whose ground nobody can tell
        return
    head = draft.head_with("coast_tolerance_m")
    tolerance = head.coast_tolerance_m if head and head.coast_tolerance_m >= 0 else _GENEROUS_M
    city = unary_union(grounds).buffer(tolerance / 1000 / _KM_PER_DEGREE)
    frame = city_box(draft)
    for row in draft.of(UnitProfile, "lon", "lat"):
        lon, lat = row.part.lon, row.part.lat
        if not outside(frame, lon, lat) and not city.covers(Point(lon, lat)):
            vi = f"Điểm đóng quân ({lon}, {lat}) không thuộc phường nào của thành phố."
            en = f"The base ({lon}, {lat}) lies in no ward of the city."
            yield Mistake(row.file, f"{row.label}.lon/lat", Text(vi, en))
