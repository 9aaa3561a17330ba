"""Names of places in running text: the longest first, with or without marks, never a person's name for a place.

A name counts when the word before it says what it is ("phường Hạc Thành", "đường Trần Phú"), and a unit's or a road's
also where `BareNames` finds it told to be a place. Alone it counts only where the book allows, and then weakly. Written
without marks it counts alone only where no other name reads the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Literal, NamedTuple

from gis.bare_names import BareNames, Told
from gis.words import Word, words


class Name(NamedTuple):
    """A name to look for. `ref` is what it stands for (several may share a name), `kind` what that is.

    `before` are the words (in plain letters) that say so when they stand before it; `alone` whether it may do without.
    `bare` is what else may say so: "unit" a word of place before it or the city after it, "road" a word of place.
    """

    text: str
    kind: str
    ref: str
    before: frozenset[str] = frozenset()
    alone: bool = True
    bare: Literal["", "unit", "road"] = ""


class Mention(NamedTuple):
    """A name met in a text, from word `start` up to word `end`, and what says that it is a place."""

    names: tuple[Name, ...]
    start: int
    end: int
    told: Told

    @property
    def strong(self) -> bool:
        """Whether a word before it said what it is, or the city's name followed."""
        return self.told >= Told.TOWN

    @property
    def kinds(self) -> frozenset[str]:
        """What the name may stand for."""
        return frozenset(name.kind for name in self.names)


class _Held(NamedTuple):
    name: Name
    parsed: tuple[Word, ...]


class NameBook:
    """Names looked for at once. `barred` are words (plain) after which none of them is a place: titles of persons."""

    def __init__(self, names: Iterable[Name], *, barred: Collection[str] = (), bare: BareNames | None = None) -> None:
        self._bare = bare or BareNames()
        self._by_first: dict[str, list[_Held]] = defaultdict(list)
        self._refs: dict[str, set[str]] = defaultdict(set)
        self._barred = {tuple(w.key for w in words(text)) for text in barred}
        self._barring = frozenset(title[-1] for title in self._barred if title)
        held = [_Held(name, tuple(words(name.text))) for name in names]
        for one in sorted((one for one in held if one.parsed), key=lambda one: -len(one.parsed)):
            self._by_first[one.parsed[0].plain].append(one)
            self._refs[_plain(one.parsed)].add(one.name.ref)
        self._kind_words = frozenset(word for one in held for word in one.name.before)

    def find(self, text: Sequence[Word]) -> list[Mention]:
        """The names met, in order, none inside another."""
        casual = not any(one.capital for one in text[1:])
        found: list[Mention] = []
        at = 0
        while at < len(text):
            met = self._at(text, at, casual)
            if met:
                found.append(met)
            at = met.end if met else at + 1
        return found

    def _at(self, text: Sequence[Word], at: int, casual: bool) -> Mention | None:
        fitting: list[tuple[Name, Told]] = []
        longest = 0
        for one in self._by_first.get(text[at].plain, ()):
            if len(one.parsed) < longest:
                break
            told = self._counts(one, text, at, casual)
            if told is not None:
                longest = len(one.parsed)
                fitting.append((one.name, told))
        if not fitting:
            return None
        surest = max(told for _, told in fitting)
        names = tuple(name for name, told in fitting if told == surest or surest < Told.TOWN)
        return Mention(names, at, at + longest, surest)

    def _counts(self, one: _Held, text: Sequence[Word], at: int, casual: bool) -> Told | None:
        """What says that the name stands here as a place; None where it does not."""
        here = text[at : at + len(one.parsed)]
        if len(here) < len(one.parsed) or any(w.stop for w in here[1:]):
            return None
        if not all(said.means(wanted) for said, wanted in zip(here, one.parsed, strict=True)):
            return None
        before = _before(text, at)
        if one.name.before & before:
            return Told.KIND
        if before & self._kind_words or self._person(text, at):
            return None
        told = self._told_bare(one, text, at)
        if told is None and one.name.alone and self._readable_alone(one, here, casual):
            return Told.ALONE
        return told

    def _told_bare(self, one: _Held, text: Sequence[Word], at: int) -> Told | None:
        if not one.name.bare or len(one.parsed) < 2:
            return None
        told = self._bare.told(text, at, at + len(one.parsed))
        return None if told == Told.TOWN and one.name.bare == "road" else told

    def _readable_alone(self, one: _Held, here: Sequence[Word], casual: bool) -> bool:
        if not one.name.before:  # a whole name, such as "cầu Hàm Rồng": it says itself what it is
            return _marked(here, one.parsed) or len(self._refs[_plain(one.parsed)]) == 1
        if len(here) < 2:
            return False
        if _marked(here, one.parsed):
            return casual or all(w.capital for w in here)
        return len(self._refs[_plain(one.parsed)]) == 1 and (casual or all(w.capital for w in here))

    def _person(self, text: Sequence[Word], at: int) -> bool:
        if at == 0 or text[at - 1].key not in self._barring:
            return False
        return any(
            at >= len(title)
            and not any(w.stop for w in text[at - len(title) + 1 : at + 1])
            and tuple(w.key for w in text[at - len(title) : at]) == title
            for title in self._barred
        )


def _before(text: Sequence[Word], at: int) -> frozenset[str]:
    """The word before and the two words before, in plain letters."""
    if at == 0 or (text[at].stop and text[at - 1].plain not in _SHORTENED):
        return frozenset()
    one = text[at - 1].plain
    return frozenset({one, f"{text[at - 2].plain} {one}"} if at > 1 else {one})


_SHORTENED = frozenset({"p", "x", "tt", "tp", "tx", "h", "q", "d"})  # "P. Hạc Thành": the full stop parts nothing


def _marked(here: Sequence[Word], wanted: Sequence[Word]) -> bool:
    return all(said.key == meant.key for said, meant in zip(here, wanted, strict=True))


def _plain(parsed: Iterable[Word]) -> str:
    return " ".join(one.plain for one in parsed)
