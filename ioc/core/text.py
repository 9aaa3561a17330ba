"""A message to a person, always in Vietnamese and English."""

from __future__ import annotations

import unicodedata
from typing import Literal

import msgspec

Language = Literal["vi", "en"]


class Text(msgspec.Struct, frozen=True):
    """The same sentence in both languages; Vietnamese is the one shown first."""

    vi: str
    en: str

    def say(self, language: Language) -> str:
        """The sentence in one language."""
        return self.vi if language == "vi" else self.en

    def fill(self, **values: object) -> Text:
        """The sentence with `{name}` places filled from `values`; unknown places stay as they are."""
        return Text(vi=_fill(self.vi, values), en=_fill(self.en, values))


class _Gaps(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def _fill(template: str, values: dict[str, object]) -> str:
    return template.format_map(_Gaps(values))


def nfc(text: str) -> str:
    """Text in the composed form everything is stored in (phones send both NFC and NFD)."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Lower case without diacritics, `đ` as `d`: what a search compares ("nguyen hue" finds "Nguyễn Huệ")."""
    spread = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(c for c in spread if not unicodedata.combining(c))
