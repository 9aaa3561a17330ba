"""The frame of every benchmark: runs of ours and of the limit in turn, medians, ratios, goals.

An absolute rate says little (the same code moves two- to ninefold with the load of the machine), so both sides are run
one after the other, again and again, in one process tree, and what counts is the ratio of their medians.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TypeVar

from bench.machine import load_average

Run = Callable[[], float]
AsyncRun = Callable[[], Awaitable[float]]
T = TypeVar("T")


@dataclass(frozen=True)
class Size:
    """How much work; `quick` only shows that a benchmark works."""

    quick: bool = False

    def of(self, full: int, quick: int) -> int:
        """The full number, or the quick one."""
        return quick if self.quick else full


@dataclass(frozen=True)
class Goal:
    """What a row is held to: at least or at most so much of the limit, or at most so much by itself."""

    ratio: float | None = None
    at_most: float | None = None
    at_most_ratio: float | None = None

    def words(self, unit: str) -> str:
        """The goal as printed."""
        if self.at_most_ratio is not None:
            return f"<= {self.at_most_ratio:g}x"
        return f">= {self.ratio:g}x" if self.ratio is not None else f"<= {self.at_most:g} {unit}"

    def reached(self, value: float, ratio: float | None) -> bool:
        """Whether a figure, and its ratio to the limit, are good enough."""
        if self.at_most is not None:
            return value <= self.at_most
        if self.at_most_ratio is not None:
            return ratio is not None and ratio <= self.at_most_ratio
        return self.ratio is not None and ratio is not None and ratio >= self.ratio


@dataclass(frozen=True)
class Row:
    """One figure of ours beside its limit. Each side holds all its runs; the median counts."""

    name: str
    unit: str
    ours: Sequence[float]
    limit: Sequence[float] = ()
    limit_name: str = ""
    goal: Goal | None = None

    @property
    def value(self) -> float:
        """Ours."""
        return median(self.ours)

    @property
    def ratio(self) -> float | None:
        """Ours divided by the limit."""
        return self.value / median(self.limit) if self.limit else None

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None without a goal."""
        return self.goal.reached(self.value, self.ratio) if self.goal else None

    def plain(self) -> dict[str, object]:
        """The row for a machine."""
        return {
            "name": self.name,
            "unit": self.unit,
            "ours": self.value,
            "limit": median(self.limit) if self.limit else None,
            "limit_name": self.limit_name,
            "ratio": self.ratio,
            "goal": self.goal.words(self.unit) if self.goal else None,
            "reached": self.reached,
            "runs": {"ours": list(self.ours), "limit": list(self.limit)},
        }


@dataclass
class Report:
    """One benchmark's rows and what a reader must know of how they came about."""

    benchmark: str
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    load_before: float = field(default_factory=load_average)

    def print(self) -> None:
        """A table for people, then one line of JSON."""
        print(f"\n== {self.benchmark} (load {self.load_before:.1f} -> {load_average():.1f}) ==")
        for cells in [_HEAD, *map(_cells, self.rows)]:
            print(_LINE.format(*cells).rstrip())
        for note in self.notes:
            print(f"   {note}")
        print(json.dumps(self.plain()), flush=True)

    def plain(self) -> dict[str, object]:
        """The report for a machine."""
        return {
            "benchmark": self.benchmark,
            "load": [self.load_before, load_average()],
            "rows": [row.plain() for row in self.rows],
            "notes": self.notes,
        }


_LINE = "{:44s} {:>11s} {:>11s}  {:>7s}  {:<12s} {:<8s} {}"
_HEAD = ("", "ours", "limit", "ratio", "goal", "reached", "the limit is")


def _cells(row: Row) -> tuple[str, ...]:
    limit = number(median(row.limit)) if row.limit else "-"
    ratio = f"{row.ratio:.2f}x" if row.ratio is not None else "-"
    goal = row.goal.words(row.unit) if row.goal else "-"
    reached = {True: "yes", False: "NO", None: "-"}[row.reached]
    return (f"{row.name} [{row.unit}]", number(row.value), limit, ratio, goal, reached, row.limit_name)


def number(value: float) -> str:
    """A figure with as many digits as mean something."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def in_turn(times: int, *sides: Run) -> list[list[float]]:
    """Runs all sides `times` times, each round in the other order; the first round of all is thrown away."""
    figures: list[list[float]] = [[] for _ in sides]
    for index in range(times + 1):
        for side, run in _order(sides, index):
            figure = run()
            if index:
                figures[side].append(figure)
    return figures


async def in_turn_async(times: int, *sides: AsyncRun) -> list[list[float]]:
    """`in_turn` for coroutines."""
    figures: list[list[float]] = [[] for _ in sides]
    for index in range(times + 1):
        for side, run in _order(sides, index):
            figure = await run()
            if index:
                figures[side].append(figure)
    return figures


def _order(sides: Sequence[T], index: int) -> list[tuple[int, T]]:
    numbered = list(enumerate(sides))
    return numbered[::-1] if index % 2 else numbered


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many percent do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
