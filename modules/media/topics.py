"""What a text is about: topics by their phrases, and whether such a thing has to be looked into."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import msgspec

from gis.words import Word
from ioc.core.text import Text
from modules.media.phrases import Met, PhraseBook
from modules.media.wordlists import wordlist


class Topic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One topic. `incident`: it may be a case; `claim`: the kind of reading that may confirm or contradict it;
    `categories`: what the desk calls such a case."""

    id: str
    name: Text
    phrases: tuple[str, ...]
    harmless: tuple[str, ...] = ()
    incident: bool = False
    claim: str | None = None
    categories: tuple[str, ...] = ()


@cache
def topics() -> dict[str, Topic]:
    """Every topic by id, in the order of the list."""
    rows = msgspec.convert(wordlist("topics")["topic"], list[Topic])
    return {one.id: one for one in rows}


@cache
def _book() -> PhraseBook:
    listed = topics().values()
    return PhraseBook(
        ((one.id, phrase) for one in listed for phrase in one.phrases),
        (phrase for one in listed for phrase in one.harmless),
    )


def topics_met(text: Sequence[Word]) -> list[Met]:
    """The topics' phrases in a text, in order."""
    return _book().find(text)


def ranked(met: Sequence[Met]) -> tuple[str, ...]:
    """The topics met, what may be a case first, then the most spoken of, then the order of the list."""
    order = list(topics())
    counts = {name: sum(1 for one in met if one.name == name) for name in order}
    found = [name for name in order if counts[name]]
    return tuple(sorted(found, key=lambda name: (not topics()[name].incident, -counts[name], order.index(name))))


def topic_of_category(category: str) -> frozenset[str]:
    """The topics that a case of the desk with this category may be about."""
    return frozenset(one.id for one in topics().values() if category in one.categories)
