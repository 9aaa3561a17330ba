"""F26: everything above, in any order."""

from __future__ import annotations

import time

from tests.chaos.night import Night
from tests.chaos.scenarios import emptying, freezing, input, killing
from tests.chaos.scenarios.scenario import Scenario

EACH_S = 4.0
PLAYS = (
    killing.kill_api,
    killing.kill_consumers,
    killing.kill_bus,
    killing.kill_database,
    emptying.empty_bus,
    freezing.freeze_servers,
    input.poison,
    input.duplicates,
)


async def anything(night: Night) -> None:
    """One short fault after another, as chance wants it."""
    until = time.monotonic() + night.seconds
    night.seconds = EACH_S
    while time.monotonic() < until:
        await night.chance.choice(PLAYS)(night)


SCENARIOS = (Scenario("mixed", "F26", "one short fault after another, in any order", anything, 120.0),)
