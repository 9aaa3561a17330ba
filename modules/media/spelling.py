"""Vietnamese as it is typed: control characters gone, one form of every letter, chat spelling written out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from gis.words import Word, words
from modules.media.wordlists import wordlist

_SPACES = re.compile(r"\s+")
_STRETCHED = re.compile(r"(.)\1{2,}")
_NUMBERED = re.compile(r"([a-zđ]{2})(\d{1,3}[a-z]?)")


def clean(text: str, most: int) -> str:
    """The text on one line, composed (NFC), without control or invisible characters, at most `most` characters."""
    composed = unicodedata.normalize("NFC", text[: most * 4])
    seen = "".join(
        c if c.isprintable() else " " if c.isspace() or unicodedata.category(c) == "Cc" else "" for c in composed
    )
    short = _SPACES.sub(" ", seen).strip()
    return short if len(short) <= most else short[: most - 1].rstrip() + "…"


def said(text: str) -> list[Word]:
    """The words of a text with chat spelling written out ("ko" is "không", "QL1A" is "quốc lộ 1A")."""
    found: list[Word] = []
    for one in words(text):
        full = _full(one.key)
        if full is None:
            found.append(one)
        else:
            found += [
                w._replace(capital=one.capital, stop=one.stop and not i, sentence=one.sentence and not i)
                for i, w in enumerate(full)
            ]
    return found


@cache
def _chat() -> tuple[dict[str, list[Word]], dict[str, list[Word]]]:
    lists = wordlist("chat")
    spelt = {words(short)[0].key: words(full) for short, full in lists["words"].items()}
    return spelt, {words(short)[0].key: words(full) for short, full in lists["prefixes"].items()}


def _full(key: str) -> Sequence[Word] | None:
    """What a word is written out, None where it stands for itself."""
    spelt, prefixes = _chat()
    if key in spelt:
        return spelt[key]
    numbered = _NUMBERED.fullmatch(key)
    if numbered and numbered[1] in prefixes:
        return [*prefixes[numbered[1]], *words(numbered[2])]
    return words(_STRETCHED.sub(r"\1", key)) if _STRETCHED.search(key) and not key.isdigit() else None
