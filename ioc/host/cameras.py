"""The cameras' process: a decoder for each camera of the city, and what they see told to the rest of the city."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from ioc.bus import BusUnavailable
from ioc.bus import Picture as CalledOut
from ioc.city.profile import Camera
from ioc.contract import Gis, Heard, Latest, Listed, Observation
from ioc.core.clock import iso
from ioc.core.dataclass import WALL
from ioc.core.text import Text, counted
from ioc.host.announce import announce, part_health
from ioc.host.cameras_keeper import Keeper
from ioc.host.cameras_near import TOPIC
from ioc.host.cameras_plan import address_of, limits_of, model_of, plan_of, read_logins
from ioc.host.cameras_seen import EVERY, OWNER, SEES_WRONG, SeenCamera
from ioc.host.children import Pulse
from ioc.host.context import threshold
from ioc.host.discovery import Manifest, ModuleSpec
from ioc.host.doubt import doubt_limits
from ioc.host.parts import Parts, open_parts
from ioc.host.process import run_together, run_until_stopped
from ioc.host.quality_limits import QualityLimits
from ioc.host.series_step import SeriesStep
from ioc.host.source_book import SourceBook
from ioc.host.source_watch import SourceWatch
from ioc.host.turns import turns_of
from ioc.logs import configure
from ioc.settings import Settings
from ioc.store import Seated, StoreUnavailable, Transaction
from streams.children import Nursery, Picture

DOOR = "cameras"
LOOK_S = 0.5
TELL_S = 1.0
SAID_EVERY = timedelta(seconds=5)
WATCH_LEASE_S = 5.0
MOST_WAITING = 20_000  # readings kept while the store is away: half an hour of a hundred cameras' heartbeats
TITLE = Text("Camera", "Cameras")
SPEC = ModuleSpec(
    Manifest(name=OWNER, title_vi=TITLE.vi, title_en=TITLE.en, version="1", owner="ioc"), "ioc.host", Path(__file__)
)
_SILENT = Text("Camera không gửi hình", "The camera sends no pictures")
_NO_SOURCE = Text("Chưa cấu hình nguồn hình", "No source of pictures is set")


def cameras_worker(settings: Settings, pulse: Pulse) -> None:
    """Runs the city's cameras until SIGTERM."""
    configure("cameras", level=settings.log_level)

    async def main(stopping: asyncio.Event) -> None:
        async with open_parts(settings, "cameras") as parts:

            async def work(seated: Seated) -> None:
                await RunningCameras(parts, seated).run(stopping)

            await turns_of(parts, DOOR).run(stopping, work)

    run_until_stopped(main, pulse)


class RunningCameras:
    """Keepers, readings, values for the screens, pictures and the book of sources of one city's cameras."""

    def __init__(self, parts: Parts, seated: Seated | None = None) -> None:
        self._parts = parts
        self._seated = seated
        now = parts.clock.now()
        self._since = now
        self.nursery = Nursery()
        self.seen = {one.id: SeenCamera(one, self._number("camera.lost_s", now), now) for one in parts.city.cameras}
        self.keepers = self._keepers(now)
        gap = self._number("quality.gap_periods", now)
        listed, limits = map(_listed, parts.city.cameras), doubt_limits(parts.city, now)
        self.book = SourceBook(OWNER, listed, now, gap_periods=gap, limits=limits)
        self._sources = SourceWatch(self.book, _Context(parts, seated))
        self._waiting: list[Observation] = []
        self.dropped = 0
        self._said: dict[str, tuple[str, datetime]] = {}
        self._pictures: dict[str, Picture] = {}
        self._shown = asyncio.Event()
        self._leases: dict[str, float] = {}
        self._series = self._series_step()

    async def run(self, stopping: asyncio.Event) -> None:
        """Everything at once until `stopping`; no decoder is left."""
        await self._sources.begin()
        tasks: list[Awaitable[None]] = [keeper.run() for keeper in self.keepers.values()]
        tasks += [self._tell(), self._call_out(), self._listen(), self._expire()]
        tasks += [announce(self._parts.store, DOOR, self._health, self._parts.log), self._sources.run()]
        tasks.append(self._series.run())
        try:
            await run_together(stopping, tasks)
        finally:
            self.nursery.close()

    def _keepers(self, now: datetime) -> dict[str, Keeper]:
        parts = self._parts
        limits, logins = limits_of(parts.city, now), read_logins(parts.settings.camera_secrets)
        keepers = {}
        for id, seen in self.seen.items():
            address = address_of(seen.camera, parts.settings.data_dir)
            if address is None:
                seen.trouble(_NO_SOURCE, now)
                continue
            model = model_of(seen.camera, parts.settings.camera_model)
            plan = plan_of(seen.camera, address, limits, logins, model)
            keepers[id] = Keeper(seen, plan, self.nursery, clock=parts.clock, log=parts.log, show=self._show)
        return keepers

    async def _tell(self) -> None:
        """Once a second: what is due into the observation log, and what changed to the screens."""
        while True:
            await asyncio.sleep(TELL_S)
            now = self._parts.clock.now()
            for seen in self.seen.values():
                self._waiting += seen.look(now)
            self._drop_oldest()
            try:
                await self._write(now)
            except StoreUnavailable as error:
                self._parts.log.warning("cameras wait for the store", reason=str(error))

    async def _write(self, now: datetime) -> None:
        batch = list(self._waiting)
        if batch:
            await self._parts.store.observations.write_batch(DOOR, batch)
            del self._waiting[: len(batch)]
        self._mark_sight(now)
        news = [(seen, body) for seen in self.seen.values() if self._is_news(seen, body := seen.body(), now)]
        if news:

            def job(tx: Transaction) -> None:
                for seen, body in news:
                    tx.latest(Latest(TOPIC, seen.camera.id, body, tx.now))

            await self._parts.store.write(job)
            self._said |= {seen.camera.id: (seen.state, now) for seen, _ in news}

    def _is_news(self, seen: SeenCamera, body: dict[str, Any], now: datetime) -> bool:
        state, at = self._said.get(seen.camera.id, ("", now))
        return state != body["state"] or now - at >= SAID_EVERY

    def _mark_sight(self, now: datetime) -> None:
        """A camera without pictures cannot be reached, although its process goes on to say so; one whose picture stands
        still, is black, covered or of elsewhere speaks, and is not to be believed."""
        for id, seen in self.seen.items():
            self.book.sees(id, SEES_WRONG.get(seen.state))
            if seen.state == "lost":
                self.book.heard(Heard(id, now, seen.reason or _SILENT))
            elif self.book.entries[id].problem is not None and seen.last_frame is not None:
                self.book.heard(Heard(id, seen.last_frame))

    def _drop_oldest(self) -> None:
        over = len(self._waiting) - MOST_WAITING
        if over > 0:
            del self._waiting[:over]
            self.dropped += over

    def _show(self, camera: str, picture: Picture) -> None:
        self._pictures[camera] = picture
        self._shown.set()

    async def _call_out(self) -> None:
        """Publishes the newest picture of each camera; what comes while the bus is away is let go."""
        while True:
            await self._shown.wait()
            self._shown.clear()
            waiting, self._pictures = self._pictures, {}
            try:
                for camera, picture in waiting.items():
                    await self._parts.frames.show(CalledOut(camera, picture.at_ms, picture.jpeg))
            except BusUnavailable:
                await asyncio.sleep(TELL_S)  # told on the screens by the API, which misses them

    async def _listen(self) -> None:
        """Hears which cameras are watched."""
        loop = asyncio.get_running_loop()
        async for cameras in self._parts.frames.watched():
            self._leases |= dict.fromkeys(cameras, loop.time() + WATCH_LEASE_S)
            self._watch()

    async def _expire(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            self._watch()

    def _watch(self) -> None:
        now = asyncio.get_running_loop().time()
        self._leases = {camera: until for camera, until in self._leases.items() if until > now}
        for id, keeper in self.keepers.items():
            keeper.watch(id in self._leases)

    def _series_step(self) -> SeriesStep:
        parts = self._parts
        limits = QualityLimits(parts.city, {id: EVERY.total_seconds() for id in self.seen}.get)
        step = partial(SeriesStep, parts.store, OWNER, parts.owner, limits, self.book, parts.clock, parts.log)
        return step(self._seated, listed=self.seen.__contains__)

    async def _health(self) -> dict[str, Any]:
        listed = [seen for seen in self.seen.values() if seen.camera.data_class in WALL]  # anyone may read the counts
        well = sum(seen.state == "ok" for seen in listed)
        of_all = counted(len(listed), "camera")
        detail = Text(f"{well}/{len(listed)} camera có hình tốt", f"{well} of {of_all} with a good picture")
        restarts = sum(keeper.restarts for keeper in self.keepers.values())
        return part_health(
            TITLE,
            iso(self._since),
            going=self._series.going,
            detail=detail,
            decoder_restarts=restarts,
            readings_dropped=self.dropped,
        )

    def _number(self, name: str, at: datetime) -> float:
        return threshold(self._parts.city, name, at)


class _Context:
    """What the watch of sources needs of a process."""

    def __init__(self, parts: Parts, seated: Seated | None) -> None:
        self.seated = seated
        self.spec = SPEC
        self.city: Any = parts.city
        self.gis: Gis = parts.gis
        self.store, self.clock, self.log = parts.store, parts.clock, parts.log


def _listed(camera: Camera) -> Listed:
    return Listed(
        key=camera.id,
        name=camera.name,
        kind="camera",
        period_s=EVERY.total_seconds(),
        lonlat=(camera.lon, camera.lat),
        simulated=camera.simulated,
        life=camera.life,
    )
