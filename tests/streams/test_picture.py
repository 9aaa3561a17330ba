"""When a picture is worth looking at: black, covered, turned, standing still, and good again."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from streams.messages import PictureState
from streams.picture import PictureWatch
from tests.streams.scenes import LIMITS, Scene

STEP_S = 0.2
OK = PictureState.OK


class Watched:
    """A watch, its clock, and when its state changed."""

    def __init__(self, learnt_s: float = 20.0) -> None:
        self.watch = PictureWatch(LIMITS)
        self.now = 0.0
        self.scene = Scene()
        assert self.show(self.scene.picture, learnt_s) == {OK}

    def show(self, draw, seconds: float) -> set[PictureState]:
        states = set()
        for _ in range(round(seconds / STEP_S)):
            self.now += STEP_S
            states.add(self.watch.look(grey(draw()), self.now))
        return states

    def until(self, state: PictureState, draw, most_s: float) -> float:
        """Seconds until the state is seen."""
        began = self.now
        while self.now - began < most_s:
            self.now += STEP_S
            if self.watch.look(grey(draw()), self.now) is state:
                return self.now - began
        raise AssertionError(f"not {state} within {most_s} s")


def grey(picture):
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)


def black():
    return np.random.default_rng().integers(0, 9, (180, 320, 3), dtype=np.uint8)


def covered():
    return np.random.default_rng().integers(118, 121, (180, 320, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("state", "wrong"),
    [
        (PictureState.BLACK, black),
        (PictureState.COVERED, covered),
        (PictureState.MOVED, Scene(77).picture),
        (PictureState.FROZEN, lambda picture=Scene().picture(): picture),
    ],
)
def test_what_is_wrong_is_told_within_ten_seconds_and_forgotten_when_it_is_over(state, wrong):
    watched = Watched()
    took = watched.until(state, wrong, 12)
    assert 7 < took <= 10
    assert watched.show(wrong, 5) == {state}
    assert watched.until(OK, watched.scene.picture, 4) <= 4
    assert watched.show(watched.scene.picture, 20) == {OK}


def test_what_is_soon_over_is_not_told():
    watched = Watched()
    for wrong in (black, covered, Scene(77).picture):
        assert watched.show(wrong, 7) == {OK}
        assert watched.show(watched.scene.picture, 4) == {OK}


def test_passing_cars_and_changing_light_are_not_tampering():
    watched = Watched()
    step = iter(range(10_000))

    def traffic():
        place = next(step) % 50 / 50
        light = 0.7 + 0.3 * abs((next(step) % 100) / 50 - 1)
        return (watched.scene.picture((place, 0.3), (1 - place, 0.7), size=(0.2, 0.3)) * light).astype(np.uint8)

    assert watched.show(traffic, 120) == {OK}


def test_a_camera_that_stays_turned_is_taken_as_it_is_after_a_while():
    watched = Watched()
    elsewhere = Scene(77).picture
    watched.until(PictureState.MOVED, elsewhere, 12)
    assert watched.until(OK, elsewhere, LIMITS.relearn_s + 20) > LIMITS.relearn_s - 20
    assert watched.show(elsewhere, 30) == {OK}


def test_a_decoder_that_is_started_anew_knows_what_is_sharp():
    learnt = Watched().watch.sharpness
    watch = PictureWatch(LIMITS, learnt)
    states = {watch.look(grey(covered()), number * STEP_S) for number in range(60)}
    assert PictureState.COVERED in states
