"""The hand-made wards: whole, side by side, and around the places known to lie in them."""

import json
from itertools import combinations
from pathlib import Path

import pytest
from shapely.geometry import Point, shape
from shapely.geometry.base import BaseGeometry

CITIES = Path(__file__).parents[2] / "cities"
TOWNS = {
    "thanh-hoa": {"14797", "14758", "16522", "16417", "16378", "15853", "15925"},
    "ky-anh": {"18754", "18781", "18823", "18832"},
}
INSIDE = [
    ("thanh-hoa", "14797", 105.7866, 19.8041), ("thanh-hoa", "14758", 105.7748, 19.8453),
    ("thanh-hoa", "16522", 105.8154, 19.7655), ("thanh-hoa", "16417", 105.7302, 19.7687),
    ("thanh-hoa", "16378", 105.6943, 19.8153), ("thanh-hoa", "15853", 105.7274, 19.8511),
    ("thanh-hoa", "15925", 105.8154, 19.8305), ("thanh-hoa", "14758", 105.7931, 19.8386),
    ("thanh-hoa", "15925", 105.7975, 19.8345), ("thanh-hoa", "14797", 105.7665, 19.8018),
    ("thanh-hoa", "14797", 105.7775, 19.7895), ("thanh-hoa", "16522", 105.7830, 19.7765),
    ("thanh-hoa", "16378", 105.7328, 19.8191),
    ("ky-anh", "18754", 106.3248, 18.0467), ("ky-anh", "18781", 106.3250, 18.1128),
    ("ky-anh", "18823", 106.3888, 18.0494), ("ky-anh", "18832", 106.4400, 17.9997),
    ("ky-anh", "18823", 106.4080, 18.1119), ("ky-anh", "18823", 106.4593, 18.1032),
    ("ky-anh", "18823", 106.4014, 18.0293), ("ky-anh", "18832", 106.4400, 18.0480),
    ("ky-anh", "18823", 106.4284, 18.0739), ("ky-anh", "18832", 106.4324, 18.0606),
    ("ky-anh", "18781", 106.3211, 18.1377), ("ky-anh", "18754", 106.3385, 18.0644),
]  # fmt: skip


def wards(city: str) -> dict[str, BaseGeometry]:
    return {feature["properties"]["code"]: shape(feature["geometry"]) for feature in features(city)}


def features(city: str) -> list[dict[str, dict[str, object]]]:
    path = CITIES / city / "layers" / "wards.geojson"
    return list(json.loads(path.read_text(encoding="utf-8"))["features"])


@pytest.mark.parametrize(("city", "code", "lon", "lat"), INSIDE)
def test_a_known_place_lies_in_its_ward(city: str, code: str, lon: float, lat: float) -> None:
    assert [found for found, outline in wards(city).items() if outline.covers(Point(lon, lat))] == [code]


@pytest.mark.parametrize("city", TOWNS)
def test_wards_are_marked_approximate_and_dated(city: str) -> None:
    for feature in features(city):
        assert feature["properties"]["approximate"] is True
        assert feature["properties"]["valid_from"] == "2025-07-01"
    assert wards(city).keys() == TOWNS[city]


@pytest.mark.parametrize("city", TOWNS)
def test_neighbours_share_their_edge_exactly(city: str) -> None:
    outlines = wards(city)
    for one, other in combinations(outlines.values(), 2):
        assert one.intersection(other).area == 0
    for code, outline in outlines.items():
        rest = [other for name, other in outlines.items() if name != code]
        assert any(outline.boundary.intersection(other.boundary).length > 0.005 for other in rest)


def test_vung_ang_has_its_islands() -> None:
    parts = sorted(part.area for part in wards("ky-anh")["18823"].geoms)
    assert len(parts) == 4
    assert parts[-1] > 100 * parts[-2]


@pytest.mark.parametrize(("city", "km2"), [("thanh-hoa", 241.3), ("ky-anh", 258.0)])
def test_the_whole_is_about_as_large_as_the_real_one(city: str, km2: float) -> None:
    degree_km2 = 111.2**2 * (0.941 if city == "thanh-hoa" else 0.951)
    assert sum(outline.area for outline in wards(city).values()) * degree_km2 == pytest.approx(km2, rel=0.03)
