"""Is the judge blind? Bugs that real systems had are put into the product, one at a time; each must be caught."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from rich.table import Table

from tests.chaos.client_log import ClientLog
from tests.chaos.night import Manner, Verdict, spend
from tests.chaos.scenarios.registry import SCENARIOS
from tests.chaos.world import PARTS

SETTLE_S = 12.0
BUSY = 6.0  # what is only late does not count as caught


@dataclass(frozen=True)
class Bug:
    """A seeded bug (its code lies in `inside/`), the night that must show it, and which invariants it breaks."""

    name: str
    scenario: str
    seconds: float
    breaks: frozenset[str]
    at_first: str = ""


def _bug(name: str, scenario: str, seconds: float, breaks: str, at_first: str = "") -> Bug:
    return Bug(name, scenario, seconds, frozenset(breaks.split()), at_first)


BUGS = {
    one.name: one
    for one in (
        _bug("answer-before-commit", "api-killed", 12, "I1 I2"),
        _bug("identity-column", "calm", 10, "I2 I4 I5 I7", "create sequence chaos_position"),
        _bug("unfenced-cursor", "work-frozen", 24, "I2 I4 I7"),
        _bug("cursor-apart-from-effects", "crash-points", 30, "I2 I4"),
        _bug("lock-released-early", "calm", 10, "I1 I2 I4 I7 I11"),
        _bug("module-under-the-lock", "slow-consumer", 15, "I9"),
        _bug("unbounded-queue", "stalled-screens", 60, "I9 I10"),
        _bug("resume-gap", "calm", 15, "I5"),
        _bug("upto-too-high", "calm", 5, "I5"),
        _bug("clock-for-order", "wrong-clocks", 15, "I4"),
        _bug("swallowed-exception", "poison", 10, "I7"),
        _bug("retry-without-key", "duplicates", 5, "I1 I2 I3"),
    )
}


def show(bug: Bug, seed: int = 1) -> Verdict:
    """The night with the bug in every process."""
    scenario = SCENARIOS[bug.scenario].with_bug(bug.name, bug.at_first)
    with scenario.city() as city:
        for part in PARTS:
            (city.inside_folder(part) / "armed").touch()
        night = spend(
            city,
            ClientLog(),
            scenario.play,
            name=scenario.name,
            seed=seed,
            seconds=bug.seconds,
            manner=Manner(patience=BUSY, settle_s=SETTLE_S),
        )
        return asyncio.run(night)


def caught(bug: Bug, verdict: Verdict) -> list[str]:
    """The invariants that show the bug; none when the judge did not see it."""
    return [name for name in verdict.broken if name in bug.breaks]


def blind_table(shown: Iterable[tuple[Bug, Verdict]]) -> Table:
    """Which night and which invariant caught each bug."""
    table = Table(title="seeded bugs", title_justify="left")
    for name in ("bug", "scenario", "s", "caught by", "first finding"):
        table.add_column(name)
    for bug, verdict in shown:
        by = caught(bug, verdict)
        first = next((one.what for one in verdict.findings if one.invariant in by), "")
        table.add_row(bug.name, bug.scenario, f"{verdict.seconds:.0f}", " ".join(by) or "NOT CAUGHT", first)
    return table
