import json
import unicodedata
from pathlib import Path

import pytest

from gis.gazetteer import COARSE_M, Gazetteer, NamedPlace, read_landmarks, read_places

PLACES = [
    NamedPlace("Cầu Hàm Rồng", "bridge", 105.7931, 19.8386, 150),
    NamedPlace("Ham Rong", "place", 105.80, 19.84, COARSE_M),
    NamedPlace("Ga Thanh Hóa", "rail_station", 105.7665, 19.8018, 400),
    NamedPlace(unicodedata.normalize("NFD", "Đền Độc Cước"), "temple", 105.9008, 19.7302, 500),
]


@pytest.fixture
def gazetteer() -> Gazetteer:
    return Gazetteer(PLACES)


@pytest.mark.parametrize(
    "text", ["hàm rồng", "ham rong", "HAM RONG", unicodedata.normalize("NFD", "Hàm Rồng"), "rong ham"]
)
def test_a_place_is_found_with_or_without_marks(gazetteer: Gazetteer, text: str) -> None:
    assert "Cầu Hàm Rồng" in [place.name for place in gazetteer.find(text)]


def test_the_marks_typed_and_the_same_name_come_first(gazetteer: Gazetteer) -> None:
    assert [place.name for place in gazetteer.find("ham rong")] == ["Ham Rong", "Cầu Hàm Rồng"]
    assert [place.name for place in gazetteer.find("doc cuoc")] == ["Đền Độc Cước"]
    assert gazetteer.find("  ") == []
    assert gazetteer.find("không có nơi này") == []
    assert len(gazetteer.find("a", limit=1)) <= 1


def test_a_roughly_known_place_names_no_point(gazetteer: Gazetteer) -> None:
    near = gazetteer.nearest(105.80, 19.84)
    assert [found.place.name for found in near] == ["Cầu Hàm Rồng"]
    assert near[0].distance_m < 800
    assert gazetteer.nearest(105.5, 19.5) == []
    assert Gazetteer([]).nearest(105.5, 19.5) == []


def test_places_are_read_from_csv_and_geojson(tmp_path: Path) -> None:
    table = tmp_path / "landmarks.csv"
    table.write_text(
        "name,kind,lon,lat,accuracy_m,ward_code\nGa Thanh Hóa,rail_station,105.7665,19.8018,400,14797\n",
        encoding="utf-8-sig",
    )
    assert read_landmarks(table) == [NamedPlace("Ga Thanh Hóa", "rail_station", 105.7665, 19.8018, 400, "14797")]
    table.write_text(
        "name,kind,lon,lat\nPhường Hạc Thành (điểm nhãn),ward_label,105.7866,19.8041\n", encoding="utf-8-sig"
    )
    (label,) = read_landmarks(table)
    assert label.name == "Phường Hạc Thành"
    found = Gazetteer([label])
    assert [one.name for one in found.find("hac thanh")] == ["Phường Hạc Thành"]
    assert found.nearest(105.7866, 19.8041) == [], "nothing stands where a map writes a name"
    point = {"type": "Point", "coordinates": [105.58333, 19.81667]}
    feature = {"type": "Feature", "properties": {"name": "Hoang Thon", "coarse": True}, "geometry": point}
    layer = tmp_path / "places.geojson"
    layer.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    assert read_places(layer)[0].accuracy_m == COARSE_M
