from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.validate import POLYGONS, check_geometry, check_point

SQUARE = [[105.0, 19.0], [105.1, 19.0], [105.1, 19.1], [105.0, 19.1], [105.0, 19.0]]
BOW_TIE = [[105.0, 19.0], [105.1, 19.1], [105.1, 19.0], [105.0, 19.1], [105.0, 19.0]]


def polygon(*rings: list[list[float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        (polygon(BOW_TIE), "self-intersection"),
        (polygon(SQUARE[:-1]), "ring-not-closed"),
        (polygon(SQUARE[:2]), "ring-too-short"),
        (polygon([[y, x] for x, y in SQUARE]), "axes-swapped"),
        (polygon([[x * 5000, y * 100_000] for x, y in SQUARE]), "metres-not-degrees"),
        (polygon([[x, float("nan")] for x, _ in SQUARE]), "not-a-number"),
        (polygon([[x, float("inf")] for x, _ in SQUARE]), "not-a-number"),
        (polygon([[x, True] for x, _ in SQUARE]), "not-a-number"),
        (polygon([[x, "19"] for x, _ in SQUARE]), "not-a-number"),  # type: ignore[list-item]
        (polygon([[x - 200, y] for x, y in SQUARE]), "out-of-range"),
        (polygon(), "empty"),
        ({"type": "MultiPolygon", "coordinates": [[], [SQUARE]]}, "empty"),
        ({"type": "LineString", "coordinates": SQUARE[:1]}, "line-too-short"),
        ({"type": "Point", "coordinates": [105.0]}, "not-a-number"),
        ({"type": "Point", "coordinates": [10**400, 19]}, "not-a-number"),
        ({"type": "GeometryCollection", "geometries": []}, "kind-not-taken"),
        ({"type": "Polygon"}, "not-a-number"),
        ({"type": []}, "not-geojson"),
        ("Polygon", "not-geojson"),
        (None, "not-geojson"),
    ],
)
def test_a_bad_geometry_is_refused_with_its_reason_in_both_languages(geometry: Any, code: str) -> None:
    checked = check_geometry(geometry)
    assert checked.geometry is None
    assert [reason.code for reason in checked.reasons] == [code]
    assert all(reason.vi and reason.en and reason.vi != reason.en for reason in checked.reasons)


def test_a_good_polygon_with_a_hole_is_taken() -> None:
    hole = [[105.04, 19.04], [105.06, 19.04], [105.06, 19.06], [105.04, 19.06], [105.04, 19.04]]
    checked = check_geometry(polygon(SQUARE, hole))
    assert checked.reasons == ()
    assert checked.geometry is not None
    assert checked.geometry.area == pytest.approx(0.01 - 0.0004)


def test_a_height_is_passed_over() -> None:
    checked = check_geometry({"type": "Point", "coordinates": [105.0, 19.0, 12.5]})
    assert checked.geometry is not None
    assert not checked.geometry.has_z


def test_size_and_kind_are_limited() -> None:
    assert check_geometry(polygon(SQUARE), max_positions=4).reasons[0].code == "too-large"
    assert (
        check_geometry({"type": "Point", "coordinates": [105, 19]}, kinds=POLYGONS).reasons[0].code == "kind-not-taken"
    )


def test_the_world_is_taken_when_asked_for() -> None:
    assert check_geometry({"type": "Point", "coordinates": [-74.0, 40.7]}, in_vietnam=False).reasons == ()
    assert check_geometry({"type": "Point", "coordinates": [-274.0, 40.7]}, in_vietnam=False).reasons


def test_a_point_is_told_what_is_wrong_with_it() -> None:
    assert check_point(105.78, 19.81) == ()
    assert check_point(19.81, 105.78)[0].code == "axes-swapped"
    assert check_point(587_000.0, 2_190_000.0)[0].code == "metres-not-degrees"
    assert check_point(None, 19.0)[0].code == "not-a-number"
    assert check_point(0.0, 0.0)[0].code == "out-of-range"


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@given(st.sampled_from(["Point", "LineString", "Polygon", "MultiPolygon", "Circle"]), anything)
def test_nothing_sent_makes_the_check_fail_itself(kind: str, coordinates: Any) -> None:
    checked = check_geometry({"type": kind, "coordinates": coordinates})
    assert (checked.geometry is None) == bool(checked.reasons)
