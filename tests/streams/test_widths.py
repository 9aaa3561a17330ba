"""How wide things are is one straight line over all rows, known from a few of them, whatever stuck together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.widths import Widths, line_through

HEIGHT = 240


def taught(*seen: tuple[float, float]) -> Widths:
    widths = Widths(HEIGHT)
    for bottom, width in seen:
        widths.learn(bottom, width)
    return widths


def test_nothing_is_known_of_two_things_and_all_rows_of_three() -> None:
    assert taught((100, 12), (160, 30)).rows() is None
    rows = taught((100, 12), (160, 30), (220, 48)).rows()
    assert rows is not None
    assert rows[[130, 190]] == pytest.approx([21, 39], abs=0.5)


def test_what_stuck_together_does_not_widen_the_others() -> None:
    ones = [(bottom, 0.3 * (bottom - 60)) for bottom in range(100, 230, 5)]
    twos = [(bottom, 0.6 * (bottom - 60)) for bottom in range(100, 230, 10)]
    rows = taught(*ones, *twos).rows()
    assert rows is not None
    assert rows[[120, 200]] == pytest.approx([18, 42], rel=0.1)


def test_of_one_row_alone_others_are_guessed_by_where_the_horizon_may_be() -> None:
    rows = taught(*[(160, 30)] * 10).rows()
    assert rows is not None
    assert rows[160] == pytest.approx(30, abs=1)
    assert rows[110] == pytest.approx(15, abs=1)


def test_from_straight_above_things_are_as_wide_everywhere() -> None:
    rows = taught(*[(bottom, 40) for bottom in range(40, 230, 10)]).rows()
    assert rows is not None
    assert rows[60:] == pytest.approx(40, abs=4)


def test_what_is_seen_later_is_learned() -> None:
    widths = taught(*[(160, 30)] * 10)
    before = widths.rows()
    for _ in range(200):
        widths.learn(160, 20)
    after = widths.rows()
    assert before is not None and after is not None
    assert before[160] == pytest.approx(30, abs=1)
    assert after[160] == pytest.approx(20, abs=1)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=80))
def test_every_cloud_of_points_has_a_line(points: list[tuple[float, float]]) -> None:
    assert np.isfinite(line_through(points)).all()
