"""What was found in a picture is blurred in its neighbours too: nothing is in the clear for one picture."""

from __future__ import annotations

from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.blurring import Box
from streams.holding import ALL, HOLD_PICTURES, MOST_THINGS, ProposedClip, proposed_clip
from streams.marks import Marks

STEP_MS = 500
By = Literal["detector", "motion"]
shares = st.floats(0, 0.7)
boxes = st.tuples(shares, shares, st.floats(0.02, 0.3), st.floats(0.02, 0.3))
marks = st.one_of(
    st.none(),
    st.builds(Marks, st.sampled_from(["detector", "motion"]), st.lists(boxes, max_size=4).map(tuple)),
)


def plan_of(*found: list[Box] | None, by: By = "detector") -> ProposedClip:
    """A clip of two pictures a second, in each of which these boxes were found."""
    some = [None if one is None else Marks(by, tuple(one)) for one in found]
    return proposed_clip(some, [number * STEP_MS for number in range(len(some))])


def covered(plan: ProposedClip, number: int, spot: tuple[float, float]) -> bool:
    """Whether a spot is blurred in a picture."""
    here = [thing.boxes[number - thing.first] for thing in plan.things if thing.first <= number <= thing.last]
    return plan.whole or any(x <= spot[0] <= x + w and y <= spot[1] <= y + h for x, y, w, h in here)


def middle(box: Box) -> tuple[float, float]:
    return box[0] + box[2] / 2, box[1] + box[3] / 2


@settings(max_examples=200)
@given(st.lists(marks, min_size=1, max_size=12))
def test_what_was_found_is_blurred_there_and_two_pictures_before_and_after(some: list[Marks | None]) -> None:
    plan = proposed_clip(some, [number * STEP_MS for number in range(len(some))])
    for number, one in enumerate(some):
        assert one is not None or plan.whole or covered(plan, number, (0.01, 0.99)), "nothing is known: all of it"
        for box in one.boxes if one is not None else ():
            corners = [(box[0], box[1]), (box[0] + box[2], box[1] + box[3]), middle(box)]
            assert all(covered(plan, number, spot) for spot in corners)
            alone = all(other is None or not other.boxes for at, other in enumerate(some) if at != number)
            for near in range(max(0, number - HOLD_PICTURES), min(len(some), number + HOLD_PICTURES + 1)):
                assert not alone or covered(plan, near, middle(box))
    for thing in plan.things:
        assert 0 <= thing.first <= thing.last < len(some)
        assert all(0 <= x <= x + w <= 1.0002 and 0 <= y <= y + h <= 1.0002 for x, y, w, h in thing.boxes)


def test_what_is_lost_for_a_picture_stays_blurred_all_the_way_between() -> None:
    plan = plan_of([(0.1, 0.5, 0.1, 0.2)], [], [], [(0.22, 0.5, 0.1, 0.2)])
    (thing,) = plan.things
    assert (thing.first, thing.last) == (0, 3)
    for number in (1, 2):
        for spot in ((0.11, 0.55), (0.2, 0.6), (0.31, 0.65)):
            assert covered(plan, number, spot)


def test_two_that_pass_each_other_are_both_blurred_in_every_picture() -> None:
    left = [[(0.1 * n, 0.4, 0.1, 0.2), (0.8 - 0.1 * n, 0.42, 0.1, 0.2)] for n in range(9)]
    plan = plan_of(*left)
    for number, both in enumerate(left):
        assert all(covered(plan, number, middle(box)) for box in both)


def test_what_stops_moving_is_held_longer_and_what_is_held_grows() -> None:
    for by, pictures in (("motion", 8), ("detector", 3)):
        plan = plan_of([], [], [], [(0.4, 0.4, 0.1, 0.2)], *[[]] * 14, by=by)  # type: ignore[arg-type]
        thing = next(one for one in plan.things if one.by != "nothing")
        assert (thing.first, thing.last) == (0, 3 + pictures)
        widths = [box[2] for box in thing.boxes]
        assert widths[0] > widths[2] > widths[3] < widths[4] < widths[5] <= widths[-1]


def test_pictures_nothing_is_known_of_are_blurred_altogether() -> None:
    assert plan_of(None, None) == ProposedClip("nothing", (), whole=True)
    assert plan_of([], [], by="motion") == ProposedClip("motion", (), whole=True)
    assert plan_of([], []) == ProposedClip("detector", (), whole=False), "a detector looked and found nobody"
    assert proposed_clip([], []).whole
    plan = plan_of([(0.4, 0.4, 0.1, 0.2)], None, None, [])
    (dark,) = [one for one in plan.things if one.by == "nothing"]
    assert (dark.first, dark.boxes) == (1, (ALL, ALL))


def test_too_much_to_be_looked_through_is_blurred_altogether() -> None:
    crowd = [(0.04 * (n % 24), 0.04 * (n // 24), 0.01, 0.01) for n in range(200)]
    far = [(min(0.99, x + 0.5) if x < 0.4 else x - 0.4, y, w, h) for x, y, w, h in crowd]
    assert len(crowd) * 3 > MOST_THINGS
    assert plan_of(crowd, [], [], [], [], [], far, [], [], [], [], crowd).whole
