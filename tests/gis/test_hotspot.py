"""Gi*: the worked example, what must not change it, and what must not break it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gis.hotspot import Grid, confidence, false_discovery, gi_star, groups, hot_cells, p_values
from gis.nearest import haversine_m

WORKED = np.array([[1, 0, 1, 2, 1], [0, 1, 2, 1, 0], [1, 2, 9, 8, 1], [0, 1, 7, 6, 1], [1, 0, 1, 1, 0]])
HAC_THANH = (105.74, 19.78, 105.80, 19.83)

shapes = st.tuples(st.integers(1, 8), st.integers(1, 8))
fields = shapes.flatmap(lambda shape: arrays.arrays(np.int64, shape, elements=st.integers(0, 60)))


def test_the_worked_example() -> None:
    assert WORKED.mean() == pytest.approx(1.92)
    assert WORKED.std() == pytest.approx(2.544, abs=5e-4)
    z = gi_star(WORKED)
    named = {"centre": z[2, 2], "right": z[2, 3], "below": z[3, 2], "diagonal": z[3, 3], "corner": z[0, 0]}
    rounded = {name: round(float(value), 2) for name, value in named.items()}
    assert rounded == {"centre": 3.16, "right": 2.84, "below": 2.84, "diagonal": 2.68, "corner": -1.19}


def test_four_cells_of_the_worked_example_are_sure_to_99_percent() -> None:
    z = gi_star(WORKED)
    sure = [(int(row), int(column)) for row, column in np.argwhere(z > 0) if confidence(z[row, column]) == 99]
    assert sure == [(2, 2), (2, 3), (3, 2), (3, 3)]


def test_the_hottest_cell_comes_first_with_its_count() -> None:
    first, _, third, *_ = hot_cells(WORKED)
    assert (first.row, first.column, first.count, round(first.z, 2)) == (2, 2, 9, 3.16)
    assert first.q == third.q == pytest.approx(25 / 3 * math.erfc(third.z / math.sqrt(2)))


@given(fields, st.integers(1, 500))
def test_more_everywhere_changes_nothing(field: np.ndarray, more: int) -> None:
    assert np.allclose(gi_star(field), gi_star(field + more), atol=1e-6)


@given(fields, st.integers(1, 9))
def test_a_multiple_changes_nothing(field: np.ndarray, times: int) -> None:
    assert np.allclose(gi_star(field), gi_star(field * times), atol=1e-6)


@given(fields)
def test_turning_and_mirroring_the_field_turns_the_answer(field: np.ndarray) -> None:
    assert np.allclose(gi_star(np.rot90(field)), np.rot90(gi_star(field)), atol=1e-9)
    assert np.allclose(gi_star(field[::-1]), gi_star(field)[::-1], atol=1e-9)


@given(fields, st.integers(0, 3), st.integers(0, 3))
def test_cells_that_take_no_part_change_nothing(field: np.ndarray, above: int, before: int) -> None:
    framed = np.pad(field, ((above, 1), (before, 2)), constant_values=7)
    inside = np.pad(np.ones(field.shape, dtype=bool), ((above, 1), (before, 2)))
    rows, columns = field.shape
    z = gi_star(framed, inside)
    assert np.allclose(z[above : above + rows, before : before + columns], gi_star(field), atol=1e-9)
    assert not z[~inside].any()


@given(shapes, st.integers(0, 1000))
def test_where_all_is_alike_nothing_is_hot(shape: tuple[int, int], level: int) -> None:
    with np.errstate(all="raise"):
        field = np.full(shape, level, dtype=np.int64)
        assert not gi_star(field).any()
        assert hot_cells(field) == []


def test_nothing_at_all_is_not_hot() -> None:
    with np.errstate(all="raise"):
        assert gi_star(np.zeros((0, 0))).shape == (0, 0)
        assert hot_cells(np.zeros((0, 0), dtype=np.int64)) == []
        assert hot_cells(np.array([[5]])) == []
        assert hot_cells(WORKED, np.zeros(WORKED.shape, dtype=bool)) == []
        assert false_discovery([]).shape == (0,)


@pytest.mark.parametrize(
    ("z", "percent"), [(0.0, 0), (1.64, 0), (1.65, 90), (1.96, 95), (2.57, 95), (2.58, 99), (-2.6, 99)]
)
def test_bins(z: float, percent: int) -> None:
    assert confidence(z) == percent


def test_p_of_the_usual_limits() -> None:
    assert p_values([0.0, 1.959964, -2.575829]) == pytest.approx([1.0, 0.05, 0.01], abs=1e-6)


def test_benjamini_and_hochbergs_own_example() -> None:
    """The fifteen p-values of their paper of 1995: the four smallest stand at a rate of 0.05."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    p += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert [bool(q <= 0.05) for q in false_discovery(p)] == [True] * 4 + [False] * 11


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_an_adjusted_p_is_never_smaller_and_keeps_the_order(p: list[float]) -> None:
    q = false_discovery(p)
    assert (q >= np.asarray(p) - 1e-12).all() and (q <= 1).all()
    order = np.argsort(p, kind="stable")
    assert (np.diff(q[order]) >= -1e-12).all()


def test_a_cell_is_square_in_metres() -> None:
    grid = Grid.over(HAC_THANH, 500)
    (west, south), (east, _), (_, north), *_ = grid.corners(grid.rows // 2, 3)
    assert haversine_m(west, south, east, south) == pytest.approx(500, rel=1e-3)
    assert haversine_m(west, south, west, north) == pytest.approx(500, rel=1e-9)


@given(st.floats(HAC_THANH[0], HAC_THANH[2], exclude_max=True), st.floats(HAC_THANH[1], HAC_THANH[3], exclude_max=True))
def test_every_point_of_the_box_is_counted_once_in_the_cell_around_it(lon: float, lat: float) -> None:
    grid = Grid.over(HAC_THANH, 400)
    counts = grid.count([lon], [lat])
    assert counts.sum() == 1
    ((row, column),) = np.argwhere(counts)
    (west, south), _, (east, north), *_ = grid.corners(int(row), int(column))
    assert west - 1e-9 <= lon <= east + 1e-9 and south - 1e-9 <= lat <= north + 1e-9
    middle = grid.centre(int(row), int(column))
    assert west < middle[0] < east and south < middle[1] < north


def test_points_elsewhere_count_nowhere() -> None:
    grid = Grid.over(HAC_THANH, 400)
    assert grid.count([106.4, math.nan, 105.76], [18.1, 19.8, 19.9]).sum() == 0
    assert grid.count([], []).sum() == 0


@pytest.mark.parametrize(
    ("bbox", "cell_m"),
    [((1, 1, 1, 2), 500), (HAC_THANH, 0), (HAC_THANH, math.nan), ((-180.0, -80.0, 180.0, 80.0), 500)],
)
def test_an_impossible_grid_is_refused(bbox: tuple[float, float, float, float], cell_m: float) -> None:
    with pytest.raises(ValueError):
        Grid.over(bbox, cell_m)


def test_cells_that_touch_are_one_group() -> None:
    field = np.zeros((12, 12), dtype=np.int64)
    field[1, 1] = field[2, 2] = 20
    field[9, 9] = 30
    found = groups([cell for cell in hot_cells(field) if cell.count])
    assert [[(cell.row, cell.column) for cell in group] for group in found] == [[(1, 1), (2, 2)], [(9, 9)]]
