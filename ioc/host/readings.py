"""Judged readings on their way to a module's handlers: from the observation log, in order, each exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ioc.contract import Log, Observation
from ioc.host.doubtful_readings import DoubtfulReadings, Numbered
from ioc.host.handling import Handling
from ioc.host.own_outages import OwnOutages, pause_s
from ioc.host.series_step import judged
from ioc.store import Held, Seated, Store, StoreUnavailable, Transaction
from ioc.store.observations import Batch
from ioc.store.series import Mark

ROWS = 200
LOOK_S = 1.0  # how often the table is asked while no bell of this machine rings
POLL_S = 0.05
IDLE_CURSOR_EVERY = 200  # positions the cursor in the store may stay behind while nothing concerns the module


class Judging(Protocol):
    """Who knows which sources rules may look at."""

    def judges(self, reading: Observation) -> bool:
        """Whether the source is live: not on trial, not in maintenance."""
        ...


@dataclass(slots=True)
class _Followed:
    """How far a module is with one owner's readings: in the store, in memory where nothing concerned it, and how far
    they are judged."""

    owner: str
    held: Held
    seen: int
    judged: int = 0
    doubtful: bool = False


class ReadingFollower:
    """Gives one module's handlers the readings they listen to, of every owner, once they are in their series.

    `run` ends only by cancellation, or raises Fenced when another process has taken over. With `seated` it takes its
    cursors only while that seat is ours.
    """

    def __init__(
        self,
        store: Store,
        module: str,
        holder: str,
        handling: Handling,
        sources: Judging,
        log: Log,
        seated: Seated | None = None,
    ) -> None:
        self._store = store
        self._module = module
        self._holder = holder
        self._handling = handling
        self._sources = sources
        self._log = log
        self._seated = seated
        self._doubtful = DoubtfulReadings(store, handling)
        self._wary = False  # some readings took too long in their commit, or meet an outage that is their own doing
        self._outages = OwnOutages()
        self._at: object = None  # whose readings are being handled, from where
        self.behind: int | None = None  # judged batches not looked at yet, of all owners; None until the first look

    async def run(self, owners: Sequence[str]) -> None:
        """Follows the judged readings of these owners, each from a cursor kept beside the module's effects."""
        while True:
            try:
                taken = [await self._take(owner) for owner in owners]
                self._outages.answered()
                await self._follow(taken)
            except StoreUnavailable as error:
                if self._outages.are_its_own(error, self._at):
                    self._wary = True
                    self._doubtful.forget(self._outages.met)
                self._log.warning("readings wait for the store", reason=str(error))
                self._handling.forget()
                await asyncio.sleep(pause_s(error))

    async def _take(self, owner: str) -> _Followed:
        """The module's own readings from the first one on; those of others from when it first listened to them."""
        own = owner == self._module
        start = 0 if own else await self._store.series.position(owner)
        held = await self._store.cursors.take(consumer_of(self._module, owner), self._holder, start, self._seated)
        return _Followed(owner, held, held.position, doubtful=held.doubtful or self._wary)

    async def _follow(self, followed: Sequence[_Followed]) -> None:
        bell = self._store.series_bell
        while True:
            rung, moved = bell.number(), False
            for one in followed:
                moved = await self._go_on(one) or moved
            self.behind = sum(one.judged - one.seen for one in followed)
            if not moved:
                await bell.changed(rung, LOOK_S, POLL_S)

    async def _go_on(self, followed: _Followed) -> bool:
        """Handles the next batches of one owner; False when there are none yet."""
        batches, marks, until = await self._store.series.judged(followed.owner, followed.seen, ROWS)
        followed.judged = max(followed.seen, until)
        if not batches:
            followed.seen = followed.judged
            return False
        self._at, last = (followed.owner, followed.held.position), batches[-1].position
        if followed.doubtful:
            await self._with_doubt(followed, batches, marks)
            return True
        wanted = [arrived for batch in batches for _, arrived in self._wanted(batch, marks)]
        effects = await self._handling.prepare(wanted)
        if effects or last - followed.held.position >= IDLE_CURSOR_EVERY:
            held, consumer = followed.held, consumer_of(self._module, followed.owner)

            def job(tx: Transaction) -> Held:
                moved = tx.move(held, last)
                effects.write(tx, consumer)
                return moved

            followed.held = await self._store.write(job)
        followed.seen = last
        return True

    async def _with_doubt(self, followed: _Followed, batches: Sequence[Batch], marks: dict[int, list[Mark]]) -> None:
        """These batches one after the other: one of them may have ended an earlier process."""
        for batch in batches:
            wanted = list(self._wanted(batch, marks))
            if wanted or batch.position == followed.held.suspect:
                followed.held = await self._doubtful.handle(followed.held, batch.position, wanted)
            followed.seen = batch.position
        followed.doubtful = self._wary = False

    def _wanted(self, batch: Batch, marks: dict[int, list[Mark]]) -> Iterator[Numbered]:
        """The readings of a batch that rules may look at: good or suspect, no repeats, of live sources."""
        kinds, judges = self._handling.kinds, self._sources.judges
        marked = {mark.index: mark for mark in marks.get(batch.position, ())}
        for index, sent in enumerate(batch.observations):
            if sent.kind not in kinds:
                continue
            mark = marked.get(index)
            if mark is not None and mark.repeat:
                continue
            reading = judged(sent, mark) if mark is not None else sent
            if reading.quality in ("good", "suspect") and judges(reading):
                yield index, (batch.position, batch.at, reading)


def consumer_of(module: str, owner: str) -> str:
    """The name of a module's cursor on an owner's readings."""
    own = f"module:{module}:readings"
    return own if owner == module else f"{own}:{owner}"
