"""What is wrong in a city profile, said to the engineer who can put it right."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import msgspec

from ioc.core.text import Language, Text


class Mistake(msgspec.Struct, frozen=True):
    """One mistake: the file inside the profile's folder, the field such as `unit[xe-01].agency`, and what is wrong."""

    file: str
    field: str
    text: Text


class CityInvalid(ValueError):
    """The profile cannot be used; `mistakes` holds everything found."""

    def __init__(self, path: Path, mistakes: Iterable[Mistake]) -> None:
        self.path = path
        self.mistakes = tuple(mistakes)
        super().__init__(f"{path.name}\n{render(self.mistakes, 'vi')}")


_NONE = Text("Hồ sơ thành phố không có lỗi.", "The city profile has no mistakes.")
_COUNT = Text("Có {n} lỗi trong hồ sơ thành phố:", "{n} {n:mistake|mistakes} in the city profile:")


def render(mistakes: Iterable[Mistake], language: Language) -> str:
    """All mistakes as lines for a terminal, grouped by file in the order found."""
    found = sorted(mistakes, key=lambda mistake: mistake.file)
    if not found:
        return _NONE.say(language)
    lines = [_COUNT.fill(n=len(found)).say(language)]
    for file, group in groupby(found, key=lambda mistake: mistake.file):
        lines.append(file)
        lines += [f"  {mistake.field}: {mistake.text.say(language)}" for mistake in group]
    return "\n".join(lines).encode("utf-8", "replace").decode()  # half a letter of a broken file has no UTF-8
