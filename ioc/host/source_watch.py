"""Keeps the book of sources true to the store: people's decisions in, states and silence events out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec

from ioc.city.camera_class import camera_classes, class_of
from ioc.city.profile import City
from ioc.contract import Event, Latest, Life, Log
from ioc.contract.context import Gis
from ioc.core.clock import Clock, parse_time
from ioc.core.dataclass import DataClass
from ioc.core.place import Place
from ioc.core.text import Text
from ioc.host.discovery import ModuleSpec
from ioc.host.envelopes import Origin, envelope_of
from ioc.host.source_book import Entry, SourceBook, Turn, body_of
from ioc.store import Seated, Store, StoreUnavailable, Transaction

TOPIC = "source"
PARTS = "module"  # the topic in which every part says once a second that it lives
PART_OF = {"camera": "cameras"}  # the part that watches an owner's sources, where it has another name
LOOK_S = 1.0
LIVES_EVERY_S = 2.0
WRITE_EVERY = timedelta(seconds=5)


class SourceSilent(Event, type="source.silent", severity=2, key="source"):
    """A live source has said nothing for three of its periods, or cannot be reached. `quiet_s` in seconds."""

    source: str
    name: str
    quiet_s: int
    reason: str


class SourceReturned(Event, type="source.returned", severity=1, key="source"):
    """A source that was silent speaks again."""

    source: str
    name: str


class Context(Protocol):
    """The part of a process's context needed here."""

    spec: ModuleSpec
    store: Store
    gis: Gis
    clock: Clock
    log: Log
    seated: Seated | None

    @property
    def city(self) -> City:
        """The city as it is now."""
        ...


class SourceWatch:
    """Runs one book."""

    def __init__(self, book: SourceBook, ctx: Context) -> None:
        self._book = book
        self._ctx = ctx
        self._written: dict[str, tuple[dict[str, Any], datetime]] = {}
        self._lives_at: datetime | None = None

    async def run(self) -> None:
        """Looks once a second until cancelled."""
        while True:
            try:
                await self._look()
            except StoreUnavailable as error:
                self._ctx.log.warning("sources wait for the store", owner=self._book.owner, reason=str(error))
            await asyncio.sleep(LOOK_S)

    async def begin(self) -> None:
        """Where the process before this one stood, and what people decided; before this one says that it lives, and
        before the first reading is looked at. A store that is away is waited for."""
        while True:
            try:
                await self._remember()
            except StoreUnavailable as error:
                self._ctx.log.warning("sources wait for the store", reason=str(error))
                await asyncio.sleep(LOOK_S)
            else:
                return

    async def _remember(self) -> None:
        latest, owner = self._ctx.store.latest, self._book.owner
        for row in await latest.all([PARTS]):
            if row.key == PART_OF.get(owner, owner):
                self._book.go_on(row.rt)
        for row in await latest.all([TOPIC]):
            whose, _, key = row.key.partition(":")
            if whose == owner:
                said = msgspec.json.decode(row.body)
                reason = msgspec.convert(said["reason"], Text | None)
                self._book.remember(key, _time(said["last_at"]), said["state"], _time(said["since"]), reason)
        await self._learn_lives()

    async def _look(self) -> None:
        now = self._ctx.clock.now()
        if self._lives_at is None or (now - self._lives_at).total_seconds() >= LIVES_EVERY_S:
            await self._learn_lives()
            self._lives_at = now
        turns = self._book.look(now)
        news = self._news(now)
        if turns or news:
            await self._ctx.store.write(lambda tx: self._write(tx, turns, news))
            self._written |= {entry.listed.key: (body, now) for entry, body in news}

    async def _learn_lives(self) -> None:
        """What people decided on sources, ours and others'."""
        self._book.set_lives(await self._ctx.store.lives.all())
        rows = await self._ctx.store.latest.all([TOPIC])
        self._book.set_elsewhere(dict(map(_life_of, rows)))

    def _news(self, now: datetime) -> list[tuple[Entry, dict[str, Any]]]:
        """What the screens do not know yet: every change of state at once, the rest at a source's own pace."""
        found = []
        for entry in self._book.entries.values():
            body = body_of(self._book.owner, entry, now)
            known, at = self._written.get(entry.listed.key, (None, now))
            pause = max(WRITE_EVERY, timedelta(seconds=entry.listed.period_s))
            if known is None or _turned(known, body) or (known != body and now - at >= pause):
                found.append((entry, body))
        return found

    def _write(self, tx: Transaction, turns: list[Turn], news: list[tuple[Entry, dict[str, Any]]]) -> None:
        if self._ctx.seated is not None:
            tx.check(self._ctx.seated)
        cameras = camera_classes(self._ctx.city)
        for turn in turns:
            origin = Origin(city=self._ctx.city.id, spec=self._ctx.spec, now=tx.now)
            tx.append(envelope_of(_event(self._book.owner, turn, cameras), origin, self._ctx.gis.place))
        for _, body in news:
            tx.latest(Latest(TOPIC, body["id"], body, tx.now))


def _time(text: str | None) -> datetime | None:
    return parse_time(text) if text else None


def _life_of(row: Any) -> tuple[tuple[str, str], Life]:
    owner, _, key = row.key.partition(":")
    return (owner, key), msgspec.json.decode(row.body)["life"]


def _turned(known: dict[str, Any], body: dict[str, Any]) -> bool:
    return any(known[name] != body[name] for name in ("state", "life", "reason"))


def _event(owner: str, turn: Turn, cameras: Mapping[str, DataClass]) -> Event:
    listed, id = turn.entry.listed, f"{owner}:{turn.entry.listed.key}"
    about: dict[str, Any] = {
        "source": id,
        "name": listed.name,
        "place": Place(listed.lonlat[0], listed.lonlat[1]) if listed.lonlat else None,
        "simulated": turn.entry.simulated,
        "data_class": class_of(id, cameras),
    }
    if not turn.silent:
        return SourceReturned(**about)
    reason = turn.entry.problem.vi if turn.entry.problem else ""
    return SourceSilent(**about, quiet_s=round(turn.quiet_s), reason=reason)
