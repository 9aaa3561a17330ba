"""What belongs once to a city of all that its cameras do, however many processes take their pictures: the book of
sources, the series of their readings, and the word of the part itself. One process at a time does it, by its seat."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from ioc.city.profile import Camera
from ioc.contract import Gis, Heard, Latest, Listed
from ioc.core.clock import iso, parse_time
from ioc.core.dataclass import WALL
from ioc.core.text import Text, counted
from ioc.evidence.limits import evidence_limits
from ioc.host.announce import announce, part_health
from ioc.host.cameras_followed import FollowedCameras
from ioc.host.cameras_near import TOPIC
from ioc.host.cameras_seen import EVERY, NO_PICTURES, OWNER, SEES_WRONG, SeenCamera
from ioc.host.cameras_telling import DOOR
from ioc.host.cameras_workers import workers_now
from ioc.host.context import threshold
from ioc.host.discovery import Manifest, ModuleSpec, find_modules
from ioc.host.doubt import doubt_limits
from ioc.host.evidence_wanted import CONSUMER, UNMADE, UNMADE_AFTER, EvidenceClerk, evidence_fields
from ioc.host.follower import Follower
from ioc.host.parts import Parts
from ioc.host.process import run_together
from ioc.host.quality_limits import QualityLimits
from ioc.host.series_step import SeriesStep
from ioc.host.source_book import SourceBook
from ioc.host.source_watch import SourceWatch
from ioc.store import Seated, StoreUnavailable, Transaction
from ioc.store.latest import LatestRow

LOOK_S = 1.0
GIVE_UP_EVERY_S = 10.0
NOBODYS = timedelta(seconds=20)  # without a word of any process: longer than it takes to hand a camera over
TITLE = Text("Camera", "Cameras")
SPEC = ModuleSpec(
    Manifest(name=OWNER, title_vi=TITLE.vi, title_en=TITLE.en, version="1", owner="ioc"), "ioc.host", Path(__file__)
)
_NOBODY = Text("Không tiến trình nào nhận camera này", "No process takes this camera's pictures")
_ALONE = Text("không có Redis: camera không được chia lại", "without Redis: cameras are not shared out anew")


class CitysCameras:
    """All cameras of one city, as the processes that take their pictures tell of them."""

    def __init__(self, parts: Parts, seated: Seated | None = None) -> None:
        self._parts = parts
        self._seated = seated
        now = parts.clock.now()
        self._since = now
        self._cameras = {camera.id: camera for camera in parts.city.cameras}
        self._followed = FollowedCameras(parts.city, parts.settings.city_dir, parts.settings.city_overlay)
        gap = threshold(parts.city, "quality.gap_periods", now)
        listed, limits = map(_listed, parts.city.cameras), doubt_limits(parts.city, now)
        self.book = SourceBook(OWNER, listed, now, gap_periods=gap, limits=limits)
        self._sources = SourceWatch(self.book, _Context(parts, seated))
        self._series = self._series_step()
        self._clerk = self._follower()
        self._nobodys: dict[str, SeenCamera] = {}
        self._states: dict[str, str] = {}
        self._spoken: dict[str, tuple[int, datetime]] = {}  # the last word of a process on each, and when we saw it

    async def run(self, stopping: asyncio.Event) -> None:
        """Everything at once until `stopping`."""
        await self._sources.begin()
        says = announce(self._parts.store, DOOR, self._health, self._parts.log)
        evidence = [self._clerk.run(self._parts.tail.after), self._give_up_evidence()]
        await run_together(stopping, [self._watch(), says, self._sources.run(), self._series.run(), *evidence])

    def _follower(self) -> Follower:
        """Who sees which events want pictures of a camera."""
        parts, fields = self._parts, evidence_fields(find_modules().values(), self._parts.log)
        step = EvidenceClerk(
            fields,
            lambda: {id: one.data_class for id, one in self._cameras.items()},
            lambda now: evidence_limits(parts.city, now).bounds,
            parts.clock,
        )
        return Follower(parts.store, CONSUMER, parts.owner, step, parts.log, seated=self._seated)

    async def _give_up_evidence(self) -> None:
        """Says of evidence that nobody made in time that it will not come."""
        while True:
            await asyncio.sleep(GIVE_UP_EVERY_S)
            try:
                before = self._parts.store.now() - UNMADE_AFTER
                for event in await self._parts.store.evidence.give_up(before, UNMADE, by=OWNER):
                    self._parts.log.warning("nobody made evidence of an event", evidence=event)
            except StoreUnavailable as error:
                self._parts.log.warning("evidence waits for the store", reason=str(error))

    async def _watch(self) -> None:
        while True:
            await self._follow()
            try:
                await self._look(self._parts.clock.now())
            except StoreUnavailable as error:
                self._parts.log.warning("the city's cameras wait for the store", reason=str(error))
            await asyncio.sleep(LOOK_S)

    async def _follow(self) -> None:
        """Takes over what a person changes in the profile's cameras."""
        await self._followed.look()
        now = self._parts.clock.now()
        cameras = {camera.id: camera for camera in self._followed.cameras}
        if cameras == self._cameras:
            return
        for id in [id for id, camera in self._cameras.items() if camera != cameras.get(id)]:
            self._nobodys.pop(id, None)
        for id in cameras.keys() - self._cameras.keys():
            self._spoken[id] = 0, now
        self._cameras = cameras
        self.book.list_anew(map(_listed, cameras.values()), now)

    async def _look(self, now: datetime) -> None:
        rows = {row.key: row for row in await self._parts.store.latest.all([TOPIC]) if row.key in self._cameras}
        for id, row in rows.items():
            body = msgspec.json.decode(row.body)
            self._states[id] = body["state"]
            if body.get("worker") is not None and self._is_spoken_of(id, row, now):
                self._nobodys.pop(id, None)
                self._mark(id, body, now)
        silent = [id for id in self._cameras if now - self._spoken.get(id, (0, self._since))[1] >= NOBODYS]
        await self._tell_of_nobodys(silent, now)

    def _is_spoken_of(self, id: str, row: LatestRow, now: datetime) -> bool:
        """Whether its process has said something lately, by our own clock: that process's may be another machine's."""
        seq, at = self._spoken.get(id, (0, now))
        if seq != row.seq:
            self._spoken[id] = row.seq, now
            return True
        return now - at < NOBODYS

    def _mark(self, id: str, body: dict[str, Any], now: datetime) -> None:
        """A camera without pictures cannot be reached, although its process goes on to say so; one whose picture stands
        still, is black, covered or of elsewhere speaks, and is not to be believed."""
        state, last = body["state"], body["last_frame"]
        self.book.sees(id, SEES_WRONG.get(state))
        if state == "lost":
            self.book.heard(Heard(id, now, msgspec.convert(body["reason"], Text | None) or NO_PICTURES))
        elif self.book.entries[id].problem is not None and last is not None:
            self.book.heard(Heard(id, parse_time(last)))

    async def _tell_of_nobodys(self, ids: Iterable[str], now: datetime) -> None:
        fresh: dict[str, dict[str, Any]] = {}
        for id in ids:
            self.book.heard(Heard(id, now, _NOBODY))
            if id not in self._nobodys:
                lost_s = threshold(self._parts.city, "camera.lost_s", now)
                seen = self._nobodys[id] = SeenCamera(self._cameras[id], lost_s, now)
                seen.trouble(_NOBODY, now)
                fresh[id] = seen.body()
        if fresh:
            self._parts.log.error("cameras without a process", cameras=sorted(fresh))
            await self._parts.store.write(lambda tx: self._put(tx, fresh))

    def _put(self, tx: Transaction, bodies: dict[str, dict[str, Any]]) -> None:
        if self._seated is not None:
            tx.check(self._seated)
        for id, body in bodies.items():
            tx.latest(Latest(TOPIC, id, body, tx.now))

    def _series_step(self) -> SeriesStep:
        parts = self._parts
        limits = QualityLimits(parts.city, lambda id: EVERY.total_seconds() if id in self._cameras else None)
        step = partial(SeriesStep, parts.store, OWNER, parts.owner, limits, self.book, parts.clock, parts.log)
        return step(self._seated, listed=lambda id: id in self._cameras)

    async def _health(self) -> dict[str, Any]:
        listed = [id for id, camera in self._cameras.items() if camera.data_class in WALL]  # anyone may read the counts
        well = sum(self._states.get(id) == "ok" for id in listed)
        of_all = counted(len(listed), "camera")
        workers = await workers_now(self._parts.store, self._parts.clock.now())
        alone = any(one.get("alone_since") for one in workers)
        more = [text for text in (_ALONE if alone else None, self._followed.trouble) if text is not None]
        detail = Text(
            "; ".join([f"{well}/{len(listed)} camera có hình tốt", *(text.vi for text in more)]),
            "; ".join([f"{well} of {of_all} with a good picture", *(text.en for text in more)]),
        )
        return part_health(
            TITLE,
            iso(self._since),
            going=self._series.going,
            position=self._clerk.position,
            detail=detail,
            workers=len(workers),
            decoder_restarts=sum(one["decoder_restarts"] for one in workers),
            readings_dropped=sum(one["readings_dropped"] for one in workers),
        )


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
