"""Vietnamese words as compared: where the tone mark stands and how it is encoded make no difference, case neither."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from gis.names import fold

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_WORD = re.compile(r"[^\W_]+")
_STOP = re.compile(r"[.,;:!?()\[\]\n\"“”]")
_SENTENCE = re.compile(r"[.;!?\n]")


class Word(NamedTuple):
    """One word of a text.

    `key` is what is compared: its letters with their shapes and the tone at the end, so that `hoà` and `hòa` are one.
    `plain` has no marks at all. `stop` says that punctuation stands between it and the word before, `sentence` that a
    sentence ends there.
    """

    key: str
    plain: str
    capital: bool
    stop: bool
    sentence: bool = False

    @property
    def unmarked(self) -> bool:
        """Whether it is written without any mark, so that it may stand for several words."""
        return self.key == self.plain

    def means(self, other: Word) -> bool:
        """Whether this word, as written, can be the other one: the same, or the same without its marks."""
        return self.key == other.key or (self.unmarked and self.plain == other.plain)


def words(text: str) -> list[Word]:
    """The words of a text in order; composed and decomposed letters are the same."""
    composed = unicodedata.normalize("NFC", text)
    found, last = [], 0
    for match in _WORD.finditer(composed):
        between = composed[last : match.start()]
        one = word(match[0], stop=_STOP.search(between) is not None)
        found.append(one._replace(sentence=_SENTENCE.search(between) is not None))
        last = match.end()
    return found


def word(text: str, *, stop: bool = False) -> Word:
    """One word."""
    key, plain = _spelt(text)
    return Word(key, plain, text[:1].isupper(), stop)


@lru_cache(maxsize=20_000)  # Vietnamese has some seven thousand syllables
def _spelt(text: str) -> tuple[str, str]:
    spread = unicodedata.normalize("NFD", text.casefold())
    tone = "".join(c for c in spread if c in _TONES)
    letters = unicodedata.normalize("NFC", "".join(c for c in spread if c not in _TONES))
    return letters + tone, fold(text)
