"""Drawn cars through the whole analysis: who passed, which way, and who stands where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from streams.messages import Line, Zone
from streams.pipeline import Pipeline, Seen
from streams.settings import USUAL_LIMITS
from tests.streams.scenes import Place, Scene, drive

ACROSS = Line("a", (0.2, 0.5), (0.8, 0.5))  # forward is up
STEP_S = 0.2
EMPTY = 30


def watch(
    pictures: Iterable[Sequence[Place]], *, zones: tuple[Zone, ...] = ()
) -> tuple[Counter[tuple[str, str]], list[Seen]]:
    """What is seen of cars that stand at these places, after a while in which there are none."""
    pipeline, scene = Pipeline(USUAL_LIMITS, (ACROSS,), zones), Scene()
    seen = [
        pipeline.look(scene.picture(*cars), number * STEP_S) for number, cars in enumerate([*[()] * EMPTY, *pictures])
    ]
    total: Counter[tuple[str, str]] = Counter()
    for one in seen:
        total += one.crossings
    return total, seen[EMPTY:]


def test_one_that_drives_up_is_counted_in_once():
    total, _ = watch([car] for car in drive((0.5, 0.9), (0.5, 0.1), 20))
    assert total == {("a", "in"): 1}


def test_one_that_drives_down_is_counted_out_once():
    total, _ = watch([car] for car in drive((0.5, 0.1), (0.5, 0.9), 20))
    assert total == {("a", "out"): 1}


def test_one_that_turns_back_is_counted_again():
    way = [*drive((0.5, 0.9), (0.5, 0.2), 15), *drive((0.5, 0.25), (0.5, 0.9), 15)]
    total, _ = watch([car] for car in way)
    assert total == {("a", "in"): 1, ("a", "out"): 1}


def test_one_that_comes_into_sight_just_behind_the_line_has_passed_it():
    hidden = [*drive((0.5, 0.9), (0.5, 0.42), 12)]
    total, _ = watch([[]] * 12 + [[car] for car in drive(hidden[-1], (0.5, 0.05), 12)])
    assert total == {("a", "in"): 1}
    far, _ = watch([[]] * 12 + [[car] for car in drive((0.5, 0.25), (0.5, 0.05), 12)])
    assert not far


def test_one_that_passes_beside_the_line_is_not_counted():
    total, _ = watch([car] for car in drive((0.95, 0.9), (0.95, 0.1), 20))
    assert not total


def test_two_that_meet_are_counted_each_its_own_way():
    ways = zip(drive((0.35, 0.9), (0.35, 0.1), 20), drive((0.65, 0.1), (0.65, 0.9), 20), strict=True)
    total, _ = watch(list(way) for way in ways)
    assert total == {("a", "in"): 1, ("a", "out"): 1}


def test_a_zone_holds_those_that_stand_in_it():
    zone = Zone("gate", ((0.4, 0.3), (0.6, 0.3), (0.6, 0.7), (0.4, 0.7)))
    _, seen = watch(([car] for car in drive((0.5, 1.0), (0.5, 0.0), 25)), zones=(zone,))
    counts = [one.zones["gate"] for one in seen]
    assert max(counts) == 1
    assert counts[0] == counts[-1] == 0


def test_nothing_moves_while_the_light_changes():
    pipeline, scene = Pipeline(USUAL_LIMITS, (ACROSS,)), Scene()
    for number in range(EMPTY):
        pipeline.look(scene.picture(), number * STEP_S)
    bright = [pipeline.look(scene.picture() // 2, (EMPTY + number) * STEP_S) for number in range(8)]
    assert all(one.motion < 0.02 for one in bright)
    assert not any(one.crossings for one in bright)


def test_a_picture_of_another_size_begins_anew():
    pipeline = Pipeline(USUAL_LIMITS, (ACROSS,))
    small, large = Scene(), Scene(width=1280, height=960)
    for number in range(20):
        seen = pipeline.look((small if number % 2 else large).picture(), number * STEP_S)
        assert not seen.crossings


def test_a_line_that_is_drawn_anew_counts_what_is_in_the_picture_already():
    below = Line("b", (0.2, 0.35), (0.8, 0.35))
    pipeline, scene = Pipeline(USUAL_LIMITS, (ACROSS,)), Scene()
    way = [*[[]] * EMPTY, *[[car] for car in drive((0.5, 0.9), (0.5, 0.1), 20)]]
    total: Counter[tuple[str, str]] = Counter()
    for number, cars in enumerate(way):
        if number == EMPTY + 11:  # it is between both lines
            pipeline.redraw((ACROSS, below), ())
        total += pipeline.look(scene.picture(*cars), number * STEP_S).crossings
    assert total == {("a", "in"): 1, ("b", "in"): 1}


def test_zones_drawn_anew_leave_what_goes_on_in_the_others():
    here = Zone("here", ((0.2, 0.3), (0.8, 0.3), (0.8, 0.7), (0.2, 0.7)), "restricted")
    there = Zone("there", ((0.0, 0.0), (0.1, 0.0), (0.1, 0.1)), "restricted")
    pipeline, scene = Pipeline(USUAL_LIMITS, (), (here,)), Scene()
    told = []
    path = [[]] * EMPTY + [[car] for car in drive((0.3, 0.5), (0.7, 0.5), 40)]
    for number, cars in enumerate(path):
        if number == EMPTY + 30:  # the intrusion was told by now
            pipeline.redraw((), (here, there))
        seen = pipeline.look(scene.picture(*cars), number * STEP_S)
        told += [(event.kind, event.place) for event in seen.events]
    assert told.count(("intrusion", "here")) == 1
    assert set(seen.zones) == {"here", "there"}
