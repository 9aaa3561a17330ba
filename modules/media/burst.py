"""Bursts of a topic: Kleinberg's automaton of two states over batches of posts.

State 0 expects the usual share p0 of hits, state 1 expects s times as much; going up costs gamma times the logarithm
of the number of batches. The cheapest path through the states says when it burst.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

MOST_SHARE = 0.9999
LEAST_SHARE = 1e-6


class Rule(msgspec.Struct, frozen=True):
    """`s` times the usual share is a burst; `gamma` scales the cost of going up. The prior is what the share is taken
    for before anything is known, worth `prior_posts` posts."""

    s: float = 2.0
    gamma: float = 1.0
    prior_share: float = 0.0
    prior_posts: float = 0.0


class Burst(msgspec.Struct, frozen=True):
    """Batches `first` to `last` (from 0, both included) burst; `weight` is how much state 1 explains them better."""

    first: int
    last: int
    weight: float


class Shares(msgspec.Struct, frozen=True):
    """The usual share of hits, and the share while it bursts."""

    p0: float
    p1: float


def shares(hits: Sequence[int], posts: Sequence[int], rule: Rule) -> Shares:
    """What each state expects.

    Raises:
        ValueError: the sequences differ in length, or a batch has more hits than posts.
    """
    if len(hits) != len(posts) or any(not 0 <= hit <= all_ for hit, all_ in zip(hits, posts, strict=True)):
        raise ValueError("hits and posts do not fit together")
    known = sum(posts) + rule.prior_posts
    usual = (sum(hits) + rule.prior_share * rule.prior_posts) / known if known else LEAST_SHARE
    p0 = min(max(usual, LEAST_SHARE), MOST_SHARE / 2)
    return Shares(p0, min(p0 * rule.s, MOST_SHARE))


def bursts(hits: Sequence[int], posts: Sequence[int], rule: Rule) -> list[Burst]:
    """The bursts in order.

    Raises:
        ValueError: as `shares`.
    """
    if not hits:
        return []
    expected = shares(hits, posts, rule)
    gains = [_gain(hit, all_, expected) for hit, all_ in zip(hits, posts, strict=True)]
    up = _cheapest(gains, rule.gamma * math.log(len(hits)))
    found: list[Burst] = []
    begin: int | None = None
    for at, state in enumerate([*up, False]):
        if state and begin is None:
            begin = at
        elif not state and begin is not None:
            found.append(Burst(begin, at - 1, sum(gains[begin:at])))
            begin = None
    return found


def part(burst: Burst, first: int, hits: Sequence[int], posts: Sequence[int], rule: Rule) -> Burst:
    """What is left of a burst from a batch on."""
    expected = shares(hits, posts, rule)
    weight = sum(_gain(hits[at], posts[at], expected) for at in range(first, burst.last + 1))
    return Burst(first, burst.last, weight)


def _gain(hits: int, posts: int, expected: Shares) -> float:
    """How much better state 1 explains a batch than state 0 (the binomial factor is the same in both)."""
    p0, p1 = expected.p0, expected.p1
    return hits * math.log(p1 / p0) + (posts - hits) * math.log((1 - p1) / (1 - p0))


def _cheapest(gains: Sequence[float], step_up: float) -> list[bool]:
    """The path of least cost, begun in state 0: whether each batch is in state 1. Going down is free."""
    low, high = 0.0, math.inf
    came_up: list[bool] = []  # whether state 1 was entered from state 0 at this batch
    went_down: list[bool] = []  # whether state 0 was entered from state 1
    for gain in gains:
        down, up = high < low, low + step_up < high
        low, high = min(low, high), min(high, low + step_up) - gain
        came_up.append(up)
        went_down.append(down)
    state = high < low
    path: list[bool] = []
    for up, down in zip(reversed(came_up), reversed(went_down), strict=True):
        path.append(state)
        state = not up if state else down
    return path[::-1]
