"""All scenarios by name, and the rows of the fault matrix that are not played here."""

from __future__ import annotations

from tests.chaos.scenarios import (
    calm,
    draining,
    emptying,
    failover,
    freezing,
    input,
    killing,
    mixed,
    network,
    overload,
    shortage,
    within,
)
from tests.chaos.scenarios.scenario import Elsewhere, Scenario

__all__ = ["ELSEWHERE", "SCENARIOS", "Elsewhere", "Scenario"]

_HOMES = (
    calm,
    killing,
    emptying,
    failover,
    freezing,
    network,
    shortage,
    within,
    overload,
    input,
    draining,
    mixed,
)
SCENARIOS: dict[str, Scenario] = {one.name: one for home in _HOMES for one in home.SCENARIOS}
ELSEWHERE = (
    Elsewhere("F5", "power cut", "needs disk images under both servers, which this harness does not make yet"),
    Elsewhere("F10", "packets that are lost", "no packet filter is installed; played as lines that stand still"),
    Elsewhere("F11", "requests that never end", "cut by the proxy before the doors, not by the product"),
    Elsewhere("F20", "old and new workers together", "there is no earlier release yet"),
    Elsewhere("F22", "flipped bits", "what is stored has no checksums of its own beyond those of the databases"),
    Elsewhere("F23", "upstreams that lie", "tests/fetch and tests/host play these against single sources"),
    Elsewhere("F25", "backup and restore", "not a fault of a running city"),
)
