"""What is told of zones: how full one is, who queues, stands and stays, and what lies, on drawn scenes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.measures import Measures, ZoneGrid
from streams.messages import Zone
from streams.motion import Box
from streams.pipeline import Pipeline
from streams.settings import USUAL_LIMITS
from tests.streams.scenes import Scene, drive

STEP_S = 0.2
LOWER = ((0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0))
UPPER = ((0.0, 0.0), (1.0, 0.0), (1.0, 0.4), (0.0, 0.4))
shares = st.floats(0, 1, allow_nan=False)


def measured(pictures: Iterable[np.ndarray], *zones: Zone) -> list[Measures]:
    pipeline, found = Pipeline(USUAL_LIMITS, (), zones), []
    for number, picture in enumerate(pictures):
        pipeline.look(picture, number * STEP_S)
        found.append(pipeline.measures(number * STEP_S))
    return found


def quiet(scene: Scene, count: int = 30) -> list[np.ndarray]:
    return [scene.picture() for _ in range(count)]


def test_a_vehicle_that_stops_is_counted_in_its_zone_as_long_as_it_stands() -> None:
    scene = Scene()
    size = (0.14, 0.16)
    comes = [scene.picture(at, size=size) for at in drive((0.1, 0.7), (0.6, 0.7), 20)]
    stands = [scene.picture((0.6, 0.7), size=size) for _ in range(400)]
    goes = [scene.picture(at, size=size) for at in drive((0.6, 0.7), (1.2, 0.7), 20)]
    pictures = quiet(scene) + comes + stands + goes + quiet(scene, 60)
    found = measured(pictures, Zone("p", LOWER, "no_parking"), Zone("other", UPPER, "no_parking"))
    begin = len(quiet(scene)) + len(comes)
    assert [one["stopped", "p"] for one in found[:begin]] == [0] * begin
    assert {one["stopped", "p"] for one in found[begin + 60 : begin + 400]} == {1}
    assert found[-1]["stopped", "p"] == 0
    assert {one["stopped", "other"] for one in found} == {0}


def test_a_bag_is_counted_where_it_is_watched_for_until_it_is_taken_away() -> None:
    scene = Scene()
    lies = [scene.picture((0.4, 0.8), size=(0.03, 0.05)) for _ in range(250)]
    found = measured(quiet(scene) + lies + quiet(scene, 60), Zone("w", LOWER, "watch"), Zone("other", UPPER, "watch"))
    told = next(number for number, one in enumerate(found) if one["left", "w"])
    assert 10 < (told - 30) * STEP_S < 30
    assert found[30 + 249]["left", "w"] == 1
    assert found[-1]["left", "w"] == 0
    assert {one["left", "other"] for one in found} == {0}


def test_a_queue_is_counted_and_fills_its_zone() -> None:
    scene = Scene(4, 320, 240)
    lanes = [(x, y / 7) for x in (0.15, 0.38, 0.62, 0.85) for y in range(7)]
    creeps = [
        scene.picture(*((x, (y + number * 0.01) % 1.0) for x, y in lanes), size=(0.09, 0.07)) for number in range(100)
    ]
    found = measured(quiet(scene) + creeps, Zone("q", LOWER, "queue"))
    assert found[25] == {("occupancy", "q"): 0, ("queue", "q"): 0, ("congestion", "q"): 0}
    most = {kind: max(one[kind, "q"] for one in found) for kind in ("queue", "congestion", "occupancy")}
    assert 8 <= most["queue"] <= 18  # fourteen cars
    assert most["congestion"] == 1
    assert 10 < most["occupancy"] < 45


def test_who_stays_in_a_zone_for_long_is_counted() -> None:
    scene = Scene()
    walks = [scene.picture(at, size=(0.05, 0.2)) for at in drive((0.1, 0.7), (0.9, 0.7), 100)]
    found = measured(quiet(scene) + walks, Zone("r", LOWER, "restricted"))
    assert {one["dwelling", "r"] for one in found[:60]} == {0}
    assert max(one["dwelling", "r"] for one in found) == 1


@given(shares, shares, shares, shares)
def test_what_is_covered_is_what_lies_behind_the_boxes(x: float, y: float, w: float, h: float) -> None:
    grid = ZoneGrid(((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
    box = Box(x, y, w, h)
    true = max(0.0, min(1.0, x + w) - x) * max(0.0, min(1.0, y + h) - y)
    assert grid.covered([box]) == pytest.approx(true, abs=0.1)
    assert grid.covered([box, box]) == grid.covered([box])
    assert grid.covered([]) == 0
