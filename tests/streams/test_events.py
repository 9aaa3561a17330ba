"""What tracks and pictures tell beyond counts, on drawn scenes: each event where it belongs, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import pytest
from msgspec.structs import replace

from streams.counting import Counting
from streams.incidents import Event, Incidents, Lasting, Zone, active_at
from streams.left import Lying, Standing
from streams.messages import Line
from streams.motion import Box
from streams.pipeline import Pipeline
from streams.settings import USUAL_LIMITS
from streams.tracker import Tracker
from tests.streams.scenes import Scene, drive

STEP_S = 0.1
UP = Line("a", (0.2, 0.5), (0.8, 0.5), allowed="in")  # forward is up
LOWER_HALF = ((0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0))
QUIET = 60


def seen(pictures: Iterable[np.ndarray], *lines: Line, zones: tuple[Zone, ...] = (), minute: int | None = None):
    pipeline = Pipeline(USUAL_LIMITS, lines, zones)
    events: list[Event] = []
    for number, picture in enumerate(pictures):
        events += pipeline.look(picture, number * STEP_S, minute).events
    return [(event.kind, round(event.at - QUIET * STEP_S, 1), event.place) for event in events]


def quiet(scene: Scene, count: int = QUIET) -> list[np.ndarray]:
    return [scene.picture() for _ in range(count)]


def test_one_that_goes_against_the_only_allowed_way_is_told_once() -> None:
    scene = Scene()
    down = [scene.picture(at) for at in drive((0.5, 0.05), (0.5, 0.95), 40)]
    events = seen(quiet(scene) + down, UP)
    assert [(kind, place) for kind, _, place in events] == [("wrong_way", "a")]


@pytest.mark.parametrize(("every", "told"), [(1, 1), (5, 0)])
def test_what_was_lost_in_most_pictures_is_not_told_to_have_gone_the_wrong_way(every: int, told: int) -> None:
    tracker, counting, incidents = Tracker(), Counting((UP,), ()), Incidents((), 16 / 9)
    events: list[Event] = []
    for step in range(40):
        boxes = [Box(0.45, 0.02 * step, 0.1, 0.1)] if step < 4 or step % every == 0 else []
        found = tracker.follow(boxes)
        events += incidents.see(counting.see(found, tracker.tracks), tracker.tracks, step * STEP_S)
    assert [event.kind for event in events] == ["wrong_way"] * told


@pytest.mark.parametrize(("pause_s", "told"), [(0.4, ["wrong_way"]), (0.6, [])])
def test_who_is_followed_over_a_time_without_pictures_went_no_wrong_way(pause_s: float, told: list[str]) -> None:
    scene, pipeline, kinds, at = Scene(), Pipeline(USUAL_LIMITS, (UP,)), list[str](), 0.0
    for picture in quiet(scene):
        at += STEP_S
        pipeline.look(picture, at)
    for number, place in enumerate(drive((0.5, 0.05), (0.5, 0.95), 40)):
        at += pause_s if number == 18 else STEP_S
        kinds += [event.kind for event in pipeline.look(scene.picture(place), at).events]
    assert kinds == told


def test_one_that_comes_after_a_pause_is_told_as_ever() -> None:
    scene, pipeline, kinds, at = Scene(), Pipeline(USUAL_LIMITS, (UP,)), list[str](), 0.0
    for picture in quiet(scene):
        at += STEP_S
        pipeline.look(picture, at)
    at += 2.0
    for place in drive((0.5, 0.05), (0.5, 0.95), 40):
        at += STEP_S
        kinds += [event.kind for event in pipeline.look(scene.picture(place), at).events]
    assert kinds == ["wrong_way"]


def test_the_allowed_way_and_a_line_for_both_ways_tell_nothing() -> None:
    scene = Scene()
    up = [scene.picture(at) for at in drive((0.5, 0.95), (0.5, 0.05), 40)]
    assert seen(quiet(scene) + up, UP) == []
    down = [scene.picture(at) for at in drive((0.5, 0.05), (0.5, 0.95), 40)]
    assert seen(quiet(scene) + down, Line("a", (0.2, 0.5), (0.8, 0.5))) == []


def test_one_that_turns_back_at_once_went_no_wrong_way() -> None:
    scene = Scene()
    way = [*drive((0.5, 0.2), (0.5, 0.46), 12), *drive((0.5, 0.45), (0.5, 0.1), 14)]
    assert seen(quiet(scene) + [scene.picture(at) for at in way], UP) == []


def test_a_car_that_comes_and_stands_is_told() -> None:
    scene = Scene()
    comes = [scene.picture(at, size=(0.14, 0.16)) for at in drive((0.1, 0.7), (0.6, 0.7), 30)]
    stands = [scene.picture((0.6, 0.7), size=(0.14, 0.16)) for _ in range(120)]
    events = seen(quiet(scene) + comes + stands)
    assert [kind for kind, _, _ in events] == ["stopped"]
    assert 3 < events[0][1] < 12


def test_a_bag_is_told_within_half_a_minute_and_only_once() -> None:
    scene = Scene()
    lies = [scene.picture((0.4, 0.8), size=(0.03, 0.05)) for _ in range(400)]
    events = seen(quiet(scene) + lies)
    assert [kind for kind, _, _ in events] == ["abandoned"]
    assert 10 < events[0][1] < 30


def test_a_bag_on_dark_ground_that_people_pass_before_is_told_within_half_a_minute() -> None:
    scene, random = Scene(), np.random.default_rng(4)
    scene.ground = np.full((180, 320, 3), 34, np.uint8)
    cv2.rectangle(scene.ground, (0, 0), (320, 60), (120, 120, 120), -1)

    def picture(number: int, *, bag: bool) -> np.ndarray:
        drawn = scene.ground.copy()
        if bag:
            cv2.rectangle(drawn, (120, 138), (134, 148), (22, 22, 22), -1)
        x = 20 + number * 3 % 600  # somebody walks before it now and then
        cv2.rectangle(drawn, (x, 110), (x + 8, 150), (90, 70, 60), -1)
        return cv2.add(drawn, random.integers(0, 7, drawn.shape, dtype=np.uint8))

    pictures = [picture(number, bag=number >= QUIET) for number in range(QUIET + 300)]
    events = seen(pictures)
    assert [kind for kind, _, _ in events] == ["abandoned"]
    assert 10 < events[0][1] < 30


def test_what_is_taken_away_was_not_left() -> None:
    scene = Scene()
    there = [scene.picture((0.4, 0.8), size=(0.03, 0.05)) for _ in range(QUIET)]
    assert seen(there + quiet(scene, 400)) == []


def test_cars_that_creep_are_a_congestion_and_a_queue_and_those_that_drive_are_not() -> None:
    scene = Scene(4, 320, 240)

    def traffic(step: float, count: int = 140) -> list[np.ndarray]:
        lanes = [(x, y / 7) for x in (0.15, 0.38, 0.62, 0.85) for y in range(7)]
        return [
            scene.picture(*((x, (y + number * step) % 1.0) for x, y in lanes), size=(0.09, 0.07))
            for number in range(count)
        ]

    zone = Zone("q", LOWER_HALF, "queue")
    kinds = {kind for kind, _, _ in seen(quiet(scene) + traffic(0.006), zones=(zone,))}
    assert kinds == {"congestion", "queue"}
    assert seen(quiet(scene) + traffic(0.03), zones=(zone,)) == []


@pytest.mark.parametrize(
    ("purpose", "hours", "minute", "told"),
    [
        ("restricted", (), 600, True),
        ("", (), 600, False),
        ("restricted", ((22 * 60, 5 * 60),), 23 * 60, True),
        ("restricted", ((22 * 60, 5 * 60),), 12 * 60, False),
    ],
)
def test_nobody_may_walk_where_it_is_forbidden_at_that_time(purpose, hours, minute: int, told: bool) -> None:
    scene = Scene()
    walks = [scene.picture(at, size=(0.04, 0.14)) for at in drive((0.2, 0.2), (0.5, 0.9), 40)]
    events = seen(quiet(scene) + walks, zones=(Zone("z", LOWER_HALF, purpose, hours),), minute=minute)
    assert [(kind, place) for kind, _, place in events] == ([("intrusion", "z")] if told else [])


def test_schedules_go_over_midnight_and_round() -> None:
    night = ((22 * 60, 5 * 60),)
    assert [active_at(night, hour * 60) for hour in (21, 22, 0, 4, 5, 28)] == [False, True, True, True, False, True]
    assert active_at((), 0)


def night(picture: np.ndarray) -> np.ndarray:
    dark = (picture * 0.35).astype(np.uint8)
    for x in range(20, 320, 60):
        cv2.circle(dark, (x, 30 + x // 5), 4, (200, 230, 240), -1)
    return dark


def day(picture: np.ndarray) -> np.ndarray:
    return picture


def hand(picture: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur((picture * 0.5).astype(np.uint8), (0, 0), 25)


@pytest.mark.parametrize("light", [day, night])
@pytest.mark.parametrize(
    ("meddle", "kinds", "within_s"),
    [
        (hand, {"covered", "black"}, 1),
        (lambda picture: picture * 0, {"black", "covered"}, 1),
        (lambda picture: cv2.GaussianBlur(picture, (0, 0), 4), {"defocused"}, 5),
        (lambda picture: np.roll(picture, (40, 90), (0, 1)), {"moved"}, 5),
    ],
)
def test_meddling_with_the_lens_is_told_by_day_and_at_night(light, meddle, kinds: set[str], within_s: float) -> None:
    scene = Scene(6)
    scene.ground = cv2.add(scene.ground, np.random.default_rng(1).integers(0, 40, scene.ground.shape, dtype=np.uint8))
    before = [light(picture) for picture in quiet(scene)]
    after = [meddle(light(scene.picture())) for _ in range(60)]
    events = [event for event in seen(before + after) if event[0] != "frozen"]
    assert events, "nothing was told"
    assert events[0][0] in kinds
    assert 0 <= events[0][1] <= within_s


def test_an_iris_that_pumps_is_no_meddling() -> None:
    scene = Scene()
    pumps = [(scene.picture() * (0.75 + 0.25 * np.cos(number / 6))).astype(np.uint8) for number in range(300)]
    assert seen(quiet(scene) + pumps) == []


def test_a_lorry_that_fills_half_of_the_picture_is_no_meddling() -> None:
    scene = Scene()
    passes = [scene.picture(at, size=(0.5, 0.9)) for at in drive((-0.3, 0.5), (1.3, 0.5), 60)]
    assert not {kind for kind, _, _ in seen(quiet(scene) + passes)} & {"covered", "black", "defocused", "moved"}


def test_what_lasts_is_told_once_and_again_only_after_it_was_over() -> None:
    lasting = Lasting("x", "", 1.0, 5.0)
    told = [
        number for number in range(200) if lasting.see(number < 40 or 45 < number < 80 or number > 150, number / 10)
    ]
    assert told == [10, 161]


PERSON, FEET, TROUSERS = Box(0.5, 0.5, 0.03, 0.2), Box(0.49, 0.66, 0.05, 0.05), Box(0.48, 0.6, 0.06, 0.11)


def stood(*looks: Box, still: Box, beside: Sequence[Box] = ()) -> list[str]:
    """What is told of a thing that came looking so, one picture after the other, of which this is now still."""
    tracker, standing = Tracker(first=1), Standing((), 16 / 9)
    for number, box in enumerate(looks):
        tracker.follow([replace(box, x=box.x - 0.02 * (len(looks) - number - 1)), *beside])
        standing.see(None, tracker.tracks, number * STEP_S)
    return [event.kind for event in standing.see([Lying(still, 6.0)], tracker.tracks, len(looks) * STEP_S)]


def test_the_feet_of_one_who_stands_and_looks_around_are_no_vehicle_that_has_stopped() -> None:
    assert stood(*[FEET] * 12, still=FEET) == ["stopped"]
    assert stood(*[PERSON] * 8, *[FEET] * 4, still=FEET) == []
    assert stood(*[FEET] * 12, still=Box(0.5, 0.68, 0.03, 0.03), beside=[TROUSERS]) == []
