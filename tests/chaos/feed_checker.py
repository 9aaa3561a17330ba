"""I5 and I6: what every screen was told, against what the log says it should have been told."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tests.chaos.checker import Finding, permitted
from tests.chaos.database import Facts
from tests.chaos.screens import Connection, Screen

NEWEST = 100  # events in a snapshot: what is older a new screen is never told
WALL = frozenset({"public", "internal"})  # docs/explanation/data-classes.md


def judge_screens(screens: Sequence[Screen], facts: Facts) -> list[Finding]:
    """Every connection of every screen."""
    allowed = permitted(facts.events, WALL)
    known = {one.id for one in facts.events}
    found: list[Finding] = []
    for screen in screens:
        for number, told in enumerate(screen.connections):
            name = f"screen {screen.number}, connection {number}"
            known_then = _until(told, facts.head)
            found += _permitted_only(name, known_then, {id_ for _, id_ in allowed}, known)
            found += _complete(name, known_then, allowed)
    return found


def _until(told: Connection, head: int) -> Connection:
    """What it was told until the database was read: the log goes on meanwhile."""
    snapshot = told.snapshot if told.floor <= head else set()
    seen = [one for one in told.seen if one[0] <= head]
    return replace(told, snapshot=snapshot, seen=seen, beats=[one for one in told.beats if one[0] <= head])


def _floor(told: Connection, allowed: Sequence[tuple[int, str]]) -> int:
    """After which position it must have been told everything: a snapshot may be taken later than it was promised, and
    is then of that moment."""
    if len(told.snapshot) < NEWEST:
        return told.floor
    oldest = min((position for position, id_ in allowed if id_ in told.snapshot), default=told.floor + 1)
    return max(told.floor, oldest - 1)


def _permitted_only(name: str, told: Connection, allowed: set[str], known: set[str]) -> Iterator[Finding]:
    shown = told.snapshot | {key for _, key in told.seen}
    if secret := (shown & known) - allowed:
        yield Finding("I6", f"{name} was told of {len(secret)} events it may not see")
    if strange := shown - known:
        yield Finding("I6", f"{name} was told of {len(strange)} events that are not in the log")


def _complete(name: str, told: Connection, allowed: Sequence[tuple[int, str]]) -> Iterator[Finding]:
    seen = [position for position, _ in told.seen]
    if seen != sorted(set(seen)):
        yield Finding("I5", f"{name}: not in order, or told twice")
    if told.recovered and told.asked is not None and told.floor != told.asked:
        yield Finding("I5", f"{name}: goes on from {told.floor}, had asked for {told.asked}")
    positions = [position for position, _ in allowed]
    begin = bisect_right(positions, _floor(told, allowed))
    had: set[int] = set()
    taken = 0
    for upto, count in told.beats:
        had.update(seen[taken:count])
        taken = count
        end = bisect_right(positions, upto)
        missing = [p for p, id_ in allowed[begin:end] if p not in had and id_ not in told.snapshot]
        if missing:
            yield Finding("I5", f"{name}: told it had all up to {upto}, lacks {len(missing)}, first {missing[0]}")
            return
        begin = max(begin, end)
