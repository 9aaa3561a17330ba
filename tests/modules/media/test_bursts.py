"""Bursts and the crisis score: the worked example, and what must hold for any numbers."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.media.burst import Rule, bursts, shares
from modules.media.crisis import Limits, Signs, band, score

HITS = [4, 5, 3, 6, 4, 5, 4, 22, 31, 28, 19, 6, 5, 4]
POSTS = [200] * len(HITS)
BANDS = Limits(40, 60, 80)


def test_the_worked_example() -> None:
    expected = shares(HITS, POSTS, Rule())
    assert (round(expected.p0, 4), round(expected.p1, 4)) == (0.0521, 0.1043)
    assert math.log(len(HITS)) == pytest.approx(2.639, abs=1e-3)
    (found,) = bursts(HITS, POSTS, Rule())
    assert (found.first + 1, found.last + 1) == (8, 11)
    assert round(found.weight, 1) == 29.7


def test_a_steady_topic_never_bursts() -> None:
    assert bursts([10] * 50, [200] * 50, Rule()) == []
    assert bursts([0] * 10, [0] * 10, Rule()) == []
    assert bursts([], [], Rule()) == []


def test_a_dearer_step_up_asks_for_more() -> None:
    assert bursts(HITS, POSTS, Rule(gamma=20)) == []


def test_before_anything_is_known_the_usual_share_is_assumed() -> None:
    hits, posts = [0, 12, 14], [5, 13, 15]
    assert all(one.weight < 2 for one in bursts(hits, posts, Rule()))  # the burst itself is taken for usual
    (found,) = bursts(hits, posts, Rule(prior_share=0.05, prior_posts=100))
    assert (found.first, found.last) == (1, 2) and found.weight > 10


def test_numbers_that_do_not_fit_are_refused() -> None:
    for hits, posts in (([1], [1, 2]), ([3], [2]), ([-1], [2])):
        with pytest.raises(ValueError, match="fit together"):
            bursts(hits, posts, Rule())


@st.composite
def series(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    posts = draw(st.lists(st.integers(0, 300), min_size=1, max_size=60))
    return [draw(st.integers(0, one)) for one in posts], posts


def cost(path: list[bool], hits: list[int], posts: list[int], rule: Rule) -> float:
    expected, total, before = shares(hits, posts, rule), 0.0, False
    for state, hit, all_ in zip(path, hits, posts, strict=True):
        p = expected.p1 if state else expected.p0
        total -= hit * math.log(p) + (all_ - hit) * math.log(1 - p)
        total += rule.gamma * math.log(len(hits)) if state and not before else 0.0
        before = state
    return total


@given(series(), st.floats(0.1, 5.0))
def test_the_path_found_costs_least(both: tuple[list[int], list[int]], gamma: float) -> None:
    hits, posts = (one[:8] for one in both)
    rule = Rule(gamma=gamma)
    found = [any(one.first <= at <= one.last for one in bursts(hits, posts, rule)) for at in range(len(hits))]
    every = ([bool(n >> at & 1) for at in range(len(hits))] for n in range(2 ** len(hits)))
    assert cost(found, hits, posts, rule) == pytest.approx(min(cost(one, hits, posts, rule) for one in every))


@given(series())
def test_bursts_lie_apart_in_order_and_weigh_something(both: tuple[list[int], list[int]]) -> None:
    hits, posts = both
    found = bursts(hits, posts, Rule(prior_share=0.05, prior_posts=100))
    assert all(0 <= one.first <= one.last < len(hits) and one.weight > 0 for one in found)
    assert all(a.last + 1 < b.first for a, b in pairwise(found))


def test_the_worked_score_is_an_alert() -> None:
    signs = Signs(z=4, negative=0.7, reach=60_000, authority=1, growth=3)
    assert score(signs) == pytest.approx(74.5)
    assert band(score(signs), BANDS) == "alert"


@pytest.mark.parametrize(
    ("points", "word"),
    [(0, "none"), (39.9, "none"), (40, "watch"), (60, "alert"), (79.9, "alert"), (80, "crisis"), (100, "crisis")],
)
def test_a_limit_belongs_to_the_band_above(points: float, word: str) -> None:
    assert band(points, BANDS) == word


NUMBER = st.floats(-1e9, 1e9)


@given(NUMBER, NUMBER, NUMBER, NUMBER, NUMBER)
def test_a_score_stays_between_0_and_100(
    z: float, negative: float, reach: float, authority: float, growth: float
) -> None:
    signs = Signs(z=z, negative=negative, reach=reach, authority=authority, growth=growth)
    assert 0 <= score(signs) <= 100 + 1e-9
