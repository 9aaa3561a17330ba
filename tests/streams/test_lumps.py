"""At night a blob is as many vehicles as it has lumps of edges, whichever way it lies; what is small enough is one."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streams.lumps import lumps, vehicles

HEIGHT, WIDTH, CAR = 120, 160, 16.0
LEAST = 6
WIDTHS = np.full(HEIGHT, CAR)
Picture = cv2.typing.MatLike


def night(*cars: tuple[int, int]) -> tuple[Picture, Picture]:
    """A blob along the middles of cars, in which only they have edges: the mask, and the edges."""
    moving, own = np.zeros((HEIGHT, WIDTH), np.uint8), np.full((HEIGHT, WIDTH), -2, np.float32)
    cv2.polylines(moving, [np.array(cars, np.int32)], isClosed=False, color=255, thickness=9)
    for x, y in cars:
        half = int(CAR / 2)
        cv2.rectangle(moving, (x - half, y - 6), (x + half, y + 6), 255, -1)
        cv2.rectangle(own, (x - half + 1, y - 5), (x + half - 1, y + 5), 30, 2)
    return moving, own


def seen(*cars: tuple[int, int]) -> list[tuple[float, float]]:
    """The middles of what was found, from left to right."""
    found = vehicles(*night(*cars), WIDTHS, LEAST)
    return sorted((one.x + one.w / 2, one.y + one.h / 2) for one, _ in found)


def near(found: list[tuple[float, float]], cars: list[tuple[int, int]]) -> bool:
    """Whether each car was found, and nothing else."""
    return len(found) == len(cars) and all(
        abs(x - at) <= CAR / 4 and abs(y - row) <= CAR / 4 for (x, y), (at, row) in zip(found, cars, strict=True)
    )


def test_cars_one_behind_the_other_beside_and_aslant_are_each_found() -> None:
    for cars in ([(80, 40), (81, 62)], [(60, 60), (84, 60)], [(60, 80), (82, 60)], [(50, 90), (72, 68), (94, 46)]):
        assert near(seen(*cars), cars), cars


def test_one_car_is_one_as_it_is() -> None:
    ((one, part),) = vehicles(*night((80, 60)), WIDTHS, LEAST)
    assert not part
    assert (one.x, one.y, one.w, one.h) == (72, 54, 17, 13)


def test_a_car_and_the_light_before_it_are_the_car() -> None:
    moving, own = night((80, 40))
    cv2.rectangle(moving, (74, 40), (86, 80), 255, -1)
    ((one, part),) = vehicles(moving, own, WIDTHS, LEAST)
    assert part
    assert abs(one.x + one.w / 2 - 80) <= 2
    assert abs(one.y + one.h / 2 - 40) <= 2


def test_what_has_no_edges_stays_one() -> None:
    moving, own = night((50, 90), (94, 46))
    assert [part for _, part in vehicles(moving, np.zeros_like(own), WIDTHS, LEAST)] == [False]


def test_a_car_at_the_rim_stays_in_the_picture() -> None:
    found = list(vehicles(*night((4, 117), (20, 95)), WIDTHS, LEAST))
    assert len(found) == 2
    assert all(one.x >= 0 and one.bottom <= HEIGHT for one, _ in found)


def test_far_cars_are_told_apart_where_near_lamps_are_one_car() -> None:
    widths = np.where(np.arange(HEIGHT) < HEIGHT / 2, 8.0, 30.0)
    edges = np.zeros((HEIGHT, WIDTH), np.float32)
    for x, y in ((72, 20), (88, 20), (72, 100), (88, 100)):
        cv2.circle(edges, (x, y), 3, 40, -1)
    assert len(lumps(edges[: HEIGHT // 2], widths[: HEIGHT // 2])) == 2
    assert len(lumps(edges[HEIGHT // 2 :], widths[HEIGHT // 2 :])) == 1


def test_two_halves_of_vehicles_do_not_make_a_third() -> None:
    cars = [(80, 40), (80, 56)]
    assert near(seen(*cars), cars)


@given(st.lists(st.tuples(st.integers(10, 150), st.integers(10, 110)), min_size=1, max_size=6))
def test_every_vehicle_has_a_size_and_a_place(cars: list[tuple[int, int]]) -> None:
    for one, _ in vehicles(*night(*cars), WIDTHS, LEAST):
        assert one.w > 0 and one.h > 0
        assert 0 <= one.x <= WIDTH - one.w and 0 <= one.y <= HEIGHT - one.h
