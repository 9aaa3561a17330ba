"""Thanh Hóa with its cameras and patrols, and the module living in it: real store and doors, a clock that is moved."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import structlog
from fastapi import FastAPI, Request, Response

from ioc.api import problems
from ioc.api.answers import Answers
from ioc.city.parts import Camera, Zone
from ioc.city.profile import City, load_city
from ioc.contract import Latest, Observation, Principal
from ioc.core.clock import SetClock, iso
from ioc.core.dataclass import EVERYTHING
from ioc.core.envelope import Envelope, Recorded, decode
from ioc.host.city_map import open_places
from ioc.host.context import HostContext
from ioc.host.discovery import load_module, read_spec
from ioc.host.doors import HostDoor
from ioc.host.marks import read_marks
from ioc.host.module_step import Batch, ModuleStep
from ioc.host.outputs import collect
from ioc.store import Store, StoreSettings, migrate
from modules.public_security.api import router

ROOT = Path(__file__).resolve().parents[3]
MODULE = ROOT / "modules" / "public_security"
START = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)  # half past eleven at night in Việt Nam
SQUARE = (105.7785, 19.806)
PEOPLE = {
    "operator": Principal(id="an", name="An", role="operator", classes=EVERYTHING),
    "device": Principal(id="cad", name="CAD", role="device"),
    "simulator": Principal(id="sim", name="Simulator", role="device", simulated=True),
    "wall": Principal(id="wall", name="Wall", role="wall"),
}
WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
YARD = Zone(id="yard", name="Sân sau", purpose="restricted", closed="22:00-05:00", points=WHOLE)
TRACK = Zone(id="track", name="Đường ray", purpose="restricted", points=WHOLE)
DOOR = Zone(id="door", name="Cửa ga", purpose="watch", area_m2=10, points=WHOLE)
GATE = Zone(id="gate", name="Cổng chợ", purpose="crowd", area_m2=10, points=WHOLE)


def camera(id: str, *zones: Zone) -> Camera:
    lon, lat = SQUARE
    return Camera(id=id, name=f"Camera {id}", lon=lon, lat=lat, heading_deg=0, source="clip:x", zones=zones)


CAMERAS = (camera("c1", YARD, TRACK), camera("c2", GATE, DOOR), *(camera(f"c{n}") for n in range(3, 21)))


def small_city() -> City:
    return msgspec.structs.replace(load_city(ROOT / "cities" / "thanh-hoa"), cameras=CAMERAS)


class World:
    """The module in a city: HTTP and readings on one side, the log on the other."""

    def __init__(self, city: City, store: Store, clock: SetClock, gis: Any) -> None:
        self.store, self.clock, self.city = store, clock, city
        self.spec = read_spec("modules.public_security")
        self._seen = 0
        log = structlog.get_logger()
        parts = {"spec": self.spec, "city": city, "store": store, "gis": gis, "clock": clock, "log": log}
        self.app = _app({"public_security": HostDoor(**parts, demo=False)})
        self.context = HostContext(**parts)
        self.restart()

    def restart(self) -> None:
        """The module's process begins anew; only the store remembers."""
        kind = load_module(self.spec)
        self.module = kind(kind.Settings())
        self.marks = read_marks(self.module)
        self._step = ModuleStep(self.module, self.marks, self.context)

    async def post(self, path: str, body: Any, who: str = "device", **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self._client(who) as client:
            return await client.post(f"/api/v1/security{path}", content=content, headers=headers)

    async def get(self, path: str, who: str = "operator", **params: Any) -> httpx.Response:
        async with self._client(who) as client:
            return await client.get(f"/api/v1/security{path}", params=params)

    def _client(self, who: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://ioc", headers={"as": who})

    async def see(self, kind: str, key: str, *values: float, every: float = 2.0, **more: Any) -> None:
        """A camera says these values, one every so many seconds from now on; the clock goes along."""
        for value in values:
            reading = Observation(kind, key, value, "", self.clock.now(), **more)
            await self.read(reading)
            self.wait(every)
        await self.settle()

    async def read(self, *readings: Observation) -> None:
        """Readings as the host gives them to the handlers, in one commit."""
        batch = Batch(self.context)
        for reading in readings:
            for handler in self.marks.handlers[reading.kind]:
                batch.add(await self._step.call(handler, reading), None, reading.simulated)
        batch.states = self._step.touched()
        await self.store.write(batch.write)

    async def settle(self) -> None:
        """Handlers of events run over everything new until nothing new comes."""
        while rows := await self.store.log.after(self._seen, 100):
            events = [Recorded(row.position, decode(row.body)) for row in rows]
            self._seen = rows[-1].position
            await self.store.write(await self._step.prepare([one for one in events if self._step.wants(one.envelope)]))

    async def tick(self, timer: str) -> None:
        """One run of a timer."""
        batch = Batch(self.context)
        marked = next(one for one in self.marks.timers if one.name == timer)
        batch.add(await collect(marked.call(self.context)), None)
        await self.store.write(batch.write)
        await self.settle()

    async def patrol(self, unit: str, lon: float, lat: float, age_s: float = 5, state: str = "available") -> None:
        """A patrol was last heard of there."""
        at = self.clock.now() - timedelta(seconds=age_s)
        body = {"id": unit, "state": state, "lonlat": [lon, lat], "fix_ts": iso(at), "simulated": True}
        await self.store.write(lambda tx: tx.latest(Latest("unit", unit, body, at)))

    async def events(self, type: str = "") -> list[Envelope]:
        """Every event of a type of this module, or all of them, in order."""
        rows = await self.store.log.after(0, 10_000)
        return [one for one in (decode(row.body) for row in rows) if type in one.type]

    async def shown(self, topic: str) -> dict[str, dict[str, Any]]:
        """The last-known values of a topic."""
        return {row.key: msgspec.json.decode(row.body) for row in await self.store.latest.all((topic,))}

    def wait(self, seconds: float) -> None:
        self.clock.move(timedelta(seconds=seconds))


def _app(doors: dict[str, HostDoor]) -> FastAPI:
    app = FastAPI()
    app.state.doors = doors

    @app.middleware("http")
    async def who(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        request.state.principal = PEOPLE[request.headers.get("as", "operator")]
        return await call_next(request)

    app.include_router(router)
    problems.install(app)
    app.add_middleware(Answers)
    return app


async def open_world(url: str, folder: Path, city: City) -> tuple[World, Store]:
    clock = SetClock(START)
    store = await Store.open(StoreSettings(url, city.id, folder / "state", bytes(range(32))), clock)
    return World(city, store, clock, await open_places(city, store, None)), store


@pytest.fixture(scope="session")
def security_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("security-template")
    migrate.upgrade(f"sqlite:///{folder}/ioc.db", [MODULE])
    return folder


@pytest.fixture
async def world(security_template: Path, tmp_path: Path) -> AsyncIterator[World]:
    """The module on a fresh SQLite store."""
    shutil.copytree(security_template, tmp_path / "store")
    made, store = await open_world(f"sqlite:///{tmp_path}/store/ioc.db", tmp_path, small_city())
    yield made
    await store.close()


@pytest.fixture
async def world_anywhere(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """The module on a fresh store, once on each kind of database."""
    migrate.upgrade(database_url, [MODULE])
    made, store = await open_world(database_url, tmp_path, small_city())
    yield made
    await store.close()


def refused(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem document of a refusal, in both languages."""
    body: dict[str, Any] = answer.json()
    assert answer.status_code == status, body
    assert body["title"] and body["title_en"]
    return body
