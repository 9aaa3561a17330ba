import json
from datetime import date
from pathlib import Path

import pytest
import shapely

from gis.city_places import CityGis
from gis.gazetteer import Gazetteer, NamedPlace
from gis.reason import Refused
from gis.wards import Ward, WardIndex
from tests.gis.conftest import ROOT, VUNG_ANG

PORT = NamedPlace("Cảng Vũng Áng", "port", 106.4080, 18.1119, 100)
TODAY = date(2026, 11, 21)


@pytest.fixture
def places(wards: list[Ward]) -> CityGis:
    return CityGis(WardIndex(wards, tolerance_m=300), Gazetteer([PORT]), VUNG_ANG.geometry, 300)


def test_a_point_has_its_ward_and_the_name_people_use(places: CityGis) -> None:
    placed = places.place(106.409, 18.110, TODAY)
    assert placed.ward is not None
    assert (placed.ward.code, placed.ward.name, placed.ward.valid_from) == (
        "18823",
        "Phường Vũng Áng",
        date(2025, 7, 1),
    )
    assert placed.name == "Cảng Vũng Áng"
    assert placed.name_m == pytest.approx(236, abs=5)
    assert places.name_near(106.36, 18.02) is None


def test_a_point_at_sea_within_the_tolerance_is_served(places: CityGis) -> None:
    placed = places.place(106.4415, 18.07, TODAY)
    assert placed.ward is not None
    assert 100 < placed.ward.outside_m < 300
    assert places.inside(106.4415, 18.07)
    assert not places.inside(106.4470, 18.07)


def test_a_point_elsewhere_is_nowhere(places: CityGis) -> None:
    assert places.place(105.0, 21.0, TODAY).ward is None
    assert not places.inside(105.77, 19.81)


def test_the_area_may_be_a_box_or_all_wards_of_today(wards: list[Ward]) -> None:
    boxed = CityGis(WardIndex(wards), Gazetteer([]), (106.0, 18.0, 107.0, 19.0))
    assert boxed.inside(106.9, 18.9)
    assert CityGis(WardIndex(wards), Gazetteer([])).inside(105.77, 19.81)
    assert boxed.bbox == (106.0, 18.0, 107.0, 19.0)


@pytest.mark.parametrize("city", ["thanh-hoa", "ky-anh"])
def test_the_cities_of_the_repository_have_usable_wards(city: str) -> None:
    places = CityGis.from_city_files(ROOT / "cities" / city / "layers" / "wards.geojson", tolerance_m=500)
    for ward in places.wards.wards:
        point = ward.geometry.representative_point()
        placed = places.place(point.x, point.y, TODAY)
        assert placed.ward is not None
        assert (placed.ward.code, placed.ward.approximate) == (ward.code, True)
        assert places.inside(point.x, point.y)


def test_a_file_with_one_bad_ward_is_refused(tmp_path: Path) -> None:
    good = {"code": "1", "name": "Xã Một", "valid_from": "2025-07-01"}
    square = json.loads(shapely.to_geojson(shapely.box(105, 19, 105.1, 19.1)))
    features = [
        {"type": "Feature", "properties": good, "geometry": square},
        {"type": "Feature", "properties": {"code": "2"}, "geometry": square},
    ]
    path = tmp_path / "wards.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    with pytest.raises(Refused):
        CityGis.from_city_files(path)
