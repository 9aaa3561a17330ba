"""A process that takes its share of the city's cameras: a decoder for each, and what they see told to the city.

Any number of them may run, on any number of machines. What belongs once to the city is in `cameras_city`.
"""

from __future__ import annotations

import asyncio
import gc
import re
import time
from collections.abc import Awaitable, Collection, Iterable
from datetime import datetime
from typing import Any

from ioc.bus import BusUnavailable, Leases, RedisLeases
from ioc.bus import Picture as CalledOut
from ioc.city.profile import Camera
from ioc.contract import Latest
from ioc.core.clock import iso
from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.evidence.cut import outlines
from ioc.evidence.folder import EvidenceFolder
from ioc.evidence.limits import evidence_limits
from ioc.evidence.setup import setup_of
from ioc.host.cameras_city import CitysCameras
from ioc.host.cameras_followed import LOOK_S as LOOK_AT_FILES_S
from ioc.host.cameras_followed import FollowedCameras
from ioc.host.cameras_keeper import Keeper
from ioc.host.cameras_pace import least_fps
from ioc.host.cameras_placed import Placed
from ioc.host.cameras_placing import Placing
from ioc.host.cameras_plan import Login, address_of, limits_of, model_of, plan_of, read_logins
from ioc.host.cameras_seen import SeenCamera
from ioc.host.cameras_telling import DOOR, tell_readings, tell_screens
from ioc.host.cameras_workers import TOPIC as WORKERS
from ioc.host.children import Pulse
from ioc.host.context import threshold
from ioc.host.evidence_cutting import Cutter
from ioc.host.evidence_making import EvidenceMaker
from ioc.host.evidence_ring import RingKeeper
from ioc.host.machine import host_name, machine_of
from ioc.host.parts import Parts, open_parts
from ioc.host.process import run_together, run_until_stopped
from ioc.host.turns import turns_of
from ioc.logs import configure
from ioc.settings import Settings
from ioc.store import Seated, StoreUnavailable
from streams.children import Kept, Nursery, Picture
from streams.messages import Plan

LOOK_S = 0.5
TELL_S = 1.0
SAY_S = 2.0
WATCH_LEASE_S = 5.0
TIDY_S = 60.0
MOST_WAITING = 20_000  # readings kept while the store is away: half an hour of a hundred cameras' heartbeats
LEAST_WAITING = 50  # of each camera, however many there are
_NO_SOURCE = Text("Chưa cấu hình nguồn hình", "No source of pictures is set")


def cameras_worker(settings: Settings, number: int, pulse: Pulse) -> None:
    """Takes a share of the city's cameras until SIGTERM. The first worker of a machine also stands for the seat of what
    belongs once to the city."""
    configure("cameras", level=settings.log_level)

    async def main(stopping: asyncio.Event) -> None:
        async with open_parts(settings, "cameras") as parts:
            await run_cameras(parts, number, stopping)

    run_until_stopped(main, pulse)


async def run_cameras(parts: Parts, number: int, stopping: asyncio.Event) -> None:
    """One worker, as its process runs it."""
    leases = RedisLeases(parts.settings.bus_url, city=parts.city.id)

    async def work(seated: Seated) -> None:
        await CitysCameras(parts, seated).run(stopping)

    tasks: list[Awaitable[None]] = [CameraWorker(parts, leases, number).run(stopping)]
    if number == 1:
        tasks.append(turns_of(parts, DOOR).run(stopping, work))
    running = [asyncio.ensure_future(task) for task in tasks]
    try:
        await asyncio.gather(*running)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await leases.close()


class CameraWorker:
    """One worker's cameras: their keepers, readings, values for the screens, and pictures."""

    def __init__(self, parts: Parts, leases: Leases, number: int = 1) -> None:
        self._parts = parts
        now = parts.clock.now()
        self.name = f"{host_name()}/{number}"
        self._key = f"{machine_of(parts.settings.state_dir)}/{number}"
        self.nursery = Nursery()
        self.placed: dict[str, Placed] = {}
        self._cameras = {camera.id: camera for camera in parts.city.cameras}
        self._followed = FollowedCameras(parts.city, parts.settings.city_dir, parts.settings.city_overlay)
        self._limits, self._logins = limits_of(parts.city, now), self._known_logins()
        self.placing = Placing(parts.store, leases, parts.owner, list(self._cameras), self, parts.log)
        self.ring = self._ring()
        self._evidence = self._maker()
        self._telling = asyncio.Lock()
        self._pictures: dict[str, CalledOut] = {}
        self._shown = asyncio.Event()
        self._watched_until: dict[str, float] = {}
        self._restarts = self._dropped = 0  # of cameras that are no longer ours

    @property
    def keepers(self) -> dict[str, Keeper]:
        """Of the cameras that are ours and have a source."""
        return {id: one.keeper for id, one in self.placed.items() if one.keeper is not None}

    async def run(self, stopping: asyncio.Event) -> None:
        """Everything at once until `stopping`; no decoder is left, and the cameras are free for others."""
        tasks: list[Awaitable[None]] = [
            self._tell(),
            self._say(),
            self._call_out(),
            self._listen(),
            self._expire(),
            _tidy(),
            self._follow(),
            self.placing.run(),
            self._evidence.run(),
        ]
        try:
            await run_together(stopping, tasks)
            await self.placing.leave()
        finally:
            for one in self.placed.values():
                one.stop()
            await asyncio.gather(*(one.stopped() for one in self.placed.values()), return_exceptions=True)
            self.nursery.close()
            await asyncio.to_thread(self.ring.close)

    def _known_logins(self) -> dict[str, Login]:
        """None where their file cannot be used: cameras that need none are no worse for it."""
        try:
            return read_logins(self._parts.settings.camera_secrets)
        except Problem as unfit:
            self._parts.log.error("no camera is given its login", reason=(unfit.detail or unfit.title).en)
            return {}

    def _ring(self) -> RingKeeper:
        parts = self._parts
        limits = evidence_limits(parts.city, parts.clock.now())
        name = re.sub(r"[^A-Za-z0-9]+", "-", parts.owner)  # a part of file names
        return RingKeeper(parts.settings.ring_dir, limits, parts.store.vault, name, parts.log)

    def _maker(self) -> EvidenceMaker:
        parts, limits = self._parts, self.ring.limits
        folder = EvidenceFolder(parts.settings.evidence_home)
        cutter = Cutter(self.ring.folder, folder, parts.store.vault, limits)
        ours, masks_of = lambda: self.placed, self._masks_of
        return EvidenceMaker(parts.store, cutter, limits.after_s, parts.owner, ours, masks_of, parts.log)

    async def _masks_of(self, camera: str) -> list[Any] | None:
        """As the files stand at this moment, whatever its decoder still works with."""
        await self._followed.look()
        found = next((one for one in self._followed.cameras if one.id == camera), None)
        return None if found is None else outlines(setup_of(found))

    def begin(self, camera: str, fence: int) -> None:
        """See Work."""
        parts, now = self._parts, self._parts.clock.now()
        seen = SeenCamera(
            self._cameras[camera], threshold(parts.city, "camera.lost_s", now), now, least_fps(parts.city, now)
        )
        address = address_of(seen.camera, parts.settings.data_dir)
        keeper = None
        if address is None:
            seen.trouble(_NO_SOURCE, now)
        else:
            plan = self._plan_of(seen.camera, address)
            self.ring.begin(seen.camera)
            keeper = Keeper(
                seen, plan, self.nursery, clock=parts.clock, log=parts.log, show=self._show, keep=self._keep
            )
        self.placed[camera] = Placed(seen, fence, keeper)

    def _plan_of(self, camera: Camera, address: str) -> Plan:
        model = model_of(camera, self._parts.settings.camera_model)
        return plan_of(camera, address, self._limits, self._logins, model, self.ring.limits.fps)

    def drop(self, camera: str) -> None:
        """See Work."""
        one = self.placed.pop(camera, None)
        self._pictures.pop(camera, None)
        if one is not None:
            one.stop()
            self._remember(one)

    async def end(self, cameras: Collection[str]) -> None:
        """See Work."""
        given = [self.placed[camera] for camera in cameras if camera in self.placed]
        for one in given:
            one.stop()
        for one in given:
            await one.stopped()
            one.waiting += one.seen.last_words(self._parts.clock.now())
        async with self._telling:
            await tell_readings(self._parts.store, given)
        for one in given:
            self.drop(one.seen.camera.id)

    async def _follow(self) -> None:
        """Takes over what a person changes in the profile's cameras: new ones are shared out like the others, those
        that are gone are given up, and a changed one of ours goes on with what it has learnt of the scene, or begins
        anew where more than lines and zones has changed for its decoder."""
        while True:
            await asyncio.sleep(LOOK_AT_FILES_S)
            await self._followed.look()
            wanted = {camera.id: camera for camera in self._followed.cameras}
            self._cameras |= wanted  # a camera that has just gone may be taken in this very moment
            self.placing.cameras = list(wanted)
            try:
                await self.placing.give_up([id for id in self.placed if id not in wanted])
            except (BusUnavailable, StoreUnavailable) as error:
                self._parts.log.warning("cameras that are gone stay for now", reason=str(error))
            for id in [id for id, one in self.placed.items() if one.seen.camera != wanted.get(id, one.seen.camera)]:
                if not await self._redraw(id, wanted[id]):
                    await self._begin_anew(id)

    async def _redraw(self, id: str, camera: Camera) -> bool:
        """Goes on with another row where its decoder may; what was counted by the row before is told as its own."""
        one, address = self.placed[id], address_of(camera, self._parts.settings.data_dir)
        if one.keeper is None or address is None or not one.keeper.redraw(self._plan_of(camera, address)):
            return False
        one.waiting += one.seen.redrawn(camera, self._parts.clock.now())
        self.ring.begin(camera)
        self._parts.log.info("a camera's set-up was changed, it goes on", camera=id)
        return True

    async def _begin_anew(self, id: str) -> None:
        """With another row, under the same fence; what was counted so far is told with the next readings."""
        one = self.placed[id]
        await one.stopped()
        async with self._telling:
            if self.placed.get(id) is not one:
                return  # another's meanwhile
            left = [*one.waiting, *one.seen.last_words(self._parts.clock.now())]
            self.drop(id)
            self.begin(id, one.fence)
            self.placed[id].waiting = left
            self.placed[id].seen.tally_from(one.seen)
        self._parts.log.info("a camera's set-up was changed, it begins anew", camera=id)

    def _remember(self, one: Placed) -> None:
        self._restarts += one.keeper.restarts if one.keeper else 0
        self._dropped += one.dropped

    async def _tell(self) -> None:
        """Once a second: what is due into the observation log, and what changed to the screens."""
        while True:
            await asyncio.sleep(TELL_S)
            now = self._parts.clock.now()
            most = max(LEAST_WAITING, MOST_WAITING // max(1, len(self.placed)))
            for one in self.placed.values():
                one.check()
                one.seen.unkept = self.ring.fault(one.seen.camera.id) or self._evidence.fault
                one.look(now, most)
            try:
                await self._write(now)
            except StoreUnavailable as error:
                self._parts.log.warning("cameras wait for the store", reason=str(error))

    async def _write(self, now: datetime) -> None:
        async with self._telling:
            await self._lose(await tell_readings(self._parts.store, list(self.placed.values())))
        await self._lose(await tell_screens(self._parts.store, list(self.placed.values()), self.name, now))

    async def _lose(self, refused: Iterable[str]) -> None:
        if cameras := [camera for camera in refused if camera in self.placed]:
            await self.placing.lost(cameras)

    async def _say(self) -> None:
        """Tells the operators which worker this is, and how much it has."""
        while True:
            try:
                await self._parts.store.write(lambda tx: tx.latest(Latest(WORKERS, self._key, self._word(), tx.now)))
            except StoreUnavailable as error:
                self._parts.log.warning("the worker of cameras is not told of", reason=str(error))
            await asyncio.sleep(SAY_S)

    def _word(self) -> dict[str, Any]:
        since = self.placing.alone_since
        restarts = sum(keeper.restarts for keeper in self.keepers.values())
        return {
            "worker": self.name,
            "cameras": len(self.placed),
            "alone_since": iso(since) if since else None,
            "decoder_restarts": self._restarts + restarts,
            "readings_dropped": self._dropped + sum(one.dropped for one in self.placed.values()),
        }

    def _show(self, camera: str, picture: Picture, masks: str) -> None:
        self._pictures[camera] = CalledOut(camera, picture.at_ms, picture.jpeg, masks)
        self._shown.set()

    def _keep(self, camera: str, kept: Kept) -> None:
        at_ms = round(self._parts.clock.now().timestamp() * 1000)
        self.ring.add(camera, at_ms, time.monotonic_ns() // 1_000_000, kept)

    async def _call_out(self) -> None:
        """Publishes the newest picture of each camera; what comes while the bus is away is let go."""
        while True:
            await self._shown.wait()
            self._shown.clear()
            waiting, self._pictures = self._pictures, {}
            try:
                for picture in waiting.values():
                    await self._parts.frames.show(picture)
            except BusUnavailable:
                await asyncio.sleep(TELL_S)  # told on the screens by the API, which misses them

    async def _listen(self) -> None:
        """Hears which cameras are watched."""
        loop = asyncio.get_running_loop()
        async for cameras in self._parts.frames.watched():
            self._watched_until |= dict.fromkeys(cameras, loop.time() + WATCH_LEASE_S)
            self._watch()

    async def _expire(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            self._watch()

    def _watch(self) -> None:
        now = asyncio.get_running_loop().time()
        self._watched_until = {camera: until for camera, until in self._watched_until.items() if until > now}
        for id, keeper in self.keepers.items():
            keeper.watch(id in self._watched_until)


async def _tidy() -> None:
    """A full collection now and then, which empties the interpreter's lists of free tuples too. What was there at the
    start is frozen (see `ioc.host.process`) and hardly anything else lasts, so that none would ever be due."""
    while True:
        await asyncio.sleep(TIDY_S)
        gc.collect()
