"""Takes an owner's readings from the observation log into their series, exactly once: each is known or new, judged,
and written with its judgement and the owner's cursor in one commit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import compress
from typing import Protocol

from ioc.contract import Log, Observation
from ioc.contract.readings import Quality
from ioc.core.clock import Clock
from ioc.core.quality import GRADES, Before, Grade, Limits, Reason, judge
from ioc.host.doubt import NO_ROOM
from ioc.host.quality_limits import QualityLimits, day_of
from ioc.host.reading_check import FIRST_YEAR, LAST_YEAR
from ioc.host.seen import KEPT, Seen, hash_of
from ioc.host.series_room import Room
from ioc.store import Seated, Store, StoreUnavailable
from ioc.store.observations import Batch
from ioc.store.series import Known, Mark, SeriesHeld, SeriesKey, Taken

ROWS = 200
READINGS = 5_000  # of one commit, about
LOOK_S = 1.0  # how often the table is asked while no bell of this machine rings
POLL_S = 0.05
RETRY_S = 0.2
UNKEPT_SHOWN_S = 600.0
PACE_S = 0.1  # in a steady flow a commit has that much of it: many short ones cost far more than a few long ones

WORDS: tuple[Quality, ...] = ("good", "suspect", "substituted", "bad")  # in the order of Grade
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Noted(Protocol):
    """Who is told of every judged reading."""

    def note(self, owner: str, reading: Observation, received_at: datetime, reason: str | None) -> None:
        """A judged reading, after its commit."""
        ...


Note = tuple[Observation, datetime]  # a judged reading and when it came


class SeriesStep:
    """The one writer of one owner's series.

    `listed` says which sources the city knows: room is kept for them. `run` ends only by cancellation, or raises
    Fenced when another process has taken the series over. With `seated` it takes them only while that seat is ours.
    """

    def __init__(
        self,
        store: Store,
        owner: str,
        holder: str,
        limits: QualityLimits,
        book: Noted,
        clock: Clock,
        log: Log,
        seated: Seated | None = None,
        *,
        listed: Callable[[str], bool] = lambda source: False,
    ) -> None:
        self._store = store
        self._owner = owner
        self._holder = holder
        self._limits = limits
        self._book = book
        self._clock = clock
        self._log = log
        self._seated = seated
        self._room = Room(store, owner, listed)
        self._known: dict[SeriesKey, Known] = {}
        self._limits_known: dict[int, tuple[int, Limits]] = {}
        self._seen = Seen()
        self.position = 0  # of the last batch whose readings are in their series and noted
        self._unkept = 0.0, 0
        self.going = False  # whether the cursor is taken and what the store knows is learned

    async def run(self) -> None:
        """Follows the observation log from the owner's cursor."""
        while True:
            try:
                await self._follow(await self._begin())
            except StoreUnavailable as error:
                self._log.warning("series wait for the store", owner=self._owner, reason=str(error))
                await asyncio.sleep(RETRY_S)

    async def _begin(self) -> SeriesHeld:
        """Takes the cursor and learns anew what the store knows: what was remembered may never have been committed."""
        if self._seated is not None:
            await self._store.seats.check(self._seated)
        held = await self._store.series.take(self._owner, self._holder)
        self._known, self._seen = {}, Seen()
        self._seen.load(await self._store.series.seen(self._owner, ms_of(self._clock.now() - KEPT)))
        self.going = True
        return held

    async def _follow(self, held: SeriesHeld) -> None:
        bell = self._store.observation_bell
        while True:
            rung = bell.number()
            batches = await self._store.observations.of(self._owner, held.position, ROWS)
            if batches:
                begun = time.monotonic()
                held = await self._take_in(held, list(_so_many(batches)))
                if len(batches) < ROWS:
                    await asyncio.sleep(max(0.0, PACE_S - (time.monotonic() - begun)))
            else:
                await bell.changed(rung, LOOK_S, POLL_S)

    async def _take_in(self, held: SeriesHeld, batches: Sequence[Batch]) -> SeriesHeld:
        await self._learn_series(batches)
        taken, notes = self._judge(batches)
        moved = await self._store.series.keep(held, taken)
        self._seen.add(ms_of(self._clock.now()), taken.hashes)
        for reading, received_at in notes:
            series = self._known.get((reading.kind, reading.key))
            self._book.note(self._owner, reading, received_at, series.reason if series else NO_ROOM)
        self.position = moved.position
        return moved

    async def _learn_series(self, batches: Sequence[Batch]) -> None:
        """Every series of these batches, new ones begun, as far as there is room."""
        strange = {
            (one.kind, one.key): one.unit
            for batch in batches
            for one in batch.observations
            if (one.kind, one.key) not in self._known
        }
        if not strange:
            return
        found = await self._room.find(strange, ms_of(self._clock.now()))
        for name in self._room.freed:
            self._known.pop(name, None)
        self._room.freed.clear()
        self._known |= found
        if self._room.unkept:
            if not self.unkept:
                self._log.error("no room for new series", owner=self._owner, not_kept=self._room.unkept)
            self._unkept = time.monotonic(), self._room.unkept

    @property
    def unkept(self) -> int:
        """How many new series found no room the last time some did not, if that was lately."""
        at, count = self._unkept
        return count if time.monotonic() - at < UNKEPT_SHOWN_S else 0

    def _judge(self, batches: Sequence[Batch]) -> tuple[Taken, list[Note]]:
        taken, notes = Taken(batches[-1].position), list[Note]()
        hashes = [_hash(batch.door, one) for batch in batches for one in batch.observations]
        joined = b"".join(hashes)
        fresh = self._seen.fresh(joined).tolist()
        taken.hashes = joined if all(fresh) else b"".join(compress(hashes, fresh))
        is_fresh = iter(fresh)
        for batch in batches:
            if batch.damaged:
                self._log.error("a batch of readings cannot be read", owner=self._owner, position=batch.position)
            received_ms, marks = ms_of(batch.at), list[Mark]()
            for index, reading in enumerate(batch.observations):
                mark = (
                    self._judge_one(index, reading, received_ms, taken) if next(is_fresh) else _repeat(index, reading)
                )
                if mark is not None:
                    marks.append(mark)
                    reading = judged(reading, mark)
                if mark is None or not mark.repeat:
                    notes.append((reading, batch.at))
            if marks:
                taken.marks[batch.position] = marks
        return taken, notes

    def _limits_of(self, series: Known, reading: Observation, at_ms: int) -> Limits:
        """The limits of a series, looked up once for each local day of its readings."""
        day = day_of(at_ms)
        known = self._limits_known.get(series.id)
        if known is None or known[0] != day:
            known = self._limits_known[series.id] = day, self._limits.of(reading.kind, reading.source, at_ms)
        return known[1]

    def _judge_one(self, index: int, reading: Observation, received_ms: int, taken: Taken) -> Mark | None:
        """Judges a reading and puts it into its series; how its judgement differs from what was sent."""
        series = self._known.get((reading.kind, reading.key))
        if series is None or not _datable(reading):  # no room for its series, or no day of any calendar
            return Mark(index, Grade.BAD)
        at_ms, said = time_of(reading), GRADES[reading.quality]
        limits = self._limits_of(series, reading, at_ms)
        verdict = judge(reading.value, reading.unit, at_ms, received_ms, said, limits, series.before)
        _add_point(taken.points, (series.id, at_ms), reading.value, verdict.grade)
        taken.changed[series.id] = series
        _update(series, at_ms, reading.unit, verdict.late, verdict.grade, verdict.reason, verdict.after)
        if verdict.grade == said and not verdict.late:
            return None
        return Mark(index, verdict.grade, verdict.late)


def _datable(reading: Observation) -> bool:
    """Whether its time has a local day and thresholds; doors refuse others, but an older log may hold them."""
    return isinstance(reading.at, datetime) and FIRST_YEAR <= reading.at.year <= LAST_YEAR


def judged(reading: Observation, mark: Mark) -> Observation:
    """The reading as it was judged."""
    return Observation(
        reading.kind,
        reading.key,
        reading.value,
        reading.unit,
        reading.at,
        WORDS[mark.grade],
        reading.simulated,
        reading.id,
        mark.late,
    )


def ms_of(at: datetime) -> int:
    """Whole milliseconds since 1970 of an aware time."""
    return round((at - _EPOCH).total_seconds() * 1000)


def time_of(reading: Observation) -> int:
    """The same of a stored reading, whose time is one."""
    at = reading.at
    if isinstance(at, str):
        raise TypeError(f"a stored reading's time is no text: {at}")
    return ms_of(at)


def _so_many(batches: Sequence[Batch]) -> Iterator[Batch]:
    """As many of them as fit one commit, at least one."""
    count = 0
    for batch in batches:
        if count and count + len(batch.observations) > READINGS:
            return
        count += len(batch.observations)
        yield batch


def _hash(door: str, reading: Observation) -> bytes:
    """Of its id, which is its sender's own and of that series; where there is none, of what, whose and when."""
    if reading.id is not None:
        return hash_of(f"{door}\0{reading.kind}\0{reading.key}\0{reading.id}")
    return hash_of(f"\0{reading.kind}\0{reading.key}\0{time_of(reading)}")


def _repeat(index: int, reading: Observation) -> Mark:
    return Mark(index, GRADES[reading.quality], repeat=True)


def _add_point(
    points: dict[tuple[int, int], tuple[float, int]], place: tuple[int, int], value: float, grade: Grade
) -> None:
    """Of two readings of one moment the one that the table would keep."""
    other = points.get(place)
    if other is None or (grade > 1, -value, grade) < (other[1] > 1, -other[0], other[1]):
        points[place] = (value, int(grade))


def _update(
    series: Known, at_ms: int, unit: str, late: bool, grade: Grade, reason: Reason | None, after: Before | None
) -> None:
    if series.oldest_ms is None or at_ms < series.oldest_ms:
        series.oldest_ms = at_ms
    if series.newest_ms is None or at_ms > series.newest_ms:
        series.newest_ms = at_ms
    series.before = after
    if not late:
        series.grade, series.reason = grade, reason
    if after is not None and after.at_ms == at_ms:
        series.unit = unit
