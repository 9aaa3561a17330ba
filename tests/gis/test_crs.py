import math

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj.transformer import TransformerGroup

from gis.crs import (
    VN2000_DEGREES,
    ZONES,
    axes_swapped,
    from_wgs84,
    geometry_to_wgs84,
    in_vietnam,
    to_wgs84,
    zone_of,
)
from gis.nearest import haversine_m
from gis.reason import Refused
from tests.gis.conftest import HAC_THANH

zones = st.sampled_from(sorted(ZONES))
offsets = st.floats(-2.5, 2.5)
lats = st.floats(8.0, 23.5)


@given(zones, offsets, lats)
def test_wgs84_survives_the_round_trip_through_vn2000_within_a_centimetre(epsg: int, offset: float, lat: float) -> None:
    lon = ZONES[epsg].meridian + offset
    again = to_wgs84(epsg, *from_wgs84(epsg, lon, lat))
    assert haversine_m(lon, lat, *again) < 0.01


@given(zones, st.floats(300_000, 700_000), st.floats(900_000, 2_600_000))
def test_vn2000_survives_the_round_trip_through_wgs84_within_a_centimetre(epsg: int, x: float, y: float) -> None:
    again = from_wgs84(epsg, *to_wgs84(epsg, x, y))
    assert math.dist((x, y), again) < 0.01


@given(st.sampled_from([5897, 9209, 9210, 3405, 3406]), offsets, lats)
def test_the_grid_agrees_with_an_operation_of_the_epsg_registry(epsg: int, offset: float, lat: float) -> None:
    x, y = from_wgs84(epsg, ZONES[epsg].meridian + offset, lat)
    registry = [one.transform(x, y) for one in TransformerGroup(epsg, 4326, always_xy=True).transformers]
    assert min(haversine_m(*point, *to_wgs84(epsg, x, y)) for point in registry) < 0.01


def test_the_datum_shift_is_not_forgotten() -> None:
    lon, lat = to_wgs84(VN2000_DEGREES, 105.0, 19.0)
    assert 180 < haversine_m(105.0, 19.0, lon, lat) < 260


@pytest.mark.parametrize(
    ("province", "epsg"),
    [
        ("Thanh Hóa", 5897),
        ("Tỉnh Thanh Hóa", 5897),
        ("thanh hoa", 5897),
        ("Hà Tĩnh", 9209),
        ("Ha\u0300 Ti\u0303nh", 9209),
        ("TP. Hồ Chí Minh", 9210),
        ("Đắk Lắk", 9218),
    ],
)
def test_a_province_names_its_zone(province: str, epsg: int) -> None:
    assert zone_of(province).epsg == epsg


def test_an_unknown_province_has_no_zone() -> None:
    with pytest.raises(LookupError):
        zone_of("Atlantis")


def test_a_geometry_is_turned_whole() -> None:
    there = geometry_to_wgs84(HAC_THANH.geometry, 4326)
    assert there.equals(HAC_THANH.geometry)
    x, y = from_wgs84(5897, 105.75, 19.78)
    back = geometry_to_wgs84(shapely.Point(x, y, 7.0), 5897)
    assert haversine_m(105.75, 19.78, back.x, back.y) < 0.01
    assert not back.has_z


def test_an_unknown_system_and_an_impossible_point_are_refused_in_both_languages() -> None:
    for epsg, x, y in ((999_999, 1.0, 1.0), (9209, 1e30, 1.0)):
        with pytest.raises(Refused) as refused:
            to_wgs84(epsg, x, y)
        assert refused.value.reason.vi
        assert refused.value.reason.en


@given(st.floats(102.1, 109.5), st.floats(8.1, 23.4))
def test_exchanged_degrees_are_noticed_and_right_ones_are_not(lon: float, lat: float) -> None:
    assert axes_swapped([lat], [lon])
    assert not axes_swapped([lon], [lat])
    assert in_vietnam(lon, lat)


def test_exchanged_metres_are_noticed() -> None:
    x, y = from_wgs84(5897, 105.78, 19.81)
    assert axes_swapped([y], [x])
    assert not axes_swapped([x], [y])
