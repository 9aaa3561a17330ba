"""The module in a city, running in its real host: readings go in by the observation log, a clock is moved by hand."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import structlog
from fastapi import FastAPI, Request, Response

from ioc.api import problems
from ioc.bus import MemoryBus, MemoryFrames, Tail
from ioc.city.profile import Camera, City
from ioc.contract import Latest, Observation, Principal
from ioc.contract.readings import Quality
from ioc.core.clock import VIETNAM, SetClock
from ioc.core.dataclass import EVERYTHING
from ioc.core.envelope import Envelope, decode
from ioc.core.ids import new_id
from ioc.host.city_map import open_places
from ioc.host.discovery import find_modules
from ioc.host.doors import HostDoor
from ioc.host.module_step import Batch
from ioc.host.module_worker import RunningModule
from ioc.host.outputs import collect
from ioc.host.parts import Parts
from ioc.host.quality_limits import QualityLimits
from ioc.host.series_step import SeriesStep
from ioc.host.source_book import SourceBook
from ioc.settings import Settings
from ioc.store import Store, StoreSettings, migrate
from modules.traffic.api import router
from modules.traffic.record import Record, readings_of
from tests.modules.traffic.replay import ROOT, city_with

START = datetime(2026, 11, 20, 8, 0, tzinfo=VIETNAM)  # a Friday
LIMIT_S = 30.0
PEOPLE = {
    "operator": Principal(id="an", name="An", role="operator", classes=EVERYTHING),
    "wall": Principal(id="wall", name="Wall", role="wall"),
}


def _quality(doubted: bool) -> Quality:
    return "suspect" if doubted else "good"


class World:
    """The module in a city: readings on one side, the log and the screens on the other."""

    def __init__(self, parts: Parts) -> None:
        self.parts, self.store, self.city = parts, parts.store, parts.city
        self.clock: SetClock = parts.clock  # type: ignore[assignment]
        self.running = RunningModule(parts, find_modules()["traffic"])

    @asynccontextmanager
    async def alive(self) -> AsyncIterator[None]:
        """The module's process runs; a second time it begins anew, and only the store remembers."""
        stopping = asyncio.Event()
        self.running = RunningModule(self.parts, find_modules()["traffic"])
        host = asyncio.create_task(self.running.run(stopping))
        try:
            yield
        finally:
            stopping.set()
            await host

    async def take(self, readings: Iterable[Observation]) -> None:
        """Readings arrive in one batch; returns when the module has judged them."""
        self._position = await self.store.observations.write_batch("test", list(readings))
        await until(self._judged, f"readings up to {self._position} are judged")

    async def records(self, records: Iterable[Record], *, simulated: bool = False) -> None:
        """Records of one moment arrive, and it is that moment."""
        found = list(records)
        self.clock.move(max(timedelta(0), found[-1].t - self.clock.now()))
        await self.take(reading for one in found for reading in readings_of(one, simulated=simulated))

    async def crossings(self, camera: Camera, vehicles: float, *, doubted: int = 0, **kinds: float) -> None:
        """A camera counted so many vehicles in each ten seconds of the last two minutes, on its first line; of some
        its detector knew what they are. So many of these counts are suspect."""
        now, key = self.clock.now(), f"{camera.id}/{camera.lines[0].id}/in"
        times = [now - timedelta(seconds=10 * number) for number in range(12, 0, -1)]
        said = {"camera.crossings": vehicles} | {f"camera.crossings.{kind}": number for kind, number in kinds.items()}
        told = [
            Observation(kind, key, number, "xe", at, _quality(place < doubted), id=f"{kind}:{key}:{at}")
            for place, at in enumerate(times)
            for kind, number in said.items()
        ]
        position = await self.store.observations.write_batch("cameras", told)
        limits, book = QualityLimits(self.city, lambda key: 10), SourceBook("camera", (), now, gap_periods=3)
        step = SeriesStep(self.store, "camera", "test", limits, book, self.clock, structlog.get_logger())
        writing = asyncio.create_task(step.run())

        async def written() -> bool:
            return await self.store.series.position("camera") >= position

        await until(written, "the camera's readings are in their series")
        writing.cancel()

    async def _judged(self) -> bool:
        done = {one.consumer: one.position for one in await self.store.cursors.all()}
        return done.get("module:traffic:readings", 0) >= self._position

    async def tick(self, timer: str) -> None:
        """One run of a timer."""
        await self.store.write((await self.run(timer)).write)

    async def run(self, timer: str) -> Batch:
        """What one run of a timer has to write."""
        batch = Batch(self.running.ctx)
        marked = next(one for one in self.running.marks.timers if one.name == timer)
        batch.add(await collect(marked.call(self.running.ctx)), None)
        return batch

    async def desk(self, verb: str, story: str) -> None:
        """The desk did something with the case of a story."""
        now = self.clock.now()
        event = Envelope(
            id=new_id(),
            source="/test/desk",
            type=f"incident.{verb}",
            time=now,
            recordedtime=now,
            city=self.city.id,
            module="desk",
            partitionkey=story,
            correlationid=story,
            data={"incident": {"id": new_id(), "number": 7, "kind": "event", "module": "traffic"}},
        )
        await self.store.write(lambda tx: tx.append(event))

    async def nothing_open(self) -> bool:
        await self.tick("show")
        return (await self.shown("kpi"))["traffic.incidents_open"]["value"] == 0

    async def events(self, type: str) -> list[Envelope]:
        """Every event of a type, in order."""
        rows = await self.store.log.after(0, 10_000)
        return [one for one in (decode(row.body) for row in rows) if one.type == type]

    async def shown(self, topic: str) -> dict[str, dict[str, Any]]:
        """The last-known values of a topic."""
        return {row.key: msgspec.json.decode(row.body) for row in await self.store.latest.all((topic,))}

    async def show(self, value: Latest) -> None:
        """Another process shows a last-known value."""
        await self.store.write(lambda tx: tx.latest(value))

    async def get(self, path: str, who: str = "operator") -> Any:
        door = HostDoor(
            spec=find_modules()["traffic"],
            city=self.city,
            store=self.store,
            gis=self.parts.gis,
            clock=self.clock,
            log=structlog.get_logger(),
            demo=False,
        )
        transport = httpx.ASGITransport(_app({"traffic": door}))
        async with httpx.AsyncClient(transport=transport, base_url="http://ioc", headers={"as": who}) as client:
            answer = await client.get(f"/api/v1/traffic{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()


def _app(doors: dict[str, HostDoor]) -> FastAPI:
    app = FastAPI()
    app.state.doors = doors

    @app.middleware("http")
    async def who(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        request.state.principal = PEOPLE[request.headers.get("as", "operator")]
        return await call_next(request)

    app.include_router(router)
    problems.install(app)
    return app


async def until(holds: Callable[[], Awaitable[bool]], what: str) -> None:
    """Waits for a condition, and fails by name when it does not come true in time."""
    end = time.monotonic() + LIMIT_S
    while not await holds():
        if time.monotonic() > end:
            raise TimeoutError(f"not in {LIMIT_S:g} s: {what}")
        await asyncio.sleep(0.01)


async def open_world(url: str, folder: Path, city: City, mqtt_url: str = "") -> World:
    clock = SetClock(START)
    city_dir = ROOT / "cities" / city.id
    values = {"mode": "demo", "city_dir": city_dir, "state_dir": folder, "mqtt_url": mqtt_url}
    store = await Store.open(StoreSettings(url, city.id, folder / "state", bytes(32)), clock)
    bus = MemoryBus()
    parts = Parts(
        settings=Settings.model_validate(values),
        city=city,
        store=store,
        bus=bus,
        tail=Tail(store, bus),
        frames=MemoryFrames(),
        gis=await open_places(city, store, None),
        clock=clock,
        log=structlog.get_logger(),
        owner="test",
    )
    return World(parts)


@pytest.fixture(scope="session")
def traffic_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("traffic-template")
    migrate.upgrade(f"sqlite:///{folder}/ioc.db", [ROOT / "modules" / "traffic"])
    return folder


@pytest.fixture
def period_s() -> int:
    """How often detectors speak; a test may say otherwise."""
    return 60


@pytest.fixture
async def world(traffic_template: Path, tmp_path: Path, period_s: int) -> AsyncIterator[World]:
    """The module on a fresh SQLite store."""
    shutil.copytree(traffic_template, tmp_path / "store")
    made = await open_world(f"sqlite:///{tmp_path}/store/ioc.db", tmp_path, city_with(period_s))
    yield made
    await made.store.close()


@pytest.fixture
async def world_anywhere(database_url: str, tmp_path: Path, period_s: int) -> AsyncIterator[World]:
    """The module on a fresh store, once on each kind of database."""
    migrate.upgrade(database_url, [ROOT / "modules" / "traffic"])
    made = await open_world(database_url, tmp_path, city_with(period_s))
    yield made
    await made.store.close()


def moment_of(records: Iterable[Record], *, quality: Any = "good") -> list[Observation]:
    """The readings of records of one moment, each judged like this."""
    readings = (reading for one in records for reading in readings_of(one, simulated=False))
    return [msgspec.structs.replace(reading, quality=quality) for reading in readings]
