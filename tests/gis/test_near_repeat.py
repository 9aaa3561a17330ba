"""The Knox test: an example reckoned by hand, what must not change it, what it must find and what it must not."""

from __future__ import annotations

from itertools import permutations as every_way
from statistics import mean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.near_repeat import Band, knox
from gis.nearest import METRES_PER_DEGREE

NEAR = Band(100, 7)
Events = list[tuple[int, int, int]]

events = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900), st.integers(0, 60)), min_size=0, max_size=30)


def placed(all: Events) -> tuple[list[float], list[float], list[int]]:
    """Metres east and north of a point of the equator, where a degree is as long both ways, and days."""
    return [x / METRES_PER_DEGREE for x, _, _ in all], [y / METRES_PER_DEGREE for _, y, _ in all], [t for *_, t in all]


def test_the_worked_example() -> None:
    """Two pairs of places 50 m apart, a kilometre between them; one pair on days 0 and 1, the other on 30 and 31.

    Of 6 pairs 2 are close in space and 2 close in time: 2 x 2 / 6 = 0.667 expected, 2 seen, 3 times the usual. Of the
    24 ways to deal the times 8 keep both pairs together, so a third of them has as many.
    """
    found = knox(*placed([(0, 0, 0), (50, 0, 1), (1000, 0, 30), (1050, 0, 31)]), [NEAR], permutations=999, seed=1)
    assert (found[0].pairs, found[0].expected, found[0].ratio) == (2, pytest.approx(2 / 3), pytest.approx(3))
    assert found[0].p == pytest.approx(1 / 3, abs=0.06)


def test_the_expected_pairs_are_the_mean_of_every_way_to_deal_the_times() -> None:
    spots, days = [(0, 0), (60, 0), (120, 0), (500, 0), (560, 0), (900, 900)], [0, 3, 5, 20, 21, 40]
    dealt = [knox(*placed([(*spot, day) for spot, day in zip(spots, way, strict=True)]), [NEAR], permutations=1, seed=1)
             for way in every_way(days)]  # fmt: skip
    assert dealt[0][0].expected == pytest.approx(mean(one[0].pairs for one in dealt))


@given(events, st.randoms(use_true_random=False))
def test_the_order_of_the_events_changes_nothing(all: Events, random: object) -> None:
    mixed = list(all)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    first, second = (knox(*placed(one), [NEAR, Band(300, 14)], permutations=19, seed=7) for one in (all, mixed))
    assert first == second


@given(events, st.integers(-5000, 5000))
def test_another_day_to_count_from_changes_nothing(all: Events, later: int) -> None:
    moved = [(x, y, t + later) for x, y, t in all]
    assert knox(*placed(all), [NEAR], permutations=19, seed=7) == knox(*placed(moved), [NEAR], permutations=19, seed=7)


@given(events)
def test_time_run_backwards_and_the_map_mirrored_keep_pairs_and_expectation(all: Events) -> None:
    turned = [(-x, -y, -t) for x, y, t in all]
    (here,), (there,) = (knox(*placed(one), [Band(99.5, 7)], permutations=9, seed=7) for one in (all, turned))
    assert (here.pairs, here.expected) == (there.pairs, pytest.approx(there.expected))


@given(events)
def test_a_wider_band_never_has_fewer_pairs(all: Events) -> None:
    found = knox(*placed(all), [NEAR, Band(100, 14), Band(250, 14)], permutations=9, seed=7)
    assert [one.pairs for one in found] == sorted(one.pairs for one in found)
    assert all == [] or found[2].pairs <= len(all) * (len(all) - 1) / 2
    assert {0.1 <= one.p <= 1 for one in found} == {True}


def uniform(seed: int, count: int = 150) -> Events:
    rng = np.random.default_rng(seed)
    return [(int(x), int(y), int(t)) for x, y, t in rng.uniform((0, 0, 0), (5000, 5000, 360), (count, 3))]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_a_planted_cluster_is_found(seed: int) -> None:
    rng = np.random.default_rng(seed)
    repeats = [(x + int(rng.integers(-60, 60)), y + int(rng.integers(-30, 30)), t + int(rng.integers(0, 6)))
               for x, y, t in uniform(seed)[:25]]  # fmt: skip
    (found,) = knox(*placed(uniform(seed) + repeats), [NEAR], permutations=199, seed=1)
    assert found.p == 1 / 200 and found.ratio is not None and found.ratio > 3


def test_chance_is_called_remarkable_as_rarely_as_p_says() -> None:
    """Of 100 fields in which times have nothing to do with places, about five have p <= 0.05; the most that is likely
    by chance (one in a thousand) is twelve."""
    small = [knox(*placed(uniform(seed)), [Band(400, 14)], permutations=99, seed=1)[0].p for seed in range(100)]
    assert sum(p <= 0.05 for p in small) <= 12
    assert 0.4 <= mean(small) <= 0.65


def test_places_that_gather_without_times_that_do_are_no_near_repeat() -> None:
    rng = np.random.default_rng(5)
    one_market = [(int(x), int(y), int(t)) for x, y, t in rng.uniform((0, 0, 0), (200, 200, 360), (80, 3))]
    (found,) = knox(*placed(one_market), [NEAR], permutations=199, seed=1)
    assert found.p > 0.05 and found.ratio == pytest.approx(1, abs=0.4)


@pytest.mark.parametrize("all", [[], [(0, 0, 0)], [(0, 0, 0), (5000, 0, 300)]])
def test_hardly_any_events_are_no_near_repeat(all: Events) -> None:
    (found,) = knox(*placed(all), [NEAR], permutations=9, seed=1)
    assert (found.pairs, found.ratio, found.p) == (0, None, 1.0)


@pytest.mark.parametrize(
    ("days", "bands", "count"),
    [([0.0], [NEAR], 9), ([0.0, float("nan")], [NEAR], 9), ([0.0, 1.0], [], 9), ([0.0, 1.0], [NEAR], 0),
     ([0.0, 1.0], [Band(0, 7)], 9), ([0.0, 1.0], [Band(100, float("nan"))], 9)],
)  # fmt: skip
def test_what_makes_no_test_is_refused(days: list[float], bands: list[Band], count: int) -> None:
    with pytest.raises(ValueError):
        knox([0.0, 0.0], [0.0, 0.0], days, bands, permutations=count, seed=1)
