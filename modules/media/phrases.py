"""Phrases met in a text: `…` lets up to three words stand between; a lone word must carry its marks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gis.words import Word, words

_GAP = "…"
_MOST_BETWEEN = 3


class Met(NamedTuple):
    """A phrase in a text: what it stands for, and from which word up to which."""

    name: str
    start: int
    end: int


class _Phrase(NamedTuple):
    name: str
    steps: tuple[Word, ...]
    gaps: tuple[int, ...]  # how many other words may stand before each step


class PhraseBook:
    """Phrases looked for at once; `harmless` ones are taken out of the text first."""

    def __init__(self, phrases: Iterable[tuple[str, str]], harmless: Iterable[str] = ()) -> None:
        self._phrases = _by_first(_phrase(name, text) for name, text in phrases)
        self._harmless = _by_first(_phrase("", text) for text in harmless)

    def find(self, text: Sequence[Word]) -> list[Met]:
        """The phrases met, in order; one word may belong to several."""
        out = {i for met in _matches(self._harmless, text) for i in range(met.start, met.end)}
        return [met for met in _matches(self._phrases, text) if not out.intersection(range(met.start, met.end))]


def _phrase(name: str, text: str) -> _Phrase:
    steps: list[Word] = []
    gaps: list[int] = []
    gap = 0
    for part in text.split():
        if part == _GAP:
            gap = _MOST_BETWEEN
            continue
        for one in words(part):
            steps.append(one)
            gaps.append(gap)
            gap = 0
    return _Phrase(name, tuple(steps), tuple(gaps))


def _by_first(phrases: Iterable[_Phrase]) -> dict[str, list[_Phrase]]:
    found: dict[str, list[_Phrase]] = defaultdict(list)
    for phrase in phrases:
        found[phrase.steps[0].plain].append(phrase)
    return found


def _matches(phrases: dict[str, list[_Phrase]], text: Sequence[Word]) -> Iterator[Met]:
    for at, one in enumerate(text):
        for phrase in phrases.get(one.plain, ()):
            end = _end(phrase, text, at)
            if end is not None:
                yield Met(phrase.name, at, end)


def _end(phrase: _Phrase, text: Sequence[Word], at: int) -> int | None:
    if len(phrase.steps) == 1:
        return at + 1 if text[at].key == phrase.steps[0].key else None
    if not text[at].means(phrase.steps[0]):
        return None
    here = at + 1
    for step, gap in zip(phrase.steps[1:], phrase.gaps[1:], strict=True):
        window = range(here, min(here + gap + 1, len(text)))
        found = next((i for i in window if text[i].means(step) and not text[i].stop), None)
        if found is None:
            return None
        here = found + 1
    return here
