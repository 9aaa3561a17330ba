"""Checks of the ward map: readable, valid, not overlapping, and every area and unit inside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from itertools import combinations
from math import cos, radians
from pathlib import Path
from typing import Any

import msgspec
from shapely import MultiPolygon, Point, Polygon, unary_union
from shapely.errors import GEOSException
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from ioc.city.mistakes import Mistake
from ioc.city.parts import Area, CityHead, UnitProfile
from ioc.city.reading import Draft
from ioc.city.rows import build, composed
from ioc.core.text import Text

_KM_PER_DEGREE = 111.2  # of latitude
_OVERLAP_KM2 = 0.02  # the published set of one whole province overlaps itself by 0.015 km2 through rounding
_LAND = (102.0, 8.0, 118.0, 24.0)  # Vietnam with its islands: west, south, east, north


class WardProperties(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What each feature of the ward file says. `valid_to` is the last day of validity."""

    code: str
    name: str
    kind: str
    valid_from: date
    approximate: bool
    valid_to: date | None = None


class _Ward(msgspec.Struct, frozen=True):
    label: str
    properties: WardProperties
    shape: BaseGeometry


def check_wards(draft: Draft) -> list[Mistake]:
    """Every mistake of the ward file named in city.toml, and every unit based outside its wards."""
    if draft.head is None:
        return []
    file = draft.head.wards
    mistakes: list[Mistake] = []
    wards = [ward for ward in _read(draft.folder / file, file, mistakes) if ward]
    mistakes += _repeated(file, wards)
    mistakes += _overlaps(file, wards)
    if wards and not mistakes:
        mistakes += _unknown_wards(draft, file, wards)
        mistakes += _units_outside(draft, draft.head, wards)
    return mistakes


def _read(path: Path, file: str, mistakes: list[Mistake]) -> Iterator[_Ward | None]:
    for position, feature in enumerate(_features(path, file, mistakes), start=1):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        code = properties.get("code", position) if isinstance(properties, dict) else position
        yield _ward(feature, file, f"ward[{code}]", mistakes)


def _features(path: Path, file: str, mistakes: list[Mistake]) -> list[Any]:
    wrong: Text | None = None
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        wrong = Text("Thiếu tệp bản đồ phường này.", "This ward map file is missing.")
    except UnicodeDecodeError:
        wrong = Text("Không phải văn bản UTF-8.", "Not UTF-8 text.")
    except json.JSONDecodeError as error:
        wrong = Text(f"Sai cú pháp JSON ở dòng {error.lineno}.", f"JSON syntax error at line {error.lineno}.")
    else:
        features = document.get("features") if isinstance(document, dict) else None
        if isinstance(features, list) and features:
            return features
        wrong = Text("Phải là GeoJSON FeatureCollection có phường.", "Must be a GeoJSON FeatureCollection with wards.")
    mistakes.append(Mistake(file, "-", wrong))
    return []


def _ward(feature: Any, file: str, label: str, mistakes: list[Mistake]) -> _Ward | None:
    raw = feature if isinstance(feature, dict) else {}
    properties, wrong = build(WardProperties, _dated(raw.get("properties")), file, label)
    mistakes += wrong
    outline = _outline(raw.get("geometry"))
    if isinstance(outline, Text):
        mistakes.append(Mistake(file, f"{label}.geometry", outline))
        return None
    return _Ward(label, properties, outline) if properties else None


def _dated(properties: Any) -> Any:
    return composed(properties) if isinstance(properties, dict) else {}


def _outline(geometry: Any) -> BaseGeometry | Text:
    """The polygon, or what is wrong with it."""
    try:
        outline = shape(geometry)
    except (GEOSException, AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        return Text(f"Không đọc được hình ({error}).", f"The shape cannot be read ({error}).")
    if not isinstance(outline, Polygon | MultiPolygon) or outline.is_empty:
        return Text("Hình phải là Polygon hoặc MultiPolygon.", "The shape must be a Polygon or MultiPolygon.")
    if not outline.is_valid:
        why = explain_validity(outline)
        return Text(f"Đa giác không hợp lệ: {why}.", f"Invalid polygon: {why}.")
    return _misplaced(*outline.bounds) or outline


def _misplaced(west: float, south: float, east: float, north: float) -> Text | None:
    if _LAND[0] <= west and east <= _LAND[2] and _LAND[1] <= south and north <= _LAND[3]:
        return None
    if _LAND[0] <= south and north <= _LAND[2] and _LAND[1] <= west and east <= _LAND[3]:
        return Text("Đảo kinh độ và vĩ độ: kinh độ (lon) viết trước.", "Longitude and latitude are swapped: lon first.")
    return Text("Hình nằm ngoài Việt Nam.", "The shape lies outside Vietnam.")


def _repeated(file: str, wards: list[_Ward]) -> Iterator[Mistake]:
    seen: set[tuple[str, date]] = set()
    for ward in wards:
        key = (ward.properties.code, ward.properties.valid_from)
        if key in seen:
            vi, en = f"Mã {key[0]} từ {key[1]} ghi hai lần.", f"The code {key[0]} from {key[1]} is listed twice."
            yield Mistake(file, f"{ward.label}.code", Text(vi, en))
        seen.add(key)


def _overlaps(file: str, wards: list[_Ward]) -> Iterator[Mistake]:
    for one, other in combinations(wards, 2):
        if not (_together(one.properties, other.properties) and one.shape.intersects(other.shape)):
            continue
        if (area := _km2(one.shape.intersection(other.shape))) > _OVERLAP_KM2:
            name = other.properties.name
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
    known = {ward.properties.code for ward in wards}
    for row in draft.of(Area):
        for code in row.part.wards:
            if code not in known:
                text = Text(f"Không có phường {code} trong {file}.", f"No ward {code} in {file}.")
                yield Mistake(row.file, f"{row.label}.wards", text)


def _units_outside(draft: Draft, head: CityHead, wards: list[_Ward]) -> Iterator[Mistake]:
    tolerance = head.coast_tolerance_m / 1000 / _KM_PER_DEGREE
    city = unary_union([ward.shape for ward in wards]).buffer(tolerance)
    for row in draft.of(UnitProfile):
        lon, lat = row.part.lon, row.part.lat
        inside_box = head.bbox[0] <= lon <= head.bbox[2] and head.bbox[1] <= lat <= head.bbox[3]
        if inside_box and not city.covers(Point(lon, lat)):
            vi = f"Điểm đóng quân ({lon}, {lat}) không thuộc phường nào của thành phố."
            en = f"The base ({lon}, {lat}) lies in no ward of the city."
            yield Mistake(row.file, f"{row.label}.lon/lat", Text(vi, en))
