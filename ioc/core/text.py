"""A message to a person, always in Vietnamese and English."""

from __future__ import annotations

import unicodedata
from string import Formatter
from typing import Any, Literal

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
        """The sentence with `{name}` places filled from `values`; unknown places stay as they are.

        `{name:report|reports}` is the first word where the value is one, else the second: English has a plural.
        """
        return Text(vi=_fill(self.vi, values), en=_fill(self.en, values))


class _Gap(str):
    """A place nothing is known for."""

    def __format__(self, spec: str) -> str:
        return "{" + self + (f":{spec}" if spec else "") + "}"


class _Gaps(dict[str, object]):
    def __missing__(self, key: str) -> _Gap:
        return _Gap(key)


class _Filler(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        one, bar, many = format_spec.partition("|")
        if not bar or isinstance(value, _Gap):
            return str(format(value, format_spec))
        return one if is_one(value) else many


def _fill(template: str, values: dict[str, object]) -> str:
    return _Filler().vformat(template, (), _Gaps(values))


def is_one(count: object) -> bool:
    """Whether English takes the singular after this number."""
    return isinstance(count, int | float) and abs(count) == 1


def counted(count: int, one: str, many: str = "") -> str:
    """A number with its English word: "1 report", "2 reports"; `many` where the plural is not made by an s."""
    return f"{count} {one if is_one(count) else many or one + 's'}"


def nfc(text: str) -> str:
    """Text in the composed form everything is stored in (phones send both NFC and NFD)."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Lower case without diacritics, `đ` as `d`: what a search compares ("nguyen hue" finds "Nguyễn Huệ")."""
    spread = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(c for c in spread if not unicodedata.combining(c))
