"""Vietnamese words as people type them: with marks, without, half marked, stretched, or in chat spelling.

A word is taken apart into plain letters, the shape of each letter (â, ơ, đ) and the tone, so that where the tone
mark was placed (`hoả`, `hỏa`) and how it was encoded (NFC, NFD) make no difference.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from ioc.core.text import nfc

_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
_TOKEN = re.compile(r"\w+")
_UNSEEN = re.compile("[\u034f\u115f\u1160\u3164\uffa0\ufe00-\ufe0f]")  # no format characters, yet as invisible
_WIDE_GAP = re.compile(r"\s{2,}|\n")
_SPELT_OUT_AT_LEAST = 3  # letters: fewer are initials and chat spelling
_STRETCHED = re.compile(r"(.)\1{2,}")

# Chat spelling of whole words, and of the letters a word starts with.
_CHAT_WORDS = {
    "vs": "với",
    "ng": "người",
    "ngta": "người",
    "ngừi": "người",
    "k": "không",
    "ko": "không",
    "hok": "không",
    "hem": "không",
    "dc": "được",
    "đc": "được",
    "r": "rồi",
    "ròi": "rồi",
    "rùi": "rồi",
    "wa": "quá",
    "wá": "quá",
}
_CHAT_STARTS = (("f", "ph"), ("z", "d"), ("z", "gi"), ("j", "gi"), ("w", "qu"), ("dz", "d"))


class Word(NamedTuple):
    """One word: its plain letters, the mark that gives each letter its shape ('' for none), and its tone."""

    plain: str
    shapes: tuple[str, ...]
    tone: str

    def may_be(self, other: Word) -> bool:
        """Whether this word, as typed, can stand for `other`: same letters, and no mark that `other` lacks."""
        return (
            self.plain == other.plain
            and self.tone in ("", other.tone)
            and all(mine in ("", theirs) for mine, theirs in zip(self.shapes, other.shapes, strict=True))
        )


def word(text: str) -> Word:
    """Takes one word apart."""
    letters: list[str] = []
    shapes: list[str] = []
    tone = ""
    for char in unicodedata.normalize("NFD", text.casefold()):
        if char in _TONES:
            tone = char
        elif unicodedata.combining(char):
            if shapes:
                shapes[-1] = char
        else:
            letters.append("d" if char == "đ" else char)
            shapes.append("-" if char == "đ" else "")
    return Word("".join(letters), tuple(shapes), tone)


def tokens(text: str) -> list[str]:
    """The words of a text, composed (NFC) and in lower case, in order; punctuation is left out."""
    return _TOKEN.findall(nfc(text).casefold())


def ways_to_read(text: str) -> tuple[tuple[str, ...], ...]:
    """The words of a text in every way a reader may take them: a list for each way, mostly just one.

    Characters that cannot be seen (zero-width, soft hyphens) are left out, or part words as spaces do; letters that
    stand alone (`C H Á Y`) are also read together; decorated letters (full-width, bold) are read as plain ones.
    """
    plain = unicodedata.normalize("NFKC", text)
    ways: dict[tuple[str, ...], None] = {}
    for instead in ("", " "):
        seen = "".join(instead if unicodedata.category(c) == "Cf" else c for c in _UNSEEN.sub(instead, plain))
        ways[tuple(tokens(seen))] = None
        ways[tuple(_with_letters_joined(nfc(seen).casefold()))] = None
    return tuple(ways)


def _with_letters_joined(text: str) -> list[str]:
    joined: list[str] = []
    letters: list[str] = []
    end = 0
    for found in _TOKEN.finditer(text):
        alone = len(found[0]) == 1 and found[0].isalpha()
        if not alone or _WIDE_GAP.search(text, end, found.start()):
            joined += _together(letters)
            letters = []
        if alone:
            letters.append(found[0])
        else:
            joined.append(found[0])
        end = found.end()
    return joined + _together(letters)


def _together(letters: list[str]) -> list[str]:
    return ["".join(letters)] if len(letters) >= _SPELT_OUT_AT_LEAST else letters


def readings(token: str) -> tuple[Word, ...]:
    """What a typed word may mean: itself, and what it is in chat spelling."""
    short = _STRETCHED.sub(r"\1", token)
    meant = [token, short]
    if short in _CHAT_WORDS:
        meant.append(_CHAT_WORDS[short])
    meant += [letters + short[len(chat) :] for chat, letters in _CHAT_STARTS if short.startswith(chat)]
    return tuple(word(one) for one in dict.fromkeys(meant))
