import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.nearest import Points, haversine_m, nearest

SCENE = (105.7764, 19.8067)
UNITS = {"A": (105.7900, 19.8200), "B": (105.7600, 19.7900), "C": (105.8100, 19.8067)}
lonlats = st.tuples(st.floats(102, 118), st.floats(6, 24))


@pytest.mark.parametrize(("unit", "metres"), [("A", 2_052), ("B", 2_528), ("C", 3_515)])
def test_the_worked_distances_of_the_dispatch_rule(unit: str, metres: float) -> None:
    assert haversine_m(*SCENE, *UNITS[unit]) == pytest.approx(metres, abs=0.5)


def test_the_nearest_come_first() -> None:
    names = list(UNITS)
    found = nearest(*SCENE, list(UNITS.values()), limit=2)
    assert [names[near.number] for near in found] == ["A", "B"]
    assert nearest(*SCENE, [], limit=3) == []
    assert nearest(*SCENE, list(UNITS.values()), limit=0) == []


def test_a_reach_leaves_out_the_far_ones() -> None:
    points = Points([x for x, _ in UNITS.values()], [y for _, y in UNITS.values()])
    assert len(points) == 3
    assert [near.number for near in points.nearest(*SCENE, 3, within_m=2_600)] == [0, 1]


def test_points_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        Points([math.nan], [19.0])
    with pytest.raises(ValueError, match="one length"):
        Points([105.0], [19.0, 20.0])


@given(lonlats, lonlats)
def test_distance_is_the_same_both_ways_and_never_below_zero(a: tuple[float, float], b: tuple[float, float]) -> None:
    there, back = haversine_m(*a, *b), haversine_m(*b, *a)
    assert there == pytest.approx(back, abs=1e-6)
    assert there >= 0
    assert Points([b[0]], [b[1]]).distances_m(*a)[0] == pytest.approx(there, abs=1e-6)


@given(lonlats, st.lists(lonlats, min_size=1, max_size=20), st.integers(1, 5))
def test_no_point_left_out_is_nearer(at: tuple[float, float], points: list[tuple[float, float]], limit: int) -> None:
    found = nearest(*at, points, limit)
    metres = sorted(haversine_m(*at, *point) for point in points)[:limit]
    assert [near.distance_m for near in found] == pytest.approx(metres, abs=1e-6)
