"""The process of one module."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from datetime import timedelta
from functools import partial

import msgspec

from ioc.city.profile import Camera
from ioc.contract import Listed, Module
from ioc.core.clock import iso
from ioc.core.faults import said_by
from ioc.host.announce import announce
from ioc.host.cameras_followed import LOOK_S, FollowedCameras
from ioc.host.children import Pulse
from ioc.host.context import HostContext
from ioc.host.discovery import ModuleSpec, find_modules, load_module
from ioc.host.doubt import doubt_limits
from ioc.host.follower import Follower
from ioc.host.handling import Handling, reading_handlers
from ioc.host.marks import Marks, read_marks
from ioc.host.module_settings import settings_of
from ioc.host.module_step import ModuleStep
from ioc.host.mqtt_address import broker_of
from ioc.host.mqtt_door import MQTT_DOOR
from ioc.host.parts import Parts, open_parts
from ioc.host.process import run_together, run_until_stopped
from ioc.host.quality_limits import QualityLimits
from ioc.host.readings import ReadingFollower
from ioc.host.said_today import SaidToday
from ioc.host.series_room import no_room
from ioc.host.series_step import SeriesStep
from ioc.host.source_book import SourceBook
from ioc.host.source_watch import SourceWatch
from ioc.host.sources import SourceRunner
from ioc.host.timers import TimerRunner
from ioc.host.turns import turns_of
from ioc.logs import configure
from ioc.settings import Settings
from ioc.store import Seated
from ioc.store.observations import owner_of


def module_worker(settings: Settings, name: str, pulse: Pulse) -> None:
    """Runs one module until SIGTERM."""
    configure(f"module {name}", level=settings.log_level)

    async def main(stopping: asyncio.Event) -> None:
        async with open_parts(settings, f"module.{name}") as parts:
            await run_module(parts, name, stopping)

    run_until_stopped(main, pulse)


async def run_module(parts: Parts, name: str, stopping: asyncio.Event) -> None:
    """Runs a module until `stopping` whenever its seat is this process's, each time from its beginning."""
    spec = find_modules()[name]

    async def work(seated: Seated) -> None:
        await RunningModule(parts, spec, seated).run(stopping)

    await turns_of(parts, name).run(stopping, work)


GAP_PERIODS = "quality.gap_periods"  # this many periods without a word are silence
SOURCES_MAY_TAKE = timedelta(seconds=3)  # one that has nothing to say keeps nobody from being live


class RunningModule:
    """A module with its context, followers, sources and timers, all of them for as long as `seated` is ours; without
    it nobody else can run the module."""

    def __init__(self, parts: Parts, spec: ModuleSpec, seated: Seated | None = None) -> None:
        self._parts = parts
        self._seated = seated
        self._spec = spec
        self._since = parts.clock.now()
        self.ctx = HostContext(
            spec=spec,
            city=parts.city,
            store=parts.store,
            gis=parts.gis,
            clock=parts.clock,
            log=parts.log,
            broker=partial(broker_of, parts.settings),
            simulator=parts.settings.demo,
            seated=seated,
        )
        module_class = load_module(spec)
        self.module: Module = module_class(settings_of(module_class, spec.name, parts.city))
        self.marks: Marks = read_marks(self.module)
        self._reading_handlers = reading_handlers(self.marks.handlers, find_modules().values())
        self._followed = FollowedCameras(parts.city, parts.settings.city_dir, parts.settings.city_overlay)
        listed = list(self.module.listed(parts.city))
        self._periods = _periods(listed)
        self.book = self._book(listed)
        self.step = ModuleStep(self.module, self.marks, self.ctx)
        step_of_readings = ModuleStep(self.module, self.marks, self.ctx)
        self._handling = Handling(step_of_readings, self._reading_handlers, self.ctx)
        doors = [MQTT_DOOR] if parts.settings.mqtt_url else []
        self._sources = [SourceRunner(source, self.ctx, self.book) for source in (*self.marks.sources, *doors)]
        self._timers = [TimerRunner(timer, self.ctx, self.book) for timer in self.marks.timers]
        self._said = SaidToday(spec.name, parts.clock)
        consumer = f"module:{spec.name}"
        self._follower = Follower(parts.store, consumer, parts.owner, self.step, parts.log, self._said.see, seated)
        self._series = self._series_step()
        self._going = False

    async def run(self, stopping: asyncio.Event) -> None:
        """Everything at once until `stopping`."""
        watch = SourceWatch(self.book, self.ctx)
        await self._said.begin(self._parts.store)
        await watch.begin()
        tasks: list[Awaitable[None]] = [self._follow(), self._announce(), watch.run()]
        tasks += [source.run() for source in self._sources]
        tasks += [timer.run() for timer in self._timers]
        tasks += [self._series.run(), self._follow_cameras()]
        if self._reading_handlers:
            tasks.append(self._read())
        await run_together(stopping, tasks)

    def _book(self, listed: Iterable[Listed]) -> SourceBook:
        now = self._parts.clock.now()
        gap, limits = self.ctx.threshold(GAP_PERIODS, now), doubt_limits(self._parts.city, now)
        return SourceBook(self._spec.name, listed, now, gap_periods=gap, limits=limits)

    def _lists(self, key: str) -> bool:
        return key in self._periods

    async def _follow_cameras(self) -> None:
        """Takes over what a person changes in the profile's cameras: zones and lines count from then on, and the
        sources are listed anew."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self._followed.look()
            if self._followed.cameras is not self.ctx.city.cameras:
                self._take_cameras(self._followed.cameras, self._followed.removed)

    def _take_cameras(self, cameras: tuple[Camera, ...], removed: tuple[Camera, ...]) -> None:
        city = msgspec.structs.replace(self.ctx.city, cameras=cameras, removed_cameras=removed)
        self.ctx.take_city(city)
        listed = list(self.module.listed(city))
        self._periods = _periods(listed)
        self.book.list_anew(listed, self._parts.clock.now())
        self._parts.log.info("the city's cameras were changed", module=self._spec.name, cameras=len(cameras))

    async def _follow(self) -> None:
        await self._follower.run(self._parts.tail.after)

    def _series_step(self) -> SeriesStep:
        parts = self._parts
        limits = QualityLimits(parts.city, lambda key: self._periods.get(key))
        name, clock = self._spec.name, parts.clock
        return SeriesStep(
            parts.store, name, parts.owner, limits, self.book, clock, parts.log, self._seated, listed=self._lists
        )

    async def _read(self) -> None:
        """Listens to the readings some handler wants, of whichever owner."""
        parts, name = self._parts, self._spec.name
        reader = ReadingFollower(parts.store, name, parts.owner, self._handling, self.book, parts.log, self._seated)
        await reader.run(sorted({owner_of(kind) for kind in self._reading_handlers}))

    async def _announce(self) -> None:
        await announce(self._parts.store, self._spec.name, self._look, self._parts.log)

    async def _look(self) -> dict[str, object]:
        for source in self._sources:
            source.check_silence()
        return self.health()

    def _gets_going(self) -> bool:
        """Whether events and readings are followed and every source has begun, or had the time to."""
        if not self._going and self._follower.going and self._series.going:
            begun = all(source.begun for source in self._sources)
            self._going = begun or self._parts.clock.now() - self._since > SOURCES_MAY_TAKE
        return self._going

    def health(self) -> dict[str, object]:
        """What the health page and the wall show of this module."""
        faults = [timer.failed for timer in self._timers if timer.failed]
        state, detail = ("live" if self._gets_going() else "starting"), {"vi": "", "en": ""}
        if faults:
            state, detail = "failed", {"vi": f"Lỗi hẹn giờ: {faults[0]}", "en": f"Timer failed: {faults[0]}"}
        for why in self._handling.broken.values():
            state = "failed"
            detail = {"vi": f"Không xử lý được số đo: {why}", "en": f"Readings cannot be handled: {why}"}
        if self._series.unkept:
            detail = msgspec.to_builtins(no_room(self._series.unkept))
        own: dict[str, object] = {}
        try:
            own = self.module.health()
        except Exception as error:  # the module says itself that it is not well
            state, detail = "failed", dict.fromkeys(("vi", "en"), said_by(error))
        return {
            "state": state,
            "since": iso(self._since),
            "title": {"vi": self._spec.title.vi, "en": self._spec.title.en},
            "detail": detail,
            "events": self.step.handled,
            "events_today": self._said.count(),
            "position": self._follower.position,
            "sources": [msgspec.to_builtins(source.health) for source in self._sources],
            **({"own": own} if own else {}),
        }


def _periods(listed: Iterable[Listed]) -> dict[str, float]:
    return {one.key: one.period_s for one in listed}
