"""Official polygons from a file: GeoJSON, GeoPackage or Shapefile, whatever the office called its columns.

Every unit is read, turned to degrees WGS 84 and checked; a bad one is reported with its reason and left out, nothing
is repaired in silence. GeoJSON needs no library; the other two load GDAL (pyogrio) only when asked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from gis.crs import WGS84, axes_swapped, geometry_to_wgs84
from gis.names import fold, kind_of, nfc
from gis.reason import Reason, Refused
from gis.validate import MAX_POSITIONS, POLYGONS, check_geometry, check_layer_range, check_shape
from gis.wards import Ward

# What offices call the same thing; compared without marks, spaces or underscores, first match wins.
_COLUMNS: dict[str, tuple[str, ...]] = {
    "code": ("code", "wardcode", "maxa", "maphuongxa", "maphuong", "madvhc", "madonvi", "newwardcode", "ma"),
    "name": (
        "fullname",
        "tendaydu",
        "tenxa",
        "tenphuongxa",
        "tendvhc",
        "tendonvi",
        "wardname",
        "newward",
        "name",
        "ten",
    ),
    "kind": ("kind", "loai", "capdvhc", "loaidvhc", "type"),
    "valid_from": ("validfrom", "hieuluctu", "ngayhieuluc"),
    "valid_to": ("validto", "hieulucden", "ngayhethieuluc"),
    "approximate": ("approximate", "gandung"),
}
_KIND_TITLES = {"phuong": "Phường", "xa": "Xã", "thi_tran": "Thị trấn", "dac_khu": "Đặc khu"}
_WHOLE_FILE = {"axes-swapped", "metres-not-degrees"}  # what is wrong with a file rather than with a row
_CODE = re.compile(r"[0-9A-Za-z._-]{1,20}")


class Raw(NamedTuple):
    """One row as the file has it: its attributes and its geometry, or why there is no geometry."""

    attributes: dict[str, Any]
    geometry: BaseGeometry | None
    reasons: tuple[Reason, ...] = ()


class Fault(NamedTuple):
    """A row left out: its number in the file (from 1), what it calls itself, and why."""

    row: int
    label: str
    reasons: tuple[Reason, ...]


class LayerReport(NamedTuple):
    """What came of a file. `wards` are usable; `faults` were left out."""

    wards: tuple[Ward, ...]
    faults: tuple[Fault, ...]
    epsg: int

    @property
    def valid(self) -> int:
        """How many units are usable."""
        return len(self.wards)

    @property
    def invalid(self) -> int:
        """How many units were left out."""
        return len(self.faults)


def read_wards(path: Path, *, valid_from: date | None = None, epsg: int | None = None) -> LayerReport:
    """Wards of a file. `valid_from` fills in for rows without a date; `epsg` overrules what the file says.

    Raises:
        Refused: no such file, not a layer, no polygons, axes exchanged throughout, or metres named as degrees.
    """
    rows, code = _read(path, epsg)
    _check_axes(rows, code)
    return _report([_turned(row, code) for row in rows], valid_from, code)


def wards_of_geojson(collection: Any, *, valid_from: date | None = None) -> LayerReport:
    """Wards of a GeoJSON FeatureCollection already parsed, in degrees WGS 84.

    Raises:
        Refused: not a FeatureCollection, or axes exchanged throughout.
    """
    rows = _rows_of_geojson(collection, WGS84)
    return _report(rows, valid_from, WGS84)


def _read(path: Path, epsg: int | None) -> tuple[list[Raw], int]:
    if not path.is_file():
        raise Refused(Reason("no-file", f"Không có tệp {path.name}.", f"There is no file {path.name}.", "file"))
    if path.suffix.lower() in {".geojson", ".json"}:
        return _read_geojson(path, epsg)
    return _read_by_gdal(path, epsg)


def _read_geojson(path: Path, epsg: int | None) -> tuple[list[Raw], int]:
    try:
        collection = json.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise _not_a_layer(path.name, str(error)) from error
    epsg = epsg or _epsg_of(collection)
    return _rows_of_geojson(collection, epsg), epsg


def _rows_of_geojson(collection: Any, epsg: int) -> list[Raw]:
    features = collection.get("features") if isinstance(collection, Mapping) else None
    if not isinstance(features, list) or not features:
        raise _not_a_layer("GeoJSON", "no FeatureCollection with features")
    return [_raw(feature, epsg) for feature in features]


def _raw(feature: Any, epsg: int) -> Raw:
    if not isinstance(feature, Mapping):
        feature = {}
    attributes = dict(feature.get("properties") or {})
    if epsg == WGS84:
        checked = check_geometry(feature.get("geometry"), kinds=POLYGONS, max_positions=MAX_POSITIONS)
        return Raw(attributes, checked.geometry, checked.reasons)
    return _projected(attributes, feature.get("geometry"))


def _projected(attributes: dict[str, Any], geometry: Any) -> Raw:
    try:
        shape = shapely.from_geojson(json.dumps(geometry))
    except shapely.errors.GEOSException:
        return Raw(attributes, None, check_geometry(None).reasons)
    return Raw(attributes, shapely.force_2d(shape))


def _epsg_of(collection: Any) -> int:
    """The system of an old-style GeoJSON `crs` member; RFC 7946 has none and means WGS 84."""
    crs = collection.get("crs") if isinstance(collection, Mapping) else None
    name = crs.get("properties", {}).get("name", "") if isinstance(crs, Mapping) else ""
    found = re.search(r"EPSG:{1,2}[\d.]*:?(\d{4,6})$", str(name))
    return int(found[1]) if found else WGS84


def _read_by_gdal(path: Path, epsg: int | None) -> tuple[list[Raw], int]:
    from pyogrio import raw as reader  # loads GDAL: only for those who import such a file
    from pyogrio.errors import DataSourceError
    from pyproj import CRS

    try:
        meta, _, shapes, columns = reader.read(path)
    except DataSourceError as error:
        raise _not_a_layer(path.name, str(error)) from error
    crs = CRS.from_user_input(meta["crs"]) if meta["crs"] else None
    names = [str(name) for name in meta["fields"]]
    rows = [
        Raw(dict(zip(names, values, strict=True)), shapely.force_2d(shapely.from_wkb(shape)) if shape else None)
        for shape, *values in zip(shapes, *columns, strict=True)
    ]
    return rows, epsg or (crs.to_epsg(min_confidence=20) if crs else None) or WGS84


def _check_axes(rows: list[Raw], epsg: int) -> None:
    """Refuses a file in which everything is wrong in one way: one clear reason beats 166 equal ones."""
    common = {reason.code: reason for row in rows for reason in row.reasons}
    if all(row.reasons for row in rows) and len(common) == 1 and common.keys() <= _WHOLE_FILE:
        raise Refused(*common.values())
    points = shapely.get_coordinates(np.array([row.geometry for row in rows], dtype=object))
    if not len(points):
        return
    if axes_swapped(points[:, 0], points[:, 1]):
        raise Refused(
            Reason(
                "axes-swapped",
                "Tệp bị đảo trục tọa độ: cần kinh độ (hoặc hoành độ Đông) trước, vĩ độ (hoặc tung độ Bắc) sau.",
                "The axes of the file are swapped: longitude (or easting) comes first, latitude (or northing) second.",
                "geometry",
            )
        )
    if epsg == WGS84:
        reasons = check_layer_range(points[:, 0].tolist(), points[:, 1].tolist())
        if reasons:
            raise Refused(*reasons)


def _turned(row: Raw, epsg: int) -> Raw:
    if row.geometry is None:
        return row if row.reasons else row._replace(reasons=check_geometry(None).reasons)
    if epsg == WGS84 and row.reasons == ():
        return row._replace(geometry=row.geometry)
    return row._replace(geometry=geometry_to_wgs84(row.geometry, epsg))


def _report(rows: Iterable[Raw], valid_from: date | None, epsg: int) -> LayerReport:
    wards: list[Ward] = []
    faults: list[Fault] = []
    seen: set[tuple[str, date]] = set()
    for number, row in enumerate(rows, start=1):
        fields = _normal(row.attributes)
        made = _ward(row, fields, valid_from)
        if isinstance(made, Ward) and made.key in seen:
            made = (_twice(made),)
        if isinstance(made, Ward):
            seen.add(made.key)
            wards.append(made)
        else:
            faults.append(Fault(number, _label(fields), made))
    return LayerReport(tuple(wards), tuple(faults), epsg)


def _normal(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes we know by our own names, by the best-matching column that holds something."""
    plain = {re.sub(r"[\s_\-.]", "", fold(str(name))): value for name, value in attributes.items()}
    found: dict[str, Any] = {}
    for field, columns in _COLUMNS.items():
        values = (plain[column] for column in columns if column in plain)
        found[field] = next((value for value in values if not _blank(value)), None)
    return found


def _blank(value: Any) -> bool:
    return value is None or value != value or (isinstance(value, str) and not value.strip())


def _label(fields: Mapping[str, Any]) -> str:
    return " ".join(str(fields[field]) for field in ("code", "name") if fields[field] is not None) or "?"


def _ward(row: Raw, fields: Mapping[str, Any], valid_from: date | None) -> Ward | tuple[Reason, ...]:
    reasons = list(row.reasons)
    if row.geometry is not None:
        reasons += check_shape(row.geometry).reasons
        if not isinstance(row.geometry, Polygon | MultiPolygon):
            reasons.append(_NOT_POLYGON)
    code, name, since, until = _words(fields, valid_from, reasons)
    if reasons or row.geometry is None or since is None:
        return tuple(reasons)
    kind = kind_of(str(fields["kind"] or "")) or kind_of(name) or "xa"
    if kind_of(name) is None:
        name = f"{_KIND_TITLES[kind]} {name}"
    return Ward(code, name, kind, since, row.geometry, until, _is_true(fields["approximate"]))


def _words(
    fields: Mapping[str, Any], valid_from: date | None, reasons: list[Reason]
) -> tuple[str, str, date | None, date | None]:
    code, name = _code(fields["code"]), nfc(str(fields["name"] or ""))
    if not _CODE.fullmatch(code):
        reasons.append(
            Reason("no-code", "Thiếu mã đơn vị hoặc mã không hợp lệ.", "The code is missing or bad.", "code")
        )
    if not name:
        reasons.append(Reason("no-name", "Thiếu tên đơn vị.", "The name is missing.", "name"))
    since = _day(fields["valid_from"], "valid_from", reasons) or valid_from
    until = _day(fields["valid_to"], "valid_to", reasons)
    if since is None:
        reasons.append(
            Reason("no-date", "Thiếu ngày bắt đầu hiệu lực.", "The day validity begins is missing.", "valid_from")
        )
    elif until is not None and until <= since:
        reasons.append(
            Reason(
                "bad-date", "Ngày hết hiệu lực không sau ngày bắt đầu.", "Validity ends before it begins.", "valid_to"
            )
        )
    return code, name, since, until


def _code(value: Any) -> str:
    """A code as text; spreadsheets turn 14797 into 14797.0 and drop the zeros of 00123."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int | np.integer):
        return f"{int(value):05d}"
    return "" if value is None else str(value).strip()


def _day(value: Any, field: str, reasons: list[Reason]) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        text = str(value)[:20]
        reasons.append(
            Reason("bad-date", f"Ngày “{text}” không đọc được.", f"“{text}” is no date (YYYY-MM-DD).", field)
        )
        return None


def _is_true(value: Any) -> bool:
    return value is True or str(value).strip().lower() in {"1", "true", "yes", "x"}


_NOT_POLYGON = Reason("kind-not-taken", "Hình học phải là đa giác.", "The geometry must be a polygon.", "geometry")


def _twice(ward: Ward) -> Reason:
    return Reason(
        "ward-twice",
        f"Mã {ward.code} có hiệu lực từ {ward.valid_from} đã có ở dòng trước.",
        f"Code {ward.code} valid from {ward.valid_from} is already on an earlier row.",
        "code",
    )


def _not_a_layer(name: str, why: str) -> Refused:
    return Refused(
        Reason(
            "not-a-layer",
            f"{name} không phải lớp bản đồ đọc được (GeoJSON, GeoPackage, Shapefile): {why[:200]}",
            f"{name} is no layer that can be read (GeoJSON, GeoPackage, Shapefile): {why[:200]}",
            "file",
        )
    )
