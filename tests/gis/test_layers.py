import json
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely

from gis.crs import from_wgs84
from gis.layers import read_wards, wards_of_geojson
from gis.reason import Refused
from tests.gis.conftest import HAC_THANH, HAM_RONG, MERGER

SQUARE = shapely.box(105.75, 19.78, 105.80, 19.82)
BOW_TIE = {"type": "Polygon", "coordinates": [[[105, 19], [106, 20], [106, 19], [105, 20], [105, 19]]]}


def feature(properties: dict[str, Any], geometry: Any = None) -> dict[str, Any]:
    shape = geometry or json.loads(shapely.to_geojson(SQUARE))
    return {"type": "Feature", "properties": properties, "geometry": shape}


def collection(*features: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features), **more}


def saved(folder: Path, document: Any) -> Path:
    path = folder / "wards.geojson"
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def in_metres(shape: shapely.Geometry, epsg: int) -> shapely.Geometry:
    return shapely.transform(shape, lambda points: [from_wgs84(epsg, x, y) for x, y in points])


@pytest.mark.parametrize(
    "properties",
    [
        {"code": "14797", "name": "Hạc Thành", "full_name": "Phường Hạc Thành", "kind": "phuong"},
        {"ma_xa": 14797, "ten_xa": "Phường Hạc Thành"},
        {"MaPhuongXa": 14797.0, "Tên đơn vị": "Hạc Thành", "Loại": "Phường"},
        {"ward_code": "14797", "ward_name": "Ha\u0323c Thành", "kind": "phường", "valid_from": "2025-07-01"},
    ],
)
def test_columns_of_any_office_are_understood(properties: dict[str, Any]) -> None:
    report = wards_of_geojson(collection(feature(properties)), valid_from=MERGER)
    assert report.faults == ()
    made = report.wards[0]
    assert (made.code, made.name, made.kind, made.valid_from) == ("14797", "Phường Hạc Thành", "phuong", MERGER)


def test_bad_rows_are_named_and_left_out_and_good_ones_kept() -> None:
    good = {"code": "14797", "name": "Phường Hạc Thành"}
    report = wards_of_geojson(
        collection(
            feature(good),
            feature({"code": "14758", "name": "Phường Hàm Rồng"}, BOW_TIE),
            feature({"name": "Phường Không Mã"}),
            feature({"code": "1"}),
            feature(good),
            feature({"code": "2", "name": "Xã Hai", "valid_from": "hôm qua"}),
            feature({"code": "3", "name": "Xã Ba", "valid_to": "2020-01-01"}),
        ),
        valid_from=MERGER,
    )
    assert report.valid == 1
    assert [(fault.row, fault.reasons[0].code) for fault in report.faults] == [
        (2, "self-intersection"),
        (3, "no-code"),
        (4, "no-name"),
        (5, "ward-twice"),
        (6, "bad-date"),
        (7, "bad-date"),
    ]
    assert report.faults[0].label == "14758 Phường Hàm Rồng"
    assert report.invalid == 6


def test_a_row_without_a_day_needs_one_from_outside() -> None:
    report = wards_of_geojson(collection(feature({"code": "14797", "name": "Phường Hạc Thành"})))
    assert report.faults[0].reasons[0].code == "no-date"


def test_a_file_with_its_axes_swapped_is_refused_whole(tmp_path: Path) -> None:
    swapped = shapely.transform(SQUARE, lambda points: points[:, ::-1])
    document = collection(feature({"code": "1", "name": "Xã Một"}, json.loads(shapely.to_geojson(swapped))))
    with pytest.raises(Refused) as refused:
        read_wards(saved(tmp_path, document), valid_from=MERGER)
    assert refused.value.reason.code == "axes-swapped"


def test_metres_named_as_degrees_are_refused_and_named_as_metres_are_turned(tmp_path: Path) -> None:
    metres = json.loads(shapely.to_geojson(in_metres(SQUARE, 5897)))
    row = feature({"code": "1", "name": "Xã Một"}, metres)
    with pytest.raises(Refused) as refused:
        read_wards(saved(tmp_path, collection(row)), valid_from=MERGER)
    assert refused.value.reason.code == "metres-not-degrees"
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::5897"}}
    for report in (
        read_wards(saved(tmp_path, collection(row, crs=named)), valid_from=MERGER),
        read_wards(saved(tmp_path, collection(row)), valid_from=MERGER, epsg=5897),
    ):
        assert report.wards[0].geometry.equals_exact(SQUARE, 1e-7)


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"type":"FeatureCollection","features":[]}', "\ufeff{"])
def test_a_file_that_is_no_layer_is_refused_in_both_languages(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.geojson"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Refused) as refused:
        read_wards(path)
    assert refused.value.reason.code == "not-a-layer"
    assert "x.geojson" in refused.value.reason.vi or "GeoJSON" in refused.value.reason.vi


@pytest.mark.parametrize("name", ["x.gpkg", "x.shp"])
def test_a_broken_binary_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x00not a layer")
    with pytest.raises(Refused) as refused:
        read_wards(tmp_path / name)
    assert refused.value.reason.code == "not-a-layer"


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        read_wards(tmp_path / "wards.gpkg")
    assert refused.value.reason.code == "no-file"


@pytest.mark.parametrize(("name", "driver"), [("wards.gpkg", "GPKG"), ("wards.shp", "ESRI Shapefile")])
@pytest.mark.parametrize("epsg", [4326, 5897, 9209])
def test_geopackage_and_shapefile_are_read_in_any_vn2000_zone(
    tmp_path: Path, name: str, driver: str, epsg: int
) -> None:
    shapes = [HAC_THANH.geometry, HAM_RONG.geometry]
    if epsg != 4326:
        shapes = [in_metres(shape, epsg) for shape in shapes]
    columns = {"MA_XA": ["14797", "14758"], "TEN_XA": ["Phường Hạc Thành", "Phường Hàm Rồng"]}
    path = tmp_path / name
    geopandas.GeoDataFrame(columns, geometry=shapes, crs=epsg).to_file(path, driver=driver, encoding="utf-8")
    report = read_wards(path, valid_from=date(2025, 7, 1))
    assert report.faults == ()
    assert [ward.name for ward in report.wards] == ["Phường Hạc Thành", "Phường Hàm Rồng"]
    assert report.wards[0].geometry.normalize().equals_exact(HAC_THANH.geometry.normalize(), 1e-6)
