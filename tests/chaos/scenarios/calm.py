"""No fault at all: what the checker finds here is wrong by itself."""

from __future__ import annotations

from tests.chaos.night import Night
from tests.chaos.scenarios.scenario import Scenario


async def nothing(night: Night) -> None:
    """Everyone works; the restless screens lose their connections."""
    await night.wait(night.seconds, night.seconds)


SCENARIOS = (
    Scenario("calm", "-", "no fault; screens come and go", nothing, 10.0),
    Scenario("calm-sqlite", "-", "the same on SQLite", nothing, 10.0, store="sqlite"),
)
