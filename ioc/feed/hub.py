"""The middle of the feed: follows the log and the last-known values once, for every client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Protocol

import msgspec
import structlog

from ioc.city.camera_class import is_of
from ioc.core.clock import Clock, SystemClock, iso
from ioc.core.envelope import Recorded, decode
from ioc.feed.ageing import Ageing
from ioc.feed.audience import Audience
from ioc.feed.options import Options
from ioc.feed.pictures import Pictures
from ioc.feed.ports import Authenticate, LatestRow, LogRow, Recheck, Sources
from ioc.feed.refusals import RIGHTS_ENDED
from ioc.feed.ring import Ring, Step
from ioc.feed.snapshot import Snapshots
from ioc.feed.viewer import Viewer
from ioc.feed.wire import CAMERA, SOURCE, Change, changes, frame, latest_change

_BREATH = 32  # positions handed out before the loop may do something else


class Hole(Exception):
    """The log no longer has what should follow a position."""


class Logger(Protocol):
    """The part of the structured log used here."""

    def info(self, event: str, **values: object) -> object:
        """Something normal."""
        ...

    def error(self, event: str, **values: object) -> object:
        """Something a person should look at."""
        ...


class Hub:
    """One feed. `upto` is the last position handed out; `epoch` the log's lifetime; `told` hears of rows handed out."""

    def __init__(
        self,
        options: Options,
        sources: Sources,
        *,
        authenticate: Authenticate,
        recheck: Recheck,
        clock: Clock | None = None,
        told: Callable[[Sequence[LogRow]], None] = lambda rows: None,
    ) -> None:
        self.told = told
        self.options, self.sources = options, sources
        self.authenticate, self._recheck = authenticate, recheck
        self.clock = clock or SystemClock()
        self.snapshots = Snapshots(sources, options)
        self.pictures = Pictures(sources.frames, sources.cameras)
        self.pictures.on_removed = self._withdraw_removed
        self.audience = Audience(options)
        self.latest: dict[tuple[str, str], Change] = {}
        self.upto = 0
        self.ready = asyncio.Event()
        self._ring = Ring(options.ring)
        self._seq = 0
        self._answered = 0.0  # when the store last did, by the loop's clock
        self._failing: set[str] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._log: Logger = structlog.get_logger("ioc.feed")

    @property
    def epoch(self) -> str:
        """The log's lifetime."""
        return self.sources.epoch

    async def start(self) -> None:
        """Begins to follow; clients that come before the log answers wait."""
        self._answered = asyncio.get_running_loop().time()
        works = {
            "tail": self._follow,
            "latest": self._poll,
            "beat": self._beat,
            "rights": self._check_rights,
            "pictures": lambda: self.pictures.follow(self.audience.offer_picture),
            "watch": lambda: self.pictures.tell(self.audience.watched),
            "ages": lambda: Ageing(self.pictures, self.now_ms).run(self.audience),
        }
        self._tasks = [asyncio.create_task(self._keep(name, work), name=f"feed-{name}") for name, work in works.items()]

    async def stop(self) -> None:
        """Ends the following; connections are closed by their server."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def can_resume(self, since: int) -> bool:
        """Whether everything behind `since` can still be handed out one by one."""
        if self._ring.covers(since):
            return since <= self.upto or since <= await self.sources.log.head()
        if since >= self.upto:
            return since <= await self.sources.log.head()
        if self.upto - since > self.options.resume_limit:
            return False
        rows = await self.sources.log.after(since, 1)
        return bool(rows) and rows[0].position == since + 1

    async def replay(self, position: int) -> Sequence[Step]:
        """The next steps behind a position that lies before `upto`.

        Raises:
            Hole: the log no longer has them.
        """
        if self._ring.covers(position):
            return self._ring.after(position, self.options.page)
        rows = await self.sources.log.after(position, self.options.page)
        if not rows or rows[0].position != position + 1:
            raise Hole(f"nothing follows position {position}")
        return [(row.position, self._decoded(row)) for row in rows]

    def queued(self) -> int:
        """Bytes that wait for clients that are behind."""
        return sum(viewer.queued for viewer in self.audience.all())

    def message(self, topic: str, **values: object) -> bytes:
        """A `sys` message as a frame."""
        return frame({"t": f"sys.{topic}", "d": values})

    def now(self) -> str:
        """The server's time."""
        return iso(self.clock.now())

    def now_ms(self) -> int:
        """The server's time in Unix milliseconds."""
        return round(self.clock.now().timestamp() * 1000)

    async def _keep(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except Exception as error:
                if name not in self._failing:
                    self._log.error("feed interrupted", part=name, error=repr(error))
                self._failing.add(name)
            await asyncio.sleep(self.options.retry_s)

    def _well(self, name: str) -> None:
        if name in self._failing:
            self._failing.discard(name)
            self._log.info("feed goes on", part=name)

    async def _follow(self) -> None:
        if not self.ready.is_set():
            self.upto = await self.sources.log.head()
            self.ready.set()
        rows = self.sources.tail(self.upto)
        try:
            async for batch in rows:
                for row in batch:
                    self._hand_out(row)
                    if row.position % _BREATH == 0:
                        await asyncio.sleep(0)
                self.told(batch)
                self._well("tail")
        except Hole:
            await self._cross_hole()
            raise
        finally:
            if isinstance(rows, AsyncGenerator):
                await rows.aclose()

    def _hand_out(self, row: LogRow) -> None:
        if row.position <= self.upto:
            return
        if row.position != self.upto + 1:
            raise Hole(f"position {row.position} follows {self.upto}")
        changed = self._decoded(row)
        self._ring.append(row.position, changed)
        self.upto = row.position
        for change in changed:
            self.audience.offer_live(change)

    async def _cross_hole(self) -> None:
        """What the log has no more (retention, while we were cut off) can be given to nobody: all start over."""
        rows = await self.sources.log.after(self.upto, 1)
        if rows and rows[0].position > self.upto + 1:
            self.upto = rows[0].position - 1
            self._ring = Ring(self.options.ring)
            for viewer in self.audience.all():
                viewer.start_over()

    def _decoded(self, row: LogRow) -> tuple[Change, ...]:
        try:
            return changes(Recorded(row.position, decode(row.body)))
        except (msgspec.DecodeError, TypeError, ValueError, KeyError) as error:
            # One odd event must not stop the log for everyone.
            self._log.error("event cannot be shown", position=row.position, error=repr(error))
            return ()

    async def _poll(self) -> None:
        while True:
            self._merge(await self.sources.latest.changed_since(self._seq))
            self._answered = asyncio.get_running_loop().time()
            self._well("latest")
            await asyncio.sleep(self.options.poll_s)

    def _merge(self, rows: Sequence[LatestRow]) -> None:
        for row in rows:
            self._seq = max(self._seq, row.seq)
            change = latest_change(row, self.pictures.classes)
            if change is None:
                continue
            if self._is_removed(change):
                continue
            held = self.latest.get((change.topic, change.key))
            if held is not None and held.at is not None and held.at > row.ts:
                continue
            self.latest[change.topic, change.key] = change
            self.audience.offer_watching(change)

    def _is_removed(self, change: Change) -> bool:
        return change.topic in (CAMERA, SOURCE) and is_of(change.key, self.pictures.removed)

    def _withdraw_removed(self) -> None:
        """Takes cameras that are none any more, and their sources, off every screen."""
        for slot, change in [(slot, change) for slot, change in self.latest.items() if self._is_removed(change)]:
            del self.latest[slot]
            change.withdrawn = True
            self.audience.offer_watching(change)

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + self.options.beat_s, loop.time())
            await asyncio.sleep(due - loop.time())
            if self.ready.is_set():
                self.beat()

    def beat(self, *viewers: Viewer) -> None:
        """Sends a heartbeat now, to these or to everyone."""
        now, away = self.now(), self._store_away()
        made: dict[tuple[str, int], bytes] = {}

        def beat_frame(epoch: str, upto: int) -> bytes:
            if (epoch, upto) not in made:
                said = {"now": now, "build": self.options.build, "epoch": epoch, "upto": upto} | away
                made[epoch, upto] = self.message("hb", **said)
            return made[epoch, upto]

        for viewer in viewers or self.audience.all():
            viewer.beat(beat_frame)

    def _store_away(self) -> dict[str, object]:
        silent_s = asyncio.get_running_loop().time() - self._answered
        return {"store_away_s": round(silent_s)} if silent_s >= self.options.away_s else {}

    async def _check_rights(self) -> None:
        while True:
            await asyncio.sleep(self.options.rights_s)
            await asyncio.gather(*map(self._check, self.audience.alike()))

    async def _check(self, viewers: Sequence[Viewer]) -> None:
        try:
            now = await self._recheck(viewers[0].headers, viewers[0].token)
        except Exception as error:
            if "rights" not in self._failing:
                self._log.error("rights cannot be checked", error=repr(error))
            self._failing.add("rights")
            return
        self._well("rights")
        for viewer in viewers:
            if now is None:
                viewer.refuse(RIGHTS_ENDED)
            elif now != viewer.principal:
                viewer.change_rights(now)
