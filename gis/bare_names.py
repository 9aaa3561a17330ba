"""When a unit's bare name is a place: after a word of place ("ở Quảng Thành") or before the city's own name ("Quảng
Thành, Thanh Hóa"), where it is no part of a longer name, such as a person's, and no common word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum

from gis.words import Word, words


class Told(IntEnum):
    """What says that a name is a place, the surest last."""

    ALONE = 0  # nothing: only the way it is written
    DOUBTED = 1  # a word of place or the city, but the name means other things too
    PLACE = 2  # a word of place before it
    TOWN = 3  # the city's name after it
    KIND = 4  # the word for what it is before it


class BareNames:
    """The words that decide it.

    `places` stand before a place, `towns` are names of the city and its province, `town_words` may stand before those,
    `families` are family names, after which a person is named, and `common` names that mean other things too.
    """

    def __init__(
        self,
        *,
        places: Iterable[str] = (),
        towns: Iterable[str] = (),
        town_words: Iterable[str] = (),
        families: Iterable[str] = (),
        common: Iterable[str] = (),
    ) -> None:
        self._places = _parsed(places)
        self._towns = _parsed(towns)
        self._town_words = _parsed(town_words)
        self._families = _parsed(families)
        self._common = _parsed(common)

    def told(self, text: Sequence[Word], start: int, end: int) -> Told | None:
        """What says that the words from `start` up to `end` are meant as a place; None where nothing does."""
        if self._named_so(text, start):
            return None
        if self._town_after(text, end):
            found = Told.TOWN
        elif self._place_before(text, start) and not _goes_on(text, end):
            found = Told.PLACE
        else:
            return None
        if not any(len(one) == end - start and _stands(text, start, one) for one in self._common):
            return found
        written = all(one.capital for one in text[start:end]) and not _shouted(text)
        return Told.DOUBTED if written else None

    def _named_so(self, text: Sequence[Word], start: int) -> bool:
        """Whether a family name stands before it: "Lê Quảng Thành"."""
        return not text[start].stop and any(_stands(text, start - len(one), one) for one in self._families)

    def _place_before(self, text: Sequence[Word], start: int) -> bool:
        return not text[start].stop and any(_stands(text, start - len(one), one) for one in self._places)

    def _town_after(self, text: Sequence[Word], end: int) -> bool:
        if end >= len(text) or text[end].sentence:
            return False
        ends = [end, *(end + len(one) for one in self._town_words if _stands(text, end, one))]
        return any(_stands(text, at, town) for at in ends for town in self._towns)


def _parsed(texts: Iterable[str]) -> tuple[tuple[Word, ...], ...]:
    return tuple(tuple(words(text)) for text in texts)


def _stands(text: Sequence[Word], at: int, wanted: Sequence[Word]) -> bool:
    """Whether these words stand there, with nothing between them."""
    here = text[at : at + len(wanted)] if at >= 0 else ()
    return (
        len(here) == len(wanted)
        and not any(one.stop for one in here[1:])
        and all(said.means(meant) for said, meant in zip(here, wanted, strict=True))
    )


def _goes_on(text: Sequence[Word], end: int) -> bool:
    """Whether the name is the beginning of a longer one: "ở Đông Hải Plaza"."""
    return end < len(text) and text[end].capital and not text[end].stop and not _shouted(text)


def _shouted(text: Sequence[Word]) -> bool:
    """Whether every word is written large, so that this says nothing."""
    return all(one.capital for one in text)
