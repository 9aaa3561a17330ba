"""The tone of a text by a small lexicon: negative, neutral or positive."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Literal

from gis.words import Word, words
from modules.media.phrases import PhraseBook
from modules.media.wordlists import wordlist

Tone = Literal[-1, 0, 1]
_REACH = 2  # words a denial reaches over


@cache
def _book() -> tuple[PhraseBook, frozenset[str]]:
    lists = wordlist("tone")
    phrases = [("-", phrase) for phrase in lists["negative"]] + [("+", phrase) for phrase in lists["positive"]]
    return PhraseBook(phrases), frozenset(words(one)[0].key for one in lists["denials"])


def tone_of(text: Sequence[Word]) -> Tone:
    """-1, 0 or 1: which kind of word there is more of; a denial just before turns a word round."""
    book, denials = _book()
    balance = 0
    for met in book.find(text):
        denied = any(text[i].key in denials for i in range(max(0, met.start - _REACH), met.start))
        balance += (1 if met.name == "+" else -1) * (-1 if denied else 1)
    return -1 if balance < 0 else 1 if balance > 0 else 0
