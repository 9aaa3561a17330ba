"""All scenarios by name."""

from __future__ import annotations

from tests.chaos.scenarios import calm, draining, emptying, freezing, input, killing, overload, within
from tests.chaos.scenarios.scenario import Elsewhere, Scenario

__all__ = ["ELSEWHERE", "SCENARIOS", "Elsewhere", "Scenario"]

_HOMES = (calm, killing, emptying, freezing, within, overload, input, draining)
SCENARIOS: dict[str, Scenario] = {one.name: one for home in _HOMES for one in home.SCENARIOS}
ELSEWHERE: tuple[Elsewhere, ...] = ()
