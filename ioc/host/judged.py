"""Last-known values as they are true now: parts and sources judged at the moment of reading, all others as stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import msgspec

from ioc.city.profile import City
from ioc.core.clock import Clock
from ioc.core.text import Text
from ioc.host.quality_limits import GAP_PERIODS
from ioc.host.standby import own_words, standing_by
from ioc.host.standing import part_now, plain, source_now
from ioc.host.watched import Watched, read_watches
from ioc.store.latest import LatestRow

PARTS, SOURCES = "module", "source"
LOOK_EVERY = timedelta(seconds=1)
GAP_PERIODS_ELSE = 3.0  # where the city has no such threshold today
_PART_OF = {"camera": "cameras"}  # the part that watches an owner's sources, where it has another name

Cards = dict[str, dict[str, Any]]


class Stored(Protocol):
    """The table of last-known values."""

    async def all(self, topics: Sequence[str] | None = None) -> list[LatestRow]:
        """The values of these topics."""
        ...

    async def changed_since(self, seq: int) -> list[LatestRow]:
        """What changed after `seq`."""
        ...


class Judge:
    """Knows the parts of an installation: modules that are on by `titles`, and what supervisors wrote to `folder`."""

    def __init__(self, city: City, titles: Mapping[str, Text], folder: Path, clock: Clock) -> None:
        profiles = city.modules
        self._on = {name: text for name, text in titles.items() if name not in profiles or profiles[name].enabled}
        self._city = city
        self._folder = folder
        self.clock = clock

    def parts(self, rows: Iterable[LatestRow], now: datetime) -> Cards:
        """The card of every module that is on and of every part of the platform that has spoken or is watched; what
        a module said before it was taken out or switched off is left aside."""
        watched = {one.name: one for watch in read_watches(self._folder, now) for one in watch.parts}
        told = list(rows)
        heard, waiting = own_words(told), standing_by(told, now)
        cards = {name: _card(name, heard.get(name), watched.get(name), now) for name in {*self._on, *heard, *watched}}
        for name, title in self._on.items():
            cards[name] |= {"title": plain(title), "platform": False}
        for name in cards.keys() & waiting.keys():
            cards[name] |= {"standby": waiting[name]}
        return {name: card for name, card in sorted(cards.items()) if name in self._on or card["platform"]}

    def source(self, body: dict[str, Any], parts: Cards, now: datetime) -> dict[str, Any]:
        """The card of a source."""
        owner = body["module"]
        return source_now(body, parts.get(_PART_OF.get(owner, owner)), now, self._gap_periods(now))

    def _gap_periods(self, now: datetime) -> float:
        try:
            return self._city.threshold(GAP_PERIODS, now)
        except LookupError:
            return GAP_PERIODS_ELSE


class JudgedValues:
    """What the feed reads: stored values, and parts and sources again when time or a supervisor changed them."""

    def __init__(self, stored: Stored, judge: Judge) -> None:
        self._stored = stored
        self._judge = judge
        self._rows: dict[tuple[str, str], LatestRow] = {}
        self._told: dict[tuple[str, str], bytes] = {}
        self._looked: datetime | None = None

    async def changed_since(self, seq: int) -> list[LatestRow]:
        """Values written behind a sequence number, and those that are no longer true as they were told."""
        found = await self._stored.changed_since(seq)
        now = self._judge.clock.now()
        ours = {(row.topic, row.key): row for row in found if row.topic in (PARTS, SOURCES)}
        self._rows |= ours
        others = [row for row in found if (row.topic, row.key) not in ours]
        if not ours and self._looked is not None and now - self._looked < LOOK_EVERY:
            return others
        self._looked = now
        return [*others, *self._news(now, ours)]

    def _news(self, now: datetime, ours: Mapping[tuple[str, str], LatestRow]) -> list[LatestRow]:
        parts = self._judge.parts((row for row in self._rows.values() if row.topic == PARTS), now)
        news = []
        for row in self._now(parts, now):
            place = (row.topic, row.key)
            if place in ours or self._told.get(place) != row.body:
                self._told[place] = row.body
                news.append(row)
        return news

    def _now(self, parts: Cards, now: datetime) -> Iterable[LatestRow]:
        for name, card in parts.items():
            row = self._rows.get((PARTS, name))
            at, seq = (row.ts, row.seq) if row else (now, 0)
            yield LatestRow(PARTS, name, at, at, msgspec.json.encode(card), seq)
        for (topic, key), row in self._rows.items():
            if topic == SOURCES:
                body = self._judge.source(msgspec.json.decode(row.body), parts, now)
                yield LatestRow(topic, key, row.ts, row.rt, msgspec.json.encode(body), row.seq)


def _card(name: str, row: LatestRow | None, watched: Watched | None, now: datetime) -> dict[str, Any]:
    said = msgspec.json.decode(row.body) if row else None
    return part_now(name, said, row.rt if row else None, watched, now)
