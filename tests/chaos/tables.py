"""What the harness prints: one line a night, every finding below it, and the worst of what was timed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console, RenderableType
from rich.table import Table

from tests.chaos.checker import INVARIANTS, Finding
from tests.chaos.night import Verdict
from tests.chaos.scenarios.scenario import Elsewhere, Scenario

MOST = 8
_console = Console(width=max(Console().width, 150), highlight=False)


def say(what: RenderableType) -> None:
    """Prints at once."""
    _console.print(what, markup=False)


def verdict_table(verdicts: Sequence[Verdict]) -> Table:
    """One line a night."""
    table = Table(title="nothing lost on the worst night", title_justify="left")
    for name in ("scenario", "seed", "s", "acked", "unknown", "events", "resumed", "settled s", "verdict"):
        table.add_column(name, justify="left" if name in ("scenario", "verdict") else "right")
    for one in verdicts:
        numbers = (one.acknowledged, one.unknown, one.events, f"{one.resumed}/{one.connections}")
        table.add_row(
            one.scenario,
            str(one.seed),
            f"{one.seconds:.0f}",
            *map(str, numbers),
            f"{one.settled_s:.1f}",
            _word(one),
        )
    return table


def summary(verdicts: Sequence[Verdict]) -> str:
    """How much was judged until now, and in how many nights something was amiss."""
    broken = sum(not one.good for one in verdicts)
    events, acked = sum(one.gained for one in verdicts), sum(one.gained_acknowledged for one in verdicts)
    seeds = len({one.seed for one in verdicts})
    nights = f"{len(verdicts)} nights, {seeds} seeds"
    return f"{nights}: {acked} requests acknowledged, {events} events judged; broken nights: {broken}"


def details(verdict: Verdict) -> str:
    """What was timed in a night, and every invariant that does not hold."""
    return "\n".join([f"{verdict.scenario}, seed {verdict.seed}", *_measured(verdict), *_broken(verdict.findings)])


def _word(verdict: Verdict) -> str:
    return "holds" if verdict.good else f"BROKEN {' '.join(verdict.broken)}"


def _measured(verdict: Verdict) -> list[str]:
    return [f"  {one.name}: {one.value:.1f} {one.unit} (limit {one.limit:g})" for one in verdict.measured]


def _broken(findings: Sequence[Finding]) -> list[str]:
    lines: list[str] = []
    for name in INVARIANTS:
        mine = [one for one in findings if one.invariant == name]
        if mine:
            lines.append(f"  {name} ({INVARIANTS[name]}): {len(mine)}")
            lines += [f"    - {one.what}" for one in mine[:MOST]]
    return lines


def list_table(scenarios: Iterable[Scenario], elsewhere: Iterable[Elsewhere]) -> Table:
    """Every scenario, and which rows of the matrix are not played here and why."""
    table = Table(title="scenarios", title_justify="left")
    for name in ("row", "scenario", "store", "what it does", "here"):
        table.add_column(name)
    for one in scenarios:
        table.add_row(one.row, one.name, one.store, one.what, one.possible() or "yes")
    for other in elsewhere:
        table.add_row(other.row, "-", "-", other.what, f"no: {other.why}")
    return table
