"""`python -m tests.chaos`: plays bad nights on real processes and says what held.

python -m tests.chaos --list
python -m tests.chaos --scenario api-killed --seed 7 --minutes 2
python -m tests.chaos --all --seeds 3
python -m tests.chaos --campaign
python -m tests.chaos --blind
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence

from tests.chaos.blindness import BUGS, blind_table, caught, show
from tests.chaos.campaign import EVENTS, SEEDS, SHEET, campaign
from tests.chaos.night import Manner, Verdict
from tests.chaos.playing import play_all
from tests.chaos.scenarios.registry import ELSEWHERE, SCENARIOS
from tests.chaos.tables import details, list_table, say, summary, verdict_table


def main(words: Sequence[str] | None = None) -> int:
    """0 when every invariant held in every night that was asked for."""
    asked = _arguments().parse_args(words)
    if asked.list:
        say(list_table(SCENARIOS.values(), ELSEWHERE))
        return 0
    if asked.blind:
        return _blind(asked.bug or list(BUGS), asked.seed)
    names = asked.scenario or (list(SCENARIOS) if asked.all else [])
    if asked.campaign:
        return _told(campaign(asked.events, asked.seeds or SEEDS, _manner(asked, SHEET), asked.seed))
    if not names:
        _arguments().print_help()
        return 2
    if refused := [f"{name}: not possible here: {why}" for name in names if (why := SCENARIOS[name].possible())]:
        say("\n".join(refused))
        return 1
    scenarios, seeds = [SCENARIOS[name] for name in names], range(asked.seed, asked.seed + (asked.seeds or 1))
    return _told(verdict for seed in seeds for verdict in play_all(scenarios, seed, _manner(asked)))


def _manner(asked: argparse.Namespace, sheet: int = 0) -> Manner:
    seconds = asked.minutes * 60 if asked.minutes else None
    return Manner(seconds, asked.patience, sheet if asked.sheet is None else asked.sheet)


def _told(nights: Iterator[Verdict]) -> int:
    """Prints each night when it is over, and all of them at the end; 0 when everything held."""
    verdicts: list[Verdict] = []
    for verdict in nights:
        verdicts.append(verdict)
        say(f"{details(verdict)}\n{summary(verdicts)}")
    say(verdict_table(verdicts))
    say(summary(verdicts))
    return 0 if all(one.good for one in verdicts) else 1


def _blind(names: Sequence[str], seed: int) -> int:
    """0 when every seeded bug was caught."""
    shown = []
    for name in names:
        shown.append((BUGS[name], show(BUGS[name], seed)))
        say(details(shown[-1][1]))
    say(blind_table(shown))
    return 0 if all(caught(bug, verdict) for bug, verdict in shown) else 1


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="nothing lost on the worst night")
    parser.add_argument("--list", action="store_true", help="every scenario, and those not played and why")
    parser.add_argument("--scenario", action="append", choices=sorted(SCENARIOS), help="may be given several times")
    parser.add_argument("--all", action="store_true", help="every scenario")
    parser.add_argument("--blind", action="store_true", help="seeded bugs, each of which must be caught")
    parser.add_argument("--bug", action="append", choices=sorted(BUGS), help="with --blind: only this one")
    parser.add_argument("--seed", type=int, default=1, help="the moments of faults and all chance come from it")
    parser.add_argument("--seeds", type=int, help=f"so many seeds, one after the other (1; {SEEDS} of a campaign)")
    parser.add_argument("--campaign", action="store_true", help="seeds with a share of the nights each, until --events")
    parser.add_argument("--events", type=int, default=EVENTS, help=f"of the campaign ({EVENTS})")
    parser.add_argument(
        "--sheet", type=int, help=f"entries handed in at once, beside single ones (0; {SHEET} of a campaign)"
    )
    parser.add_argument("--patience", type=float, default=1.0, help="limits of time are so many times longer")
    parser.add_argument("--minutes", type=float, help="how long the trouble lasts; each scenario has its own default")
    return parser


if __name__ == "__main__":
    sys.exit(main())
