"""Light of lamps on the road by night is no thing and sticks no cars together; by day nothing is left out."""

from __future__ import annotations

from collections import Counter

import cv2
import numpy as np
import pytest

from streams import motion
from streams.glow import Glow, edges, glow, own_edges
from streams.messages import Line
from streams.pipeline import Pipeline
from streams.settings import USUAL_LIMITS
from tests.streams.scenes import HEIGHT, WIDTH, Scene

ACROSS = Line("a", (0.2, 0.5), (0.8, 0.5))  # forward is up: what comes nearer goes out
STEP_S, LONG = 0.2, 26
CAR, LAMP, BEHIND = (22, 16), 3, 52  # pixels: width and height; half a lamp; how far the second car is behind
Picture = cv2.typing.MatLike


def road() -> Picture:
    return (Scene().ground * 0.3).astype(np.uint8)


def lit(picture: Picture, x: int, y: int, strength: float = 70) -> Picture:
    """The picture with a soft patch of light around a point."""
    light = np.zeros(picture.shape[:2], np.float32)
    cv2.ellipse(light, (x, y), (CAR[0] * 2 // 3, CAR[1] * 3 // 2), 0, 0, 360, 1.0, -1)
    light = cv2.GaussianBlur(light, (0, 0), 7)[..., None]
    return np.clip(picture * (1 + light) + strength * light, 0, 255).astype(np.uint8)


def car(picture: Picture, x: int, y: int) -> None:
    """A dark car with two lamps, whose lower edge is at `y`."""
    left, right = x - CAR[0] // 2, x + CAR[0] // 2
    cv2.rectangle(picture, (left, y - CAR[1]), (right, y), (12, 12, 12), -1)
    for lamp in (left + 4, right - 4):
        cv2.rectangle(picture, (lamp - LAMP, y - 6), (lamp + LAMP, y - 6 + 2 * LAMP), (255, 255, 255), -1)


def coming(*feet: tuple[int, int]) -> Picture:
    """A night in which cars come nearer, each behind the light it throws."""
    picture = road()
    for x, y in feet:
        picture = lit(picture, x, y + CAR[1] * 5 // 4)
    for x, y in feet:
        car(picture, x, y)
    return cv2.GaussianBlur(picture, (3, 3), 0)


def crossings(pipeline: Pipeline, single: int = 0, apart: tuple[int, int] = (0, BEHIND)) -> Counter[tuple[str, str]]:
    """Of `single` cars and then six pairs that come one after another; the second of a pair is so far beside the first
    and behind it, in its light."""
    found: Counter[tuple[str, str]] = Counter()
    noise = np.random.default_rng(5)
    for number in range(15 + (single + 6) * LONG):
        which, step = divmod(number - 15, LONG)
        x, y = 130 + 20 * (which % 2), step * (HEIGHT + apart[1]) // LONG
        feet = [] if number < 15 else [(x, y), (x + apart[0], y - apart[1])][: 1 if which < single else 2]
        picture = cv2.add(coming(*feet), noise.integers(0, 4, (HEIGHT, WIDTH, 3), dtype=np.uint8))
        found += pipeline.look(picture, number * STEP_S).crossings
    return found


def seen(picture: Picture, ground: Picture) -> Picture:
    """What of a picture is only light, taken that all of it moves."""
    now, then = (cv2.cvtColor(cv2.GaussianBlur(one, (5, 5), 0), cv2.COLOR_BGR2GRAY) for one in (picture, ground))
    own = own_edges(now, then, cv2.dilate(edges(then), np.ones((3, 3), np.uint8)))
    return glow(np.full(now.shape, 255, np.uint8), now, then, own)


def test_soft_light_on_a_spotted_road_is_only_light() -> None:
    patch = seen(lit(road(), 160, 90), road())
    assert (patch[82:98, 154:166] > 0).mean() > 0.9
    assert not patch[:40].any()


def test_a_car_in_the_light_is_more_than_light() -> None:
    both = coming((160, 90))
    body = seen(both, road())[90 - CAR[1] : 90, 160 - CAR[0] // 2 : 160 + CAR[0] // 2]
    assert (body > 0).mean() < 0.1


def test_cars_in_each_others_light_are_counted_one_by_one() -> None:
    assert crossings(Pipeline(USUAL_LIMITS, (ACROSS,))) == {("a", "out"): 12}


@pytest.mark.parametrize("apart", [(0, 30), (26, 0)])
def test_cars_that_stick_together_are_two_once_it_is_known_how_large_one_is(apart: tuple[int, int]) -> None:
    assert crossings(Pipeline(USUAL_LIMITS, (ACROSS,)), 3, apart) == {("a", "out"): 15}


def test_they_would_not_be_if_light_were_a_thing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(motion.Glow, "leave_out", lambda *_: None)
    assert crossings(Pipeline(USUAL_LIMITS, (ACROSS,)))["a", "out"] < 12


def judged(picture: Picture, ground: Picture) -> bool:
    """Whether it is taken for a night with lamps when this moves for a while."""
    return watched(picture, ground).lit


def watched(picture: Picture, ground: Picture) -> Glow:
    """What is known after this moved for a while."""
    known = Glow()
    known.know(ground)
    for _ in range(40):
        moving = (cv2.absdiff(picture, ground).max(2) > 12).astype(np.uint8) * 255
        known.leave_out(moving, picture)
    return known


def test_it_is_a_night_with_lamps_where_most_that_moves_is_light_and_lamps_shine() -> None:
    assert judged(coming((160, 90)), road())


@pytest.mark.parametrize("shade", [20, 250])
def test_it_is_none_by_day_however_smooth_cars_are(shade: int) -> None:
    ground = Scene().ground
    picture = ground.copy()
    cv2.rectangle(picture, (140, 60), (180, 90), (shade,) * 3, -1)
    assert not judged(cv2.GaussianBlur(picture, (5, 5), 0), ground)


def test_edges_are_told_at_night_only_and_are_the_cars_own() -> None:
    own = watched(coming((160, 90)), road()).own
    assert own is not None
    assert own[90 - CAR[1] : 90, 160 - CAR[0] // 2 : 160 + CAR[0] // 2].max() > 20 > own[100:120, 150:170].max()
    assert watched(lit(road(), 160, 90), road()).own is None


def test_light_without_lamps_is_none() -> None:
    assert not judged(lit(road(), 160, 90), road())
