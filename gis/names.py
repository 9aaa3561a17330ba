"""Comparing Vietnamese place names: with or without marks, composed or decomposed, with or without the unit's kind."""

from __future__ import annotations

import re
import unicodedata

KINDS: dict[str, str] = {
    "phuong": "phuong",
    "xa": "xa",
    "thi tran": "thi_tran",
    "dac khu": "dac_khu",
    "ward": "phuong",
    "commune": "xa",
}
_KIND_WORDS = re.compile(
    r"^(?:thanh pho|thi xa|thi tran|dac khu|phuong|quan|huyen|tinh|xa|tp|tx|tt|p|q|h|x|t)(?:\s+|\s*\.\s*)(?=\S)"
)
_SPACES = re.compile(r"\s+")


def nfc(text: str) -> str:
    """Composed form, spaces made single: what is stored and shown."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()


def fold(text: str) -> str:
    """Lower case without marks, `đ` as `d`, spaces made single: what is compared."""
    spread = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return _SPACES.sub(" ", "".join(c for c in spread if not unicodedata.combining(c))).strip()


def bare(text: str) -> str:
    """The folded name without its unit word: "Phường Hạc Thành" and "P. Hạc Thành" are both "hac thanh"."""
    return _KIND_WORDS.sub("", fold(text), count=1)


def kind_of(text: str) -> str | None:
    """`phuong`, `xa`, `thi_tran` or `dac_khu` from a kind or from a full name; None where it names no kind."""
    folded = fold(text).replace("_", " ")
    for word, kind in KINDS.items():
        if folded == word or folded.startswith(word + " "):
            return kind
    return None
