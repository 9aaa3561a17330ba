"""Light that changes over the whole picture is no thing, and hides none: exposure that pumps, haze."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from math import pi, sin

import cv2
import numpy as np
import pytest

from streams.light import light_on
from streams.messages import Line
from streams.pipeline import Pipeline
from streams.settings import USUAL_LIMITS
from tests.streams.scenes import Scene, drive

ACROSS = Line("a", (0.2, 0.5), (0.8, 0.5))  # forward is up
STEP_S = 0.2
EMPTY = 30
Picture = cv2.typing.MatLike


def street() -> Scene:
    """A grey road between a dark wood and a white wall, which light changes by very different amounts."""
    scene = Scene()
    width = scene.ground.shape[1]
    scene.ground[:, : width // 5] = (scene.ground[:, : width // 5] * 0.35).astype(np.uint8)
    scene.ground[:, -width // 5 :] = 235
    return scene


def pumped(picture: Picture, at: float) -> Picture:
    return np.clip(picture * (1 + 0.2 * sin(2 * pi * at / 1.5)), 0, 255).astype(np.uint8)


def hazy(picture: Picture, at: float) -> Picture:
    return np.clip(picture + 15.0 * sin(2 * pi * at / 1.5), 0, 255).astype(np.uint8)


def looked(light: Callable[[Picture, float], Picture]) -> tuple[Counter[tuple[str, str]], list[int], set[str]]:
    """Crossings, how many things move in each picture of an empty street, and events, while three cars come up."""
    scene, pipeline = street(), Pipeline(USUAL_LIMITS, (ACROSS,))
    cars = [[]] * EMPTY + [[car] for x in (0.35, 0.5, 0.65) for car in drive((x, 0.95), (x, 0.05), 18)]
    crossings: Counter[tuple[str, str]] = Counter()
    moving, events = [], set()
    for number, places in enumerate(cars):
        at = number * STEP_S
        seen = pipeline.look(light(scene.picture(*places), at), at)
        crossings += seen.crossings
        events |= {event.kind for event in seen.events}
        if number < EMPTY:
            moving.append(len(pipeline.marks().boxes))
    return crossings, moving[10:], events


@pytest.mark.parametrize("light", [pumped, hazy])
def test_cars_are_counted_while_the_light_pumps_and_nothing_else_moves(light) -> None:
    crossings, moving, events = looked(light)
    assert crossings == {("a", "in"): 3}
    assert not any(moving)
    assert not events


@pytest.mark.parametrize(("factor", "shift"), [(1.2, 0), (0.7, 0), (1.0, 18), (1.0, -9)])
def test_what_light_did_is_found_and_taken_off_again(factor: float, shift: int) -> None:
    ground = street().ground
    light = light_on(np.clip(ground * factor + shift, 0, 255).astype(np.uint8), ground)
    assert light is not None
    assert light.multiplies == (factor != 1)
    assert light.by == pytest.approx([factor if factor != 1 else shift] * 3, rel=0.02)
    back = light.taken_off(light.put_on(ground // 2))
    assert np.abs(back.astype(int) - ground // 2).max() <= 2


def test_nothing_is_said_of_the_same_light_nor_of_what_is_dark_or_washed_out() -> None:
    ground = street().ground
    assert light_on(ground, ground) is None
    assert light_on(np.zeros_like(ground), ground) is None
    assert light_on(np.full_like(ground, 255), ground) is None


def dim(picture: Picture, sensor: np.random.Generator, noise: float) -> Picture:
    """A fifth of the light, and what a sensor makes of it, in the blocks in which it is compressed."""
    height, width = picture.shape[:2]
    blocks = sensor.normal(0, noise, (height // 6, width // 6, 3)).astype(np.float32)
    return np.clip(picture * 0.2 + cv2.resize(blocks, (width, height)), 0, 255).astype(np.uint8)


def crossed_at_night(*, noise: float, drives: bool) -> tuple[Counter[tuple[str, str]], int]:
    """Crossings of a car that is a little lighter than its street, and how often anything moved before it came."""
    scene, sensor, pipeline = Scene(), np.random.default_rng(3), Pipeline(USUAL_LIMITS, (ACROSS,))
    crossings: Counter[tuple[str, str]] = Counter()
    moved = 0
    for number, places in enumerate([[]] * 2 * EMPTY + [[car] for car in drive((0.5, 0.95), (0.5, 0.05), 18)]):
        car = cv2.addWeighted(scene.picture(*places if drives else ()), 0.4, scene.picture(), 0.6, 0)
        crossings += pipeline.look(dim(car, sensor, noise), number * STEP_S).crossings
        moved += len(pipeline.marks().boxes) if number in range(10, 2 * EMPTY) else 0
    return crossings, moved


def test_a_car_is_counted_at_dusk_where_it_differs_from_the_street_by_less_than_by_day() -> None:
    assert crossed_at_night(noise=1, drives=True) == ({("a", "in"): 1}, 0)


def test_the_noise_of_a_sensor_in_the_dark_is_no_thing() -> None:
    assert crossed_at_night(noise=9, drives=False) == (Counter(), 0)
