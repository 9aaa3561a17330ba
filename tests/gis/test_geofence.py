import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.geofence import Geofence
from gis.nearest import METRES_PER_DEGREE

AREA = shapely.box(106.36, 18.02, 106.44, 18.12)


def test_the_tolerance_widens_the_area() -> None:
    metre = 1 / METRES_PER_DEGREE
    strict, wide = Geofence(AREA), Geofence(AREA, tolerance_m=500)
    assert strict.inside(106.40, 18.12)
    assert not strict.inside(106.40, 18.12 + 10 * metre)
    assert wide.inside(106.40, 18.12 + 490 * metre)
    assert not wide.inside(106.40, 18.12 + 510 * metre)
    assert wide.distance_m(106.40, 18.12 + 490 * metre) == pytest.approx(490, abs=1)
    assert wide.distance_m(106.40, 18.05) == 0


def test_what_is_no_place_is_outside() -> None:
    assert not Geofence(AREA, tolerance_m=500).inside(float("nan"), 18.05)


def test_a_mover_enters_and_leaves() -> None:
    fence, inside, outside = Geofence(AREA), (106.40, 18.05), (106.50, 18.05)
    assert fence.crossing(None, inside) == "enter"
    assert fence.crossing(outside, inside) == "enter"
    assert fence.crossing(inside, outside) == "leave"
    assert fence.crossing(inside, inside) is None
    assert fence.crossing(None, outside) is None


@given(st.lists(st.tuples(st.floats(106.3, 106.5), st.floats(17.9, 18.2)), min_size=1, max_size=20))
def test_many_at_once_are_judged_like_each_alone(points: list[tuple[float, float]]) -> None:
    fence = Geofence(AREA, tolerance_m=300)
    together = fence.inside_many(np.array([x for x, _ in points]), np.array([y for _, y in points]))
    assert together.tolist() == [fence.inside(x, y) for x, y in points]
