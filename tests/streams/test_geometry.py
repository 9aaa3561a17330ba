from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from streams.geometry import beyond, inside, meets

Share = st.floats(0, 1)
Place = st.tuples(Share, Share)


@pytest.mark.parametrize(
    ("start", "end", "point", "forward"),
    [
        ((0.2, 0.5), (0.8, 0.5), (0.5, 0.1), True),  # from left to right: forward is up
        ((0.2, 0.5), (0.8, 0.5), (0.5, 0.9), False),
        ((0.5, 0.2), (0.5, 0.8), (0.9, 0.5), True),  # from top to bottom: forward is to the right
        ((0.8, 0.5), (0.2, 0.5), (0.5, 0.9), True),  # from right to left: forward is down
    ],
)
def test_forward_is_where_one_looks_with_the_start_at_the_left_hand(start, end, point, forward):
    assert (beyond(start, end, point) > 0) is forward


@given(Place, Place, Place)
def test_the_other_way_round_is_the_other_side(start, end, point):
    assume(start != end)
    assert beyond(start, end, point) == pytest.approx(-beyond(end, start, point))


@given(Place, Place, Place, Place)
def test_the_way_back_meets_the_line_too(a, b, start, end):
    assume(abs(start[0] - end[0]) + abs(start[1] - end[1]) > 0.01)
    assume(abs(beyond(start, end, a) - beyond(start, end, b)) > 0.01)
    assert meets(a, b, start, end, 0.05) == meets(b, a, start, end, 0.05) or on_the_edge(a, b, start, end)


def on_the_edge(a, b, start, end) -> bool:
    """Rounding decides at the very end of the line."""
    return meets(a, b, start, end, 0.0500001) != meets(a, b, start, end, 0.0499999)


def test_a_way_beside_the_line_does_not_meet_it():
    assert meets((0.5, 0.4), (0.5, 0.6), (0.2, 0.5), (0.8, 0.5))
    assert not meets((0.9, 0.4), (0.9, 0.6), (0.2, 0.5), (0.8, 0.5))


def test_inside_a_polygon_with_a_bay():
    bay = [(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.5, 0.4), (0.1, 0.9)]
    assert inside(bay, (0.2, 0.5))
    assert not inside(bay, (0.5, 0.8))
    assert not inside(bay, (0.95, 0.5))
