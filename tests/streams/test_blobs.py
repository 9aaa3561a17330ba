"""Blobs are cut where two things touch, put together where one is torn, and nothing is lost or made up on the way."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streams.blobs import Sizes, cut, things

HEIGHT, WIDTH = 90, 160
LEAST = 6


def taught(width: float = 20) -> Sizes:
    sizes = Sizes(HEIGHT)
    for bottom in range(0, HEIGHT, 3):
        for _ in range(12):
            sizes.learn(bottom, width)
    return sizes


def mask(*rectangles: tuple[int, int, int, int]) -> np.ndarray:
    drawn = np.zeros((HEIGHT, WIDTH), np.uint8)
    for x, y, w, h in rectangles:
        cv2.rectangle(drawn, (x, y), (x + w - 1, y + h - 1), 255, -1)
    return drawn


def test_two_cars_that_touch_in_the_lane_are_two() -> None:
    touching = mask((40, 10, 20, 18), (47, 28, 6, 4), (40, 32, 20, 18))
    assert len(things(touching, taught(), LEAST)) == 2


def test_one_car_is_one_and_a_torn_one_too() -> None:
    assert len(things(mask((40, 10, 20, 18)), taught(), LEAST)) == 1
    assert len(things(mask((40, 10, 20, 8), (40, 21, 20, 8)), taught(), LEAST)) == 1


def test_two_pieces_that_are_larger_than_a_thing_stay_two() -> None:
    assert len(things(mask((40, 10, 20, 18), (40, 31, 20, 18)), taught(), LEAST)) == 2


def test_what_is_too_small_is_nothing() -> None:
    assert things(mask((40, 10, 2, 2)), taught(), LEAST) == []


def test_sizes_are_learned_by_row_and_between_the_rows() -> None:
    sizes = Sizes(HEIGHT)
    assert sizes.usual(50) is None
    for _ in range(12):
        sizes.learn(10, 8)
        sizes.learn(80, 40)
    between = sizes.usual(45)
    assert between is not None
    assert 8 < between < 40


rectangles = st.tuples(st.integers(0, 130), st.integers(0, 60), st.integers(1, 30), st.integers(1, 30))


@given(st.lists(rectangles, min_size=1, max_size=8), st.one_of(st.none(), st.floats(3, 40)))
def test_the_parts_hold_all_of_the_whole_and_nothing_twice(drawn, usual) -> None:
    whole = mask(*drawn) > 0
    parts = cut(whole, 0, 0, usual)
    assert sum(part.area for part in parts) == np.count_nonzero(whole)
    for part in parts:
        inside = whole[part.y : part.y + part.h, part.x : part.x + part.w]
        assert part.area <= np.count_nonzero(inside)
        assert part.x >= 0 and part.x + part.w <= WIDTH and part.y >= 0 and part.y + part.h <= HEIGHT
