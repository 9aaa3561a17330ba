"""Plays nights one after the other. Those that need the same kind of city share one, and what happened in it before
stays under judgement."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from itertools import groupby

from tests.chaos.client_log import ClientLog
from tests.chaos.night import Verdict, spend
from tests.chaos.scenarios.scenario import Scenario
from tests.chaos.world import World


def play_all(
    scenarios: Sequence[Scenario], seed: int, seconds: float | None = None, patience: float = 1.0
) -> Iterator[Verdict]:
    """The verdicts as they come; `seconds` of trouble each, where it is given."""
    for _, alike in groupby(sorted(scenarios, key=lambda one: one.home), key=lambda one: one.home):
        yield from _in_one_city(list(alike), seed, seconds, patience)


def play_one(scenario: Scenario, seed: int, seconds: float | None = None, patience: float = 1.0) -> Verdict:
    """One night in a city of its own."""
    return next(iter(play_all([scenario], seed, seconds, patience)))


def _in_one_city(scenarios: list[Scenario], seed: int, seconds: float | None, patience: float) -> Iterator[Verdict]:
    while scenarios:
        with scenarios[0].city() as city:
            log = ClientLog()
            while scenarios:
                verdict = spend_in(city, log, scenarios.pop(0), seed, seconds, patience)
                yield verdict
                if not verdict.good:
                    break  # whatever it left behind must not be found again in the next night


def spend_in(
    city: World, log: ClientLog, scenario: Scenario, seed: int, seconds: float | None = None, patience: float = 1.0
) -> Verdict:
    """One night in a city that runs."""
    lasting = seconds or scenario.seconds
    night = spend(city, log, scenario.play, name=scenario.name, seed=seed, seconds=lasting, patience=patience)
    return asyncio.run(night)
