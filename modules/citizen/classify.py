"""What a report is about: whether it sounds like danger to life, and which kind it probably is.

Runs at intake, at any hour; nothing here looks at a clock or at the working calendar.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from ioc.city.profile import ReportService
from ioc.core.text import fold
from modules.citizen.phrases import DANGER, HARMLESS
from modules.citizen.words import Word, readings, tokens, ways_to_read, word

_GAP = "…"
_MAX_GAP = 3


class Danger(NamedTuple):
    """Why a report sounds like danger to life: the kind of danger and the phrase of the list that was met."""

    kind: str
    phrase: str


class Suggestion(NamedTuple):
    """A kind of report the text may be about, and the words that say so. A hint, never a decision."""

    service_code: str
    shared: tuple[str, ...]


class _Step(NamedTuple):
    word: Word
    marked: bool  # the report must carry the marks too
    gap: int  # how many other words may stand before this one


class _Phrase(NamedTuple):
    kind: str
    text: str
    steps: tuple[_Step, ...]


Said = Sequence[tuple[Word, ...]]


def danger_in(text: str) -> Danger | None:
    """The first sign of danger to life in a text, or None.

    The text may be NFC or NFD, with or without marks, in chat spelling, in Vietnamese or English; characters nobody
    sees and letters set apart hide nothing.
    """
    met = (_danger_among([readings(token) for token in way]) for way in ways_to_read(text))
    return next((danger for danger in met if danger is not None), None)


def _danger_among(said: Said) -> Danger | None:
    rest = _without(said, _compiled("harmless"))
    danger = _compiled("danger")
    for at in range(len(rest)):
        for phrase in _starting(danger, rest[at]):
            if _end(phrase.steps, rest, at) is not None:
                return Danger(phrase.kind, phrase.text)
    return None


def suggest_service(text: str, services: Sequence[ReportService]) -> Suggestion | None:
    """The service whose name and description share most with the text, rare words counting more.

    None where nothing telling is shared or two services are equally near: a wrong hint is worse than none.
    """
    words = {service.code: _terms(f"{service.name.vi} {service.description.vi}") for service in services}
    spread = Counter(term for terms in words.values() for term in terms)
    said = _terms(text)
    scores = sorted(
        ((_score(said & terms, spread, len(services)), code) for code, terms in words.items()), reverse=True
    )
    if not scores or scores[0][0] <= 0 or (len(scores) > 1 and scores[0][0] == scores[1][0]):
        return None
    code = scores[0][1]
    return Suggestion(code, tuple(sorted(said & words[code])))


def _score(shared: Iterable[str], spread: Counter[str], count: int) -> float:
    return round(sum(math.log(count / spread[term]) for term in shared), 9)


def _terms(text: str) -> frozenset[str]:
    """Pairs of neighbouring syllables: most Vietnamese words are two syllables, and single ones mislead."""
    plain = [fold(token) for token in tokens(text)]
    return frozenset(f"{first} {second}" for first, second in pairwise(plain))


@lru_cache(maxsize=2)
def _compiled(which: str) -> dict[str, tuple[_Phrase, ...]]:
    """Phrases by the plain letters of their first word."""
    source = DANGER if which == "danger" else {"harmless": HARMLESS}
    by_first: dict[str, list[_Phrase]] = {}
    for kind, phrases in source.items():
        for text in phrases:
            phrase = _compile(kind, text)
            by_first.setdefault(phrase.steps[0].word.plain, []).append(phrase)
    return {first: tuple(found) for first, found in by_first.items()}


def _compile(kind: str, text: str) -> _Phrase:
    steps: list[_Step] = []
    gap = 0
    for part in text.replace("'", " ").split():
        if part == _GAP:
            gap = _MAX_GAP
        else:
            steps.append(_Step(word(part.rstrip("!")), part.endswith("!"), gap))
            gap = 0
    return _Phrase(kind, text, tuple(steps))


def _starting(phrases: dict[str, tuple[_Phrase, ...]], said: tuple[Word, ...]) -> Iterable[_Phrase]:
    for reading in said:
        yield from phrases.get(reading.plain, ())


def _end(steps: tuple[_Step, ...], said: Said, at: int) -> int | None:
    """Where the phrase ends when it begins at `at`, or None when it does not."""
    if not _is(steps[0], said[at]):
        return None
    here = at + 1
    for step in steps[1:]:
        window = range(here, min(here + step.gap + 1, len(said)))
        found = next((i for i in window if _is(step, said[i])), None)
        if found is None:
            return None
        here = found + 1
    return here


def _is(step: _Step, said: tuple[Word, ...]) -> bool:
    if step.marked:
        return step.word in said
    return any(reading.may_be(step.word) for reading in said)


def _without(said: Said, harmless: dict[str, tuple[_Phrase, ...]]) -> list[tuple[Word, ...]]:
    """The text with harmless phrases blanked, so that what stands around them does not join up."""
    rest = list(said)
    at = 0
    while at < len(rest):
        ends = [_end(phrase.steps, rest, at) for phrase in _starting(harmless, rest[at])]
        end = max((one for one in ends if one is not None), default=None)
        if end is None:
            at += 1
            continue
        rest[at:end] = [()] * (end - at)
        at = end
    return rest
