"""Bad nights in short: real processes, real servers, and the judge of `tests/chaos/checker.py`.

`python -m tests.chaos` plays all of them, as long as wanted.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos.blindness import BUGS, Bug, caught, show
from tests.chaos.client_log import ClientLog
from tests.chaos.night import Verdict
from tests.chaos.playing import play_one, spend_in
from tests.chaos.scenarios.registry import SCENARIOS
from tests.chaos.tables import details
from tests.chaos.world import World, world

pytestmark = pytest.mark.timeout(600)

BUSY = 6.0  # limits of time are measured by hand; a busy machine may take so many times longer
SHORT_S = 6.0
SHORT = ("api-killed", "consumers-killed", "redis-emptied", "postgres-killed", "duplicates")
SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def city() -> Iterator[tuple[World, ClientLog]]:
    with world() as made:
        yield made, ClientLog()


def must_hold(verdict: Verdict) -> None:
    assert verdict.good, details(verdict)
    assert verdict.acknowledged > 50
    assert verdict.events > verdict.acknowledged / 2
    assert verdict.connections > verdict.resumed > 0


@pytest.mark.parametrize("name", SHORT)
def test_nothing_is_lost(city: tuple[World, ClientLog], name: str):
    must_hold(spend_in(*city, SCENARIOS[name], 1, SHORT_S, BUSY))


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", SCENARIOS)
def test_nothing_is_lost_on_any_night(name: str, seed: int):
    why = SCENARIOS[name].possible()
    assert not why, f"not possible on this machine: {why}"
    must_hold(play_one(SCENARIOS[name], seed, patience=BUSY))


def test_the_judge_sees_two_seeded_bugs_at_once():
    both = Bug("retry-without-key,resume-gap", "duplicates", SHORT_S, frozenset())
    verdict = show(both)
    assert {"I1", "I3", "I5"} <= set(verdict.broken), details(verdict)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", BUGS)
def test_the_judge_sees_every_seeded_bug(name: str):
    must_be_caught(BUGS[name])


def must_be_caught(bug: Bug) -> None:
    verdict = show(bug)
    assert caught(bug, verdict), details(verdict)
