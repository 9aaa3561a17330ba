"""A long run: seed after seed, each with its share of the nights, until so many events were judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from tests.chaos.night import Manner, Verdict
from tests.chaos.playing import play_all
from tests.chaos.scenarios.registry import SCENARIOS
from tests.chaos.scenarios.scenario import Scenario

EVENTS = 1_000_000
SEEDS = 20
NIGHTS = 4  # of each seed: twenty seeds play every scenario twice at least
SHEET = 30  # entries handed in at once


def share(scenarios: Sequence[Scenario], seed: int, nights: int = NIGHTS) -> list[Scenario]:
    """The nights of a seed (from 1 on): the next `nights` of the round, so that every scenario comes equally often."""
    first = (seed - 1) * nights
    return [scenarios[(first + number) % len(scenarios)] for number in range(nights)]


def campaign(events: int, seeds: int, manner: Manner, begin: int = 1) -> Iterator[Verdict]:
    """The verdicts as they come: of `seeds` seeds from `begin` on, and of more while fewer than `events` events were
    judged."""
    possible = sorted((one for one in SCENARIOS.values() if not one.possible()), key=lambda one: one.home)
    judged = 0
    for seed in count(begin):
        if seed >= begin + seeds and judged >= events:
            return
        for verdict in play_all(share(possible, seed), seed, manner):
            judged += verdict.gained
            yield verdict
