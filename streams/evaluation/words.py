"""What is said to people, in both languages; this part stands below the one that has a type for it."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """The same sentence in Vietnamese and English."""

    vi: str
    en: str


class Unusable(Exception):
    """A file that cannot be evaluated; `words` say what is wrong with it."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(en)
        self.words = Words(vi, en)
