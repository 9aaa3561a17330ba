"""Plays nights one after the other. Those that need the same kind of city share one, and what happened in it before
stays under judgement."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from itertools import groupby

from tests.chaos.client_log import ClientLog
from tests.chaos.night import PLAIN, Manner, Verdict, spend
from tests.chaos.scenarios.scenario import Scenario
from tests.chaos.world import World


def play_all(scenarios: Sequence[Scenario], seed: int, manner: Manner = PLAIN) -> Iterator[Verdict]:
    """The verdicts as they come."""
    for _, alike in groupby(sorted(scenarios, key=lambda one: one.home), key=lambda one: one.home):
        yield from _in_one_city(list(alike), seed, manner)


def _in_one_city(scenarios: list[Scenario], seed: int, manner: Manner) -> Iterator[Verdict]:
    while scenarios:
        with scenarios[0].city() as city:
            log = ClientLog()
            while scenarios:
                verdict = spend_in(city, log, scenarios.pop(0), seed, manner)
                yield verdict
                if not verdict.good:
                    break  # whatever it left behind must not be found again in the next night


def spend_in(city: World, log: ClientLog, scenario: Scenario, seed: int, manner: Manner = PLAIN) -> Verdict:
    """One night in a city that runs."""
    lasting = manner.seconds or scenario.seconds
    night = spend(city, log, scenario.play, name=scenario.name, seed=seed, seconds=lasting, manner=manner)
    return asyncio.run(night)
