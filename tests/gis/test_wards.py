from datetime import UTC, date, datetime

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.nearest import METRES_PER_DEGREE, haversine_m
from gis.reason import Refused
from gis.wards import NO_WARD, Ward, WardIndex
from tests.gis.conftest import HAC_THANH, HAM_RONG, OLD_DONG_THO, VUNG_ANG, VUNG_ANG_PARTS, ward

TODAY = date(2026, 11, 21)
ALL = WardIndex([OLD_DONG_THO, HAC_THANH, HAM_RONG, VUNG_ANG], tolerance_m=300)


def name_at(index: WardIndex, lon: float, lat: float, at: date | datetime | None = TODAY) -> str | None:
    found = index.ward_of(lon, lat, at)
    return found.ward.name if found else None


def test_a_reused_code_means_another_unit_after_the_merger(index: WardIndex) -> None:
    assert name_at(index, 105.77, 19.81, date(2025, 6, 30)) == "Phường Đông Thọ"
    assert name_at(index, 105.77, 19.81, date(2025, 7, 1)) == "Phường Hạc Thành"
    before, after = index.by_code("14758", date(2025, 6, 30)), index.by_code("14758", date(2025, 7, 1))
    assert before is not None
    assert after is not None
    assert (before.name, after.name) == ("Phường Đông Thọ", "Phường Hàm Rồng")
    assert before.valid_to == date(2025, 6, 30)
    assert index.get("14758", date(2025, 7, 1)) == after


def test_the_day_is_a_day_in_vietnam(index: WardIndex) -> None:
    last_of_june = datetime(2025, 6, 30, 16, 59, tzinfo=UTC)
    first_of_july = datetime(2025, 6, 30, 17, 0, tzinfo=UTC)
    assert name_at(index, 105.77, 19.81, last_of_june) == "Phường Đông Thọ"
    assert name_at(index, 105.77, 19.81, first_of_july) == "Phường Hạc Thành"
    with pytest.raises(ValueError, match="zone"):
        index.ward_of(105.77, 19.81, datetime(2025, 7, 1))  # noqa: DTZ001


def test_without_a_day_it_is_today(index: WardIndex) -> None:
    assert name_at(index, 105.77, 19.81, None) == "Phường Hạc Thành"
    assert OLD_DONG_THO.name not in [unit.name for unit in index.valid()]


def test_before_any_map_there_is_no_ward(index: WardIndex) -> None:
    assert name_at(index, 106.40, 18.05, date(2025, 6, 30)) is None


@pytest.mark.parametrize("part", VUNG_ANG_PARTS)
def test_each_part_of_vung_ang_is_vung_ang(index: WardIndex, part: shapely.Polygon) -> None:
    assert name_at(index, part.centroid.x, part.centroid.y) == "Phường Vũng Áng"


def test_a_point_on_a_shared_edge_has_one_ward_always_the_same(index: WardIndex) -> None:
    assert {name_at(index, 105.77, 19.82) for _ in range(5)} == {"Phường Hàm Rồng"}
    assert index.wards[index.tag([105.77], [19.82], TODAY)[0]].name == "Phường Hàm Rồng"


def test_a_point_off_the_coast_is_given_to_the_ward_within_the_tolerance(index: WardIndex) -> None:
    metre = 1 / (METRES_PER_DEGREE * np.cos(np.radians(18.07)))
    near, far = 106.44 + 250 * metre, 106.44 + 350 * metre
    found = index.ward_of(near, 18.07, TODAY)
    assert found is not None
    assert found.distance_m == pytest.approx(250, abs=1)
    assert name_at(index, far, 18.07) is None
    assert WardIndex([VUNG_ANG]).ward_of(near, 18.07, TODAY) is None


def test_the_nearer_ward_wins_off_the_coast() -> None:
    west = ward("1", "Xã Tây", shapely.box(106.00, 18.0, 106.10, 18.1))
    east = ward("2", "Xã Đông", shapely.box(106.102, 18.0, 106.20, 18.1))
    assert name_at(WardIndex([west, east], tolerance_m=500), 106.1015, 18.05) == "Xã Đông"
    assert name_at(WardIndex([west, east], tolerance_m=500), 106.1005, 18.05) == "Xã Tây"


@pytest.mark.parametrize(
    ("lon", "lat"), [(float("nan"), 19.0), (105.0, float("nan")), (float("inf"), 0), (19.8, 105.7)]
)
def test_what_is_no_place_has_no_ward(index: WardIndex, lon: float, lat: float) -> None:
    assert index.ward_of(lon, lat, TODAY) is None
    assert index.tag([lon], [lat], TODAY).tolist() == [NO_WARD]


def test_one_unit_twice_is_refused_in_words(wards: list[Ward]) -> None:
    with pytest.raises(Refused) as refused:
        WardIndex([*wards, HAC_THANH])
    assert "14797" in refused.value.reason.vi


def test_an_index_may_be_empty() -> None:
    assert WardIndex([]).ward_of(105.0, 19.0) is None
    assert WardIndex([], tolerance_m=100).tag([105.0], [19.0]).tolist() == [NO_WARD]


parts = st.sampled_from(
    [(unit, part) for unit in (HAC_THANH, HAM_RONG, VUNG_ANG) for part in shapely.get_parts(unit.geometry)]
)


@given(parts, st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_every_point_inside_a_unit_is_tagged_with_it(chosen: tuple[Ward, shapely.Polygon], u: float, v: float) -> None:
    unit, part = chosen
    west, south, east, north = part.bounds
    found = ALL.ward_of(west + u * (east - west), south + v * (north - south), TODAY)
    assert found is not None
    assert (found.ward.code, found.distance_m) == (unit.code, 0.0)


points = st.lists(st.tuples(st.floats(105.7, 106.5), st.floats(17.9, 19.9)), min_size=1, max_size=40)


@settings(deadline=None)
@given(points, st.sampled_from([date(2025, 1, 1), TODAY]))
def test_many_points_at_once_get_what_each_gets_alone(some: list[tuple[float, float]], day: date) -> None:
    tags = ALL.tag([lon for lon, _ in some], [lat for _, lat in some], day)
    alone = [ALL.ward_of(lon, lat, day) for lon, lat in some]
    assert [ALL.wards[tag].key if tag != NO_WARD else None for tag in tags] == [
        found.ward.key if found else None for found in alone
    ]


@given(st.floats(106.30, 106.50), st.floats(17.95, 18.15))
def test_the_snapped_distance_is_the_true_one(lon: float, lat: float) -> None:
    found = ALL.ward_of(lon, lat, TODAY)
    if found is None or found.distance_m == 0:
        return
    edge = shapely.segmentize(found.ward.geometry, 0.0005)
    true = min(haversine_m(x, y, lon, lat) for x, y in shapely.get_coordinates(edge))
    assert found.distance_m <= true + 0.5
    assert found.distance_m >= true - 30  # the vertices stand up to 55 m apart
