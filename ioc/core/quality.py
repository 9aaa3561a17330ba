"""How far a reading can be trusted: range, rate of change, flatline, gap and clock, judged one reading at a time.

Pure: what came before in the series is handed in and handed back. Every limit is the city's; one that is None is not
checked. Times are whole milliseconds since 1970 (UTC), values in the unit of the series.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import NamedTuple

MINUTE_MS = 60_000


class Grade(IntEnum):
    """Quality from best to worst, as numbers for the store; its name in lower case is the contract's word."""

    GOOD = 0
    SUSPECT = 1
    SUBSTITUTED = 2
    BAD = 3

    @property
    def word(self) -> str:
        """The word of the contract: good, suspect, substituted, bad."""
        return self.name.lower()


GRADES = {grade.word: grade for grade in Grade}
USABLE = (Grade.GOOD, Grade.SUSPECT)  # what rules and averages look at


class Reason(StrEnum):
    """Why a reading was judged worse than it was sent."""

    RANGE = "range"
    CLOCK = "clock"
    UNIT = "unit"
    RATE = "rate"
    FLATLINE = "flatline"
    GAP = "gap"


class Limits(NamedTuple):
    """What the city expects of one series.

    `step` is by how much the value may change within a minute, `flatline` how many same values in a row are a dead
    sensor, `gap_ms` after what silence a reading is suspect, `ahead_ms` how far its clock may run ahead of ours.
    """

    least: float | None = None
    most: float | None = None
    step: float | None = None
    flatline: int | None = None
    gap_ms: float | None = None
    ahead_ms: float | None = None


class Before(NamedTuple):
    """What is known of a series: its newest reading's time, its newest usable value with its time and unit, and how
    many times in a row that value came."""

    at_ms: int
    value: float
    value_at_ms: int
    run: int
    unit: str


class Verdict(NamedTuple):
    """The judgement of one reading. `late` says that a newer one came before it; `after` is what to know next time."""

    grade: Grade
    reason: Reason | None
    late: bool
    after: Before | None


def judge(
    value: float, unit: str, at_ms: int, received_ms: int, said: Grade, limits: Limits, before: Before | None
) -> Verdict:
    """Judges one reading; never better than what its device said of it (`said`).

    A late one is judged by itself alone, since what lies between is not known. A reading from the future or out of
    range tells nothing about the next one's value.
    """
    if limits.ahead_ms is not None and at_ms - received_ms > limits.ahead_ms:
        return Verdict(Grade.BAD, Reason.CLOCK, False, before)
    late = before is not None and at_ms < before.at_ms
    if (limits.least is not None and value < limits.least) or (limits.most is not None and value > limits.most):
        return Verdict(Grade.BAD, Reason.RANGE, late, before if late else _heard(before, at_ms))
    if late:
        return Verdict(said, None, True, before)
    if said not in USABLE:
        return Verdict(said, None, False, _heard(before, at_ms))
    if before is None:
        return Verdict(said, None, False, Before(at_ms, value, at_ms, 1, unit))
    run = before.run + 1 if value == before.value else 1
    reason = _suspicion(value, unit, at_ms, run, limits, before)
    grade = Grade.SUSPECT if reason else said
    return Verdict(grade, reason, False, Before(at_ms, value, at_ms, run, unit))


def _suspicion(value: float, unit: str, at_ms: int, run: int, limits: Limits, before: Before) -> Reason | None:
    if limits.flatline and run >= limits.flatline:
        return Reason.FLATLINE
    if before.run == 0:  # no usable value yet
        return None
    if unit != before.unit:
        return Reason.UNIT
    if limits.step is not None:
        minutes = max(1.0, (at_ms - before.value_at_ms) / MINUTE_MS)
        if abs(value - before.value) > limits.step * minutes:
            return Reason.RATE
    if limits.gap_ms is not None and at_ms - before.at_ms > limits.gap_ms:
        return Reason.GAP
    return None


def _heard(before: Before | None, at_ms: int) -> Before:
    """The series spoke, but said nothing a later value could be compared with."""
    if before is None:
        return Before(at_ms, 0.0, at_ms, 0, "")
    return before._replace(at_ms=at_ms)
