"""Gathers items into stories in one pass: near copies, then alike words, then the same thing in the same place."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from gis.nearest import haversine_m
from modules.media.placing import Placing
from modules.media.similarity import cosine, near_copy
from modules.media.story import Item, Story
from modules.media.topics import topics

SPREAD_M = 1_000.0  # two exact places this near may be one
COMPARED = 8  # stories whose words are compared with an item's in full
MOST_STORIES = 2_000


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """When an item joins a story: bits two near copies may differ in, the least cosine, and how far apart in time.

    `social`: posts on one topic in one ward within this are one story, however they put it.
    """

    bits: int
    cosine: float
    window: timedelta
    same_place: timedelta
    social: timedelta


class Shelf:
    """The stories of the window, which of them hold a word, and how common each word is."""

    def __init__(self, stories: Iterable[Story] = ()) -> None:
        self.stories: dict[str, Story] = {}
        self._holding: dict[int, set[str]] = defaultdict(set)
        for one in stories:
            self._keep(one)

    def story_for(self, item: Item, rule: Rule) -> Story | None:
        """The story an item belongs to, None where it begins one."""
        open_ = [one for one in self.stories.values() if _in_time(one, item, rule.window)]
        ward = _same_ward(item, open_, rule)
        # two certain places far from one another are two stories, however alike the words
        open_ = [one for one in open_ if _together(one.placing, item.placing) is not False]
        copy = next((one for one in open_ if any(near_copy(item.simhash, h, rule.bits) for h in one.hashes)), None)
        if copy is not None or ward is not None:
            return copy or ward
        return self._alike(item, {one.id for one in open_}, rule) or _same_thing(item, open_, rule)

    def put(self, item: Item, story: Story) -> None:
        """The item is part of the story from now on."""
        story.take(item)
        self._keep(story)

    def forget_before(self, moment: datetime) -> None:
        """Stories of which nothing was said since then are let go, and the oldest where there are too many."""
        old = sorted(self.stories.values(), key=lambda one: one.last_at)
        for at, one in enumerate(old):
            if one.last_at < moment or at < len(old) - MOST_STORIES:
                self._let_go(one)

    def _keep(self, story: Story) -> None:
        self.stories[story.id] = story
        for one in story.words:
            self._holding[one].add(story.id)

    def _let_go(self, story: Story) -> None:
        del self.stories[story.id]
        for one in story.words:
            self._holding[one].discard(story.id)
            if not self._holding[one]:
                del self._holding[one]

    def _alike(self, item: Item, open_: set[str], rule: Rule) -> Story | None:
        best, most = None, rule.cosine
        for id in self._sharing(item, open_):
            story = self.stories[id]
            near = cosine(item.features, story.words, self._weights([*item.features, *story.words]))
            if near >= most:
                best, most = story, near
        return best

    def _sharing(self, item: Item, open_: set[str]) -> list[str]:
        """The few stories that share most rare words with an item."""
        shared: dict[str, float] = defaultdict(float)
        for one, weight in self._weights(item.features).items():
            for id in self._holding.get(one, ()):
                if id in open_:
                    shared[id] += weight
        return sorted(shared, key=lambda id: -shared[id])[:COMPARED]

    def _weights(self, features: Iterable[int]) -> dict[int, float]:
        """Rare words tell stories apart; what stands in every story tells next to nothing."""
        whole = len(self.stories) + 1
        held = self._holding
        return {one: math.log(1 + whole / (1 + len(held.get(one, ())))) - _COMMON for one in features}


_COMMON = math.log(2) * 0.9  # a little under the weight of a word that every story has


def _in_time(story: Story, item: Item, window: timedelta) -> bool:
    return story.first_at - window <= item.published_at <= story.last_at + window


def _together(one: Placing, other: Placing) -> bool | None:
    """Whether two places can be one; None where nobody can tell."""
    for sure, unsure in ((one, other), (other, one)):
        if unsure.spot is None and unsure.candidates and sure.spot is not None:
            return None if sure.spot.ward_code in unsure.candidates else False
    if one.spot is None or other.spot is None:
        return None
    if one.spot.kind == "ward" or other.spot.kind == "ward":
        return one.spot.ward_code == other.spot.ward_code
    return haversine_m(one.spot.lon, one.spot.lat, other.spot.lon, other.spot.lat) <= SPREAD_M


def _same_thing(item: Item, stories: Iterable[Story], rule: Rule) -> Story | None:
    """The latest story of the same topic at the same place within a short time, whatever its words."""
    if not any(map(_tells, item.topics)):
        return None
    return max(_there(item, stories, rule), key=lambda one: one.last_at, default=None)


def _same_ward(item: Item, stories: Iterable[Story], rule: Rule) -> Story | None:
    """The latest story of a post's topic in its ward; two incidents at exact places far apart stay two."""
    spot = item.placing.spot
    if item.kind != "social" or item.topic is None or spot is None or not spot.ward_code:
        return None
    apart = topics()[item.topic].incident
    near = (
        one
        for one in stories
        if one.topic == item.topic
        and one.placing.spot is not None
        and one.placing.spot.ward_code == spot.ward_code
        and _in_time(one, item, rule.social)
        and not (apart and _together(one.placing, item.placing) is False)
    )
    return max(near, key=lambda one: one.last_at, default=None)


def _there(item: Item, stories: Iterable[Story], rule: Rule) -> Iterator[Story]:
    for one in stories:
        if not _about(one, item) or not _in_time(one, item, rule.same_place):
            continue
        if _together(one.placing, item.placing) or (_unsure(one, item) and one.refs.intersection(item.placing.refs)):
            yield one


def _about(story: Story, item: Item) -> bool:
    """Whether they share a topic: posts on a crash speak of the jam behind it, and the other way round."""
    return bool(story.topics.intersection(item.topics))


def _unsure(story: Story, item: Item) -> bool:
    return story.placing.spot is None or item.placing.spot is None


def _tells(topic: str) -> bool:
    known = topics()[topic]
    return known.incident or known.claim is not None
