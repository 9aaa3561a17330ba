"""A story as it is gathered: which items belong to it, what it is about, where it is. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import msgspec

from modules.media.placing import NOWHERE, Placing
from modules.media.topics import topics

MOST_HASHES = 40
MOST_WORDS = 1_000
PRECISION = {"landmark": 0, "road": 1, "point": 1, "ward": 2}
Said = Literal["", "social", "press"]


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """What of an item is needed to gather stories. `title`, `name` and `url` are those of press items only."""

    id: str
    kind: Literal["press", "social"]
    name: str
    tier: int
    published_at: datetime
    received_at: datetime
    title: str | None
    url: str | None
    author: str | None
    topics: tuple[str, ...]
    tone: int
    placing: Placing
    features: frozenset[int]
    simhash: int
    simulated: bool = False

    @property
    def topic(self) -> str | None:
        """What it is about most."""
        return self.topics[0] if self.topics else None


@dataclass(slots=True, kw_only=True)
class Story:
    """Items about one thing. `correlation` is the story of events it belongs to: its own id, or a case's."""

    id: str
    first_at: datetime
    last_at: datetime
    noticed_at: datetime
    topic: str | None = None
    title: str | None = None
    source: str = ""
    tier: int = 4
    url: str | None = None
    placing: Placing = NOWHERE
    articles: int = 0
    posts: int = 0
    authors: set[str] = field(default_factory=set)
    negative: int = 0
    said: Said = ""
    said_at: datetime | None = None
    hinted_at: datetime | None = None
    rumour_at: datetime | None = None
    correlation: str | None = None
    simulated: bool = False
    topics: set[str] = field(default_factory=set)
    refs: set[str] = field(default_factory=set)
    words: Counter[int] = field(default_factory=Counter)
    hashes: list[int] = field(default_factory=list)

    def take(self, item: Item) -> None:
        """One more item belongs to the story."""
        self.first_at = min(self.first_at, item.published_at)
        self.last_at = max(self.last_at, item.published_at)
        self.simulated = self.simulated or item.simulated
        self.negative += item.tone < 0
        self.topic = _topic(self.topic, item.topic)
        self._count(item)
        self.placing = better(self.placing, item.placing)
        self.remember(item)

    def remember(self, item: Item) -> None:
        """An item that was counted before: its words, what it names, who wrote it."""
        self.topics.update(item.topics)
        self.refs.update(item.placing.refs)
        if len(self.words) < MOST_WORDS:
            self.words.update(item.features)
        if len(self.hashes) < MOST_HASHES:
            self.hashes.append(item.simhash)
        if item.kind == "social":
            self.authors.add(item.author or item.id)

    def _count(self, item: Item) -> None:
        if item.kind == "social":
            self.posts += 1
            return
        self.articles += 1
        if self.title is None or item.tier < self.tier:  # the most official headline speaks for the story
            self.title, self.source, self.tier, self.url = item.title, item.name, item.tier, item.url


def better(known: Placing, new: Placing) -> Placing:
    """The more exact of two places; an uncertain one is settled by a certain one among its candidates."""
    if known.spot is None or new.spot is None:
        return new if new.spot or (new.candidates and not known.spot and not known.candidates) else _kept(known, new)
    same = known.spot.ward_code == new.spot.ward_code
    finer = PRECISION.get(new.spot.kind, 3) < PRECISION.get(known.spot.kind, 3)
    return new if same and finer else known


def _kept(known: Placing, new: Placing) -> Placing:
    if new.concerns and not known.concerns:
        return new
    return known


def _topic(known: str | None, new: str | None) -> str | None:
    """What may be a case weighs more than what is only talked about."""
    if known is None or new is None:
        return known or new
    listed = topics()
    return new if listed[new].incident and not listed[known].incident else known
