"""Holds what the analysis saw against the truth. Pure: times in seconds of the clip."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from streams.evaluation.truth import Truth, TruthEvent, kind_of, way_of

WITHIN_S = 0.5  # a crossing is the one in the truth when it is told so near to it
TAMPER = frozenset({"covered", "defocused", "moved", "frozen", "black"})
EARLY_S = 0.5  # an event may be told so long before the frame a person wrote down
EVENT_WITHIN_S = 30.0  # and is found so long after its beginning, where the truth says nothing else


class SeenCrossing(msgspec.Struct, frozen=True):
    """Something passed a line at second `at`; `way` is `in` or `out`."""

    line: str
    way: str
    at: float


class SeenEvent(msgspec.Struct, frozen=True):
    """An event the analysis told at second `at`."""

    kind: str
    at: float
    place: str = ""


class WayScore(msgspec.Struct, frozen=True):
    """One direction of one line: truly passed, and counted."""

    line: str
    way: str
    truth: int
    counted: int


class Tally(msgspec.Struct):
    """Sums from which every figure is made; sums of clips can be added."""

    truth: int = 0
    counted: int = 0
    wrong: int = 0
    timed: int = 0
    timed_counted: int = 0
    matched: int = 0
    turned: int = 0
    events: int = 0
    event_hits: int = 0
    event_false: int = 0

    def add(self, other: Tally) -> None:
        """Adds another clip's sums."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def figures(self) -> dict[str, float | int | None]:
        """Count error, precision, recall, F1 and direction as shares of 1 (None where there is nothing to divide by),
        and the counts they were made of."""
        precision, recall = _share(self.matched, self.timed_counted), _share(self.matched, self.timed)
        return {
            "truth": self.truth,
            "counted": self.counted,
            "count_error": _share(self.wrong, self.truth),
            "precision": precision,
            "recall": recall,
            "f1": _share(2 * self.matched, self.timed + self.timed_counted),
            "direction": _share(self.matched, self.matched + self.turned),
            "events": self.events,
            "event_hits": self.event_hits,
            "event_false": self.event_false,
        }


class Score(msgspec.Struct, frozen=True):
    """One clip held against its truth."""

    tally: Tally
    ways: tuple[WayScore, ...]


def score(truth: Truth, crossings: Sequence[SeenCrossing], events: Sequence[SeenEvent], length_s: float) -> Score:
    """How near what was seen comes to the truth of a clip that is `length_s` seconds long.

    Both ways of a line count: one the truth does not name was passed by nobody.
    """
    tally, ways = Tally(), []
    for line in truth.lines:
        seen = {way: sorted(one.at for one in crossings if (one.line, one.way) == (line.name, way)) for way in _WAYS}
        counts, times = dict.fromkeys(_WAYS, 0), {way: list[float]() for way in _WAYS}
        for word, count in line.counts.items():
            way = way_of(line, word) or "in"
            counts[way] += count
            times[way] += [frame / truth.fps for frame in line.frames.get(word, ())]
        ways += [WayScore(line.name, way, counts[way], len(seen[way])) for way in _WAYS]
        if set(line.frames) >= {word for word, count in line.counts.items() if count}:
            _match(tally, times, seen)
    for one in ways:
        tally.truth += one.truth
        tally.counted += one.counted
        tally.wrong += abs(one.truth - one.counted)
    if truth.events is not None:
        _score_events(tally, truth, events, length_s)
    return Score(tally, tuple(ways))


_WAYS = ("in", "out")


def _match(tally: Tally, times: dict[str, list[float]], seen: dict[str, list[float]]) -> None:
    left_true, left_seen = {}, {}
    for way in _WAYS:
        left_true[way], left_seen[way] = paired(sorted(times[way]), seen[way], WITHIN_S)
        tally.timed += len(times[way])
        tally.timed_counted += len(seen[way])
        tally.matched += len(times[way]) - len(left_true[way])
    for way, other in zip(_WAYS, reversed(_WAYS), strict=True):
        tally.turned += len(left_true[way]) - len(paired(left_true[way], left_seen[other], WITHIN_S)[0])


def paired(true: Iterable[float], seen: Iterable[float], within: float) -> tuple[list[float], list[float]]:
    """What is left over of two sorted lists of times after as many pairs as possible that lie within `within`."""
    left_true, left_seen = [], list(seen)
    rest: list[float] = []
    for at in true:
        while left_seen and left_seen[0] < at - within - 1e-9:
            rest.append(left_seen.pop(0))
        if left_seen and left_seen[0] <= at + within + 1e-9:
            left_seen.pop(0)
        else:
            left_true.append(at)
    return left_true, rest + left_seen


def _score_events(tally: Tally, truth: Truth, events: Sequence[SeenEvent], length_s: float) -> None:
    expected = truth.events or []
    false = list(events)
    tally.events += len(expected)
    for one in expected:
        fitting = [event for event in events if _is(kind_of(one.type), event.kind)]
        begin, told_by, over = _times(one, truth.fps, length_s)
        tally.event_hits += any(begin - EARLY_S <= event.at <= told_by for event in fitting)
        false = [event for event in false if not (event in fitting and begin - EARLY_S <= event.at <= over)]
    tally.event_false += len(false)


def _times(event: TruthEvent, fps: float, length_s: float) -> tuple[float, float, float]:
    """When it begins, by when it must have been told, and when it is over."""
    begin, end = event.times(fps)
    anywhere = length_s if event.frame is None and event.at_s is None and end is None else begin + EVENT_WITHIN_S
    told_by = begin + event.within_s if event.within_s is not None else max(end or 0.0, anywhere)
    return begin, told_by, max(end if end is not None else length_s, told_by)


def _is(expected: str, seen: str) -> bool:
    """A covered lens at night is black, so these two are taken for each other."""
    return seen == expected or (expected == "tamper" and seen in TAMPER) or {seen, expected} == {"covered", "black"}


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
