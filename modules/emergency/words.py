"""Finding Vietnamese phrases in what a caller said, however it was typed.

A word written with diacritics matches only itself ("chạy" is not "cháy"); a word typed without any matches every
word it could stand for ("chay" is taken as "cháy": in a call room a false alarm is the smaller harm). Composed and
decomposed Unicode are the same, and so are the two ways of placing a tone mark ("hoả", "hỏa").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ioc.core.text import fold, nfc

_WORD = re.compile(r"[^\W_]+")
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_NEGATIONS = frozenset({"không", "chưa", "khong", "chua", "ko", "hok", "no", "not"})
_BETWEEN = frozenset({"có", "ai", "người", "nào", "bị", "còn", "thấy", "hề", "phải", "co", "nguoi", "nao", "bi"})


class Word(NamedTuple):
    """A word as compared: bare letters, letters with their quality marks, tone; `stop` = punctuation comes before."""

    bare: str
    letters: str
    tone: str
    plain: bool
    stop: bool

    def means(self, wanted: Word) -> bool:
        """Whether this word, as a caller typed it, can be the wanted one."""
        if self.plain:
            return self.bare == wanted.bare
        return self.letters == wanted.letters and self.tone == wanted.tone


class Span(NamedTuple):
    """Where a phrase stands in a text, in words: first, and one past the last."""

    start: int
    end: int


def words(text: str) -> tuple[Word, ...]:
    """The words of a text in order."""
    found, last = [], 0
    composed = nfc(text).casefold()
    for match in _WORD.finditer(composed):
        found.append(_word(match[0], stop=bool(re.search(r"[.,;:!?\n]", composed[last : match.start()]))))
        last = match.end()
    return tuple(found)


def _word(text: str, *, stop: bool) -> Word:
    spread = unicodedata.normalize("NFD", text)
    tone = "".join(c for c in spread if c in _TONES)
    letters = unicodedata.normalize("NFC", "".join(c for c in spread if c not in _TONES))
    bare = fold(text)
    return Word(bare, letters, tone, plain=bare == text, stop=stop)


class Phrasebook:
    """Phrases to look for, kept by their first word so that a long narrative is read once."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_first: dict[str, list[tuple[str, tuple[Word, ...]]]] = {}
        for phrase in sorted(set(phrases)):
            parsed = words(phrase)
            self._by_first.setdefault(parsed[0].bare, []).append((phrase, parsed))
        self._longest = max(len(parsed) for group in self._by_first.values() for _, parsed in group)

    def heard(self, text: tuple[Word, ...]) -> frozenset[str]:
        """The phrases that stand in a text, are not denied ("không có ai mắc kẹt" holds no "mắc kẹt") and are not part
        of a longer one that stands at the same place ("cháy" in "cháy rác")."""
        found = [(phrase, span) for i in range(len(text)) for phrase, span in self._at(i, text)]
        reach: dict[int, int] = {}
        for _, span in found:
            reach[span.start] = max(span.end, reach.get(span.start, 0))
        whole = [(phrase, span) for phrase, span in found if not self._covered(span, reach)]
        return frozenset(phrase for phrase, span in whole if not _denied(text, span.start))

    def _covered(self, span: Span, reach: dict[int, int]) -> bool:
        """Whether a longer phrase covers this span; `reach` is the furthest end of the phrases starting at a word."""
        if reach[span.start] > span.end:
            return True
        before = range(max(0, span.start - self._longest), span.start)
        return any(reach.get(start, 0) >= span.end for start in before)

    def _at(self, i: int, text: tuple[Word, ...]) -> Iterator[tuple[str, Span]]:
        for phrase, parsed in self._by_first.get(text[i].bare, ()):
            if len(parsed) <= len(text) - i and all(text[i + n].means(word) for n, word in enumerate(parsed)):
                yield phrase, Span(i, i + len(parsed))


def _denied(text: tuple[Word, ...], start: int) -> bool:
    """Looks back over filler words only, and never over punctuation: a wrong denial would cost a life."""
    at = start
    while at > 0 and not text[at].stop:
        at -= 1
        said = text[at].letters if text[at].plain else _spoken(text[at])
        if said in _NEGATIONS:
            return True
        if said not in _BETWEEN:
            return False
    return False


def _spoken(word: Word) -> str:
    return next((known for known in _NEGATIONS | _BETWEEN if word.means(_word(known, stop=False))), "")
