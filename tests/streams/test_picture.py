"""When a picture is worth looking at: black, covered, turned, standing still, and good again."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from streams.messages import PictureState
from streams.picture import PictureWatch
from streams.settings import USUAL_LIMITS
from tests.streams.scenes import Scene

STEP_S = 0.2
OK = PictureState.OK
SCENE = Scene()


class Watched:
    """A watch, its clock, and when its state changed."""

    def __init__(self, learnt_s: float = 20.0) -> None:
        self.watch = PictureWatch(USUAL_LIMITS)
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


def blurred():
    return cv2.GaussianBlur(SCENE.picture(), (0, 0), 8)


@pytest.mark.parametrize(
    ("state", "wrong", "within_s"),
    [
        (PictureState.BLACK, black, 1),
        (PictureState.COVERED, covered, 1),
        (PictureState.DEFOCUSED, blurred, 4),
        (PictureState.MOVED, Scene(77).picture, 4),
        (PictureState.FROZEN, lambda picture=Scene().picture(): picture, 9),
    ],
)
def test_what_is_wrong_is_told_in_time_and_forgotten_when_it_is_over(state, wrong, within_s):
    watched = Watched()
    assert watched.until(state, wrong, 12) <= within_s
    assert watched.show(wrong, 5) == {state}
    assert watched.until(OK, watched.scene.picture, 4) <= 4
    assert watched.show(watched.scene.picture, 20) == {OK}


@pytest.mark.parametrize(
    ("wrong", "seconds"),
    [(black, 0.4), (covered, 0.4), (blurred, 1.6), (Scene(77).picture, 1.2), (lambda p=Scene().picture(): p, 6)],
)
def test_what_is_soon_over_is_not_told(wrong, seconds):
    watched = Watched()
    assert watched.show(wrong, seconds) == {OK}
    assert watched.show(watched.scene.picture, 4) == {OK}


def test_a_camera_that_was_never_bright_is_black_after_a_while():
    watch = PictureWatch(USUAL_LIMITS)
    states = [watch.look(grey(black()), number * STEP_S) for number in range(60)]
    assert states[10] is OK
    assert states[-1] is PictureState.BLACK


def pumps(factor):
    """Light that goes up and down by so much, within four seconds."""
    scene = Scene()
    for number in range(200):
        strength = factor ** np.sin(number * STEP_S * np.pi / 2)
        yield np.clip(scene.picture() * strength, 0, 255).astype(np.uint8)


def covered_but_for_a_rim(picture):
    """The words that a camera writes at the rim are still there."""
    free = np.clip((40 - np.arange(180)) / 30, 0, 1)[:, None, None]  # a hand before the lens has no sharp edge
    return (free * picture + (1 - free) * cv2.GaussianBlur(picture, (0, 0), 25) * 0.8).astype(np.uint8)


@pytest.mark.parametrize("light", [1.0, 0.2])
def test_a_hand_that_leaves_a_rim_free_is_told_within_a_second_by_day_and_at_night(light):
    watched, scene = Watched(learnt_s=1.0), Scene()

    def dark():
        return (scene.picture(noise=round(6 / light)) * light).astype(np.uint8)

    watched.show(dark, 30)
    assert watched.show(dark, 4) == {OK}
    assert watched.until(PictureState.COVERED, lambda: covered_but_for_a_rim(dark()), 4) <= 1


def test_exposure_that_pumps_at_night_until_all_is_nearly_black_tells_nothing():
    watched, scene = Watched(learnt_s=1.0), Scene()
    numbers = iter(range(10_000))

    def pumped():
        light = 0.16 * (1 + 0.5 * np.sin(next(numbers) * STEP_S * 2 * np.pi / 3))
        return (scene.picture() * light).astype(np.uint8)

    assert min(grey(pumped()).mean() for _ in range(15)) < USUAL_LIMITS.black_luma
    watched.show(pumped, 30)
    assert watched.show(pumped, 60) == {OK}


@pytest.mark.parametrize("factor", [1.5, 2.5])
def test_exposure_that_pumps_tells_nothing(factor):
    watched = Watched()
    pictures = pumps(factor)
    assert watched.show(lambda: next(pictures), 38) == {OK}


def test_light_that_washes_the_picture_out_for_a_moment_is_no_cover():
    watched = Watched()
    assert watched.show(lambda: np.clip(watched.scene.picture() * 4.0, 0, 255).astype(np.uint8), 3) == {OK}


def test_dusk_is_told_only_when_all_is_black():
    watched = Watched()
    light = iter(np.linspace(1, 0.02, 600))
    states = [
        watched.watch.look(grey((watched.scene.picture() * next(light)).astype(np.uint8)), watched.now + n * STEP_S)
        for n in range(600)
    ]
    assert {state for state in states[:500]} == {OK}
    assert states[-1] is PictureState.BLACK


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
    assert watched.until(OK, elsewhere, USUAL_LIMITS.relearn_s + 20) > USUAL_LIMITS.relearn_s - 20
    assert watched.show(elsewhere, 30) == {OK}


def test_a_decoder_that_is_started_anew_knows_what_is_sharp():
    learnt = Watched().watch.sharpness
    watch = PictureWatch(USUAL_LIMITS, learnt)
    states = {watch.look(grey(covered()), number * STEP_S) for number in range(60)}
    assert PictureState.COVERED in states
