"""A small city with three engines, and the module living in it: real store, real doors, a clock that is moved."""

from __future__ import annotations

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
from ioc.city.parts import UnitProfile
from ioc.city.profile import City, load_city
from ioc.contract import Principal
from ioc.core.clock import SetClock, iso
from ioc.core.dataclass import EVERYTHING
from ioc.core.envelope import Envelope, Recorded, decode
from ioc.core.ids import new_id
from ioc.host.city_map import open_places
from ioc.host.context import HostContext
from ioc.host.discovery import load_module, read_spec
from ioc.host.doors import HostDoor
from ioc.host.marks import read_marks
from ioc.host.module_step import Batch, ModuleStep
from ioc.host.outputs import collect
from ioc.store import Store, StoreSettings, migrate
from modules.emergency.api import router

ROOT = Path(__file__).resolve().parents[3]
START = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)
SCENE = (105.7764, 19.8067)  # of the worked example
PEOPLE = {
    "operator": Principal(id="an", name="An", role="operator", classes=EVERYTHING),
    "device": Principal(id="cad", name="CAD", role="device"),
    "simulator": Principal(id="sim", name="Simulator", role="device", simulated=True),
    "wall": Principal(id="wall", name="Wall", role="wall"),
}


def engine(id: str, lat: float, lon: float, *capabilities: str) -> UnitProfile:
    return UnitProfile(
        id=id,
        name=f"Xe {id}",
        kind="fire",
        service="114",
        agency="canh-sat-pccc",
        capabilities=("pump", *capabilities),
        lon=lon,
        lat=lat,
    )


ENGINES = (
    engine("A", 19.8200, 105.7900),
    engine("B", 19.7900, 105.7600, "ladder"),
    engine("C", 19.8067, 105.8100, "ladder"),
)


def small_city(mode: str) -> City:
    city = load_city(ROOT / "cities" / "thanh-hoa")
    return msgspec.structs.replace(city, units=ENGINES, dispatch={"114": mode, "115": mode, "113": mode, "112": mode})


class World:
    """The module in a city: HTTP on one side, the log on the other."""

    def __init__(self, city: City, store: Store, clock: SetClock, gis: Any) -> None:
        self.store, self.clock, self._gis = store, clock, gis
        self.spec = read_spec("modules.emergency")
        self._seen = 0
        self.live_in(city)

    def live_in(self, city: City) -> None:
        """The module works with this profile from now on."""
        self.city = city
        log = structlog.get_logger()
        parts = {
            "spec": self.spec,
            "city": city,
            "store": self.store,
            "gis": self._gis,
            "clock": self.clock,
            "log": log,
        }
        self.app = _app({"emergency": HostDoor(**parts, demo=False)})
        self.context = HostContext(**parts)
        self.restart()

    def restart(self) -> None:
        """The module's process begins anew; only the store remembers."""
        kind = load_module(self.spec)
        module = kind(kind.Settings())
        self.marks = read_marks(module)
        self.step = ModuleStep(module, self.marks, self.context)

    def client(self, who: str = "operator") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app)
        return httpx.AsyncClient(transport=transport, base_url="http://ioc", headers={"as": who})

    async def call(self, body: Any, who: str = "operator", **headers: str) -> httpx.Response:
        async with self.client(who) as client:
            content = body if isinstance(body, bytes) else msgspec.json.encode(body)
            return await client.post("/api/v1/calls", content=content, headers=headers)

    async def a_fire(self, **more: Any) -> dict[str, Any]:
        """A call that was taken and answered by the module."""
        where = {"lon": SCENE[0], "lat": SCENE[1], "uncertainty_m": 40}
        answer = await self.call({"number_dialled": "114", "narrative": "Cháy nhà", "location": where, **more})
        assert answer.status_code == 201, answer.text
        await self.settle()
        return answer.json()

    async def post(self, path: str, body: Any, who: str = "device") -> httpx.Response:
        async with self.client(who) as client:
            return await client.post(f"/api/v1{path}", json=body)

    async def get(self, path: str, who: str = "operator") -> Any:
        async with self.client(who) as client:
            answer = await client.get(f"/api/v1{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def positions(self, state: str | None = "available") -> None:
        """Every unit tells that it stands at home, now."""
        at = iso(self.clock.now())
        told = [{"unit": u.id, "lat": u.lat, "lon": u.lon, "at": at} for u in self.city.units]
        body = {"positions": [{**one, **({"state": state} if state else {})} for one in told]}
        answer = await self.post("/units/positions", body)
        assert answer.status_code == 200, answer.text

    async def settle(self) -> None:
        """Handlers run over everything new until nothing new comes."""
        while rows := await self.store.log.after(self._seen, 100):
            events = [Recorded(row.position, decode(row.body)) for row in rows]
            self._seen = rows[-1].position
            await self.store.write(await self.step.prepare([one for one in events if self.step.wants(one.envelope)]))

    async def tick(self, timer: str) -> None:
        """One run of a timer."""
        batch = Batch(self.context)
        marked = next(one for one in self.marks.timers if one.name == timer)
        batch.add(await collect(marked.call(self.context)), None)
        await self.store.write(batch.write)
        await self.settle()

    async def desk(self, verb: str, call: str, *, settle: bool = True, **extra: Any) -> None:
        """The desk did something with the incident of a call; the module hears of it now, or when it settles."""
        incident = {"id": f"i-{call[:30]}", "number": 7, "kind": "call", **extra.pop("incident", {})}
        now = self.clock.now()
        event = Envelope(
            id=new_id(),
            source="/test/desk",
            type=f"incident.{verb}",
            time=now,
            recordedtime=now,
            city=self.city.id,
            module="desk",
            partitionkey=incident["id"],
            correlationid=call,
            data={"incident": incident, **extra},
        )
        await self.store.write(lambda tx: tx.append(event))
        if settle:
            await self.settle()

    async def events(self, type: str) -> list[Envelope]:
        """Every event of a type, in order."""
        rows = await self.store.log.after(0, 10_000)
        return [one for one in (decode(row.body) for row in rows) if one.type == type]

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


async def open_world(url: str, folder: Path, mode: str) -> tuple[World, Store]:
    clock = SetClock(START)
    city = small_city(mode)
    migrate.upgrade(url, [ROOT / "modules" / "emergency"])
    store = await Store.open(StoreSettings(url, city.id, folder / "state", bytes(32)), clock)
    return World(city, store, clock, await open_places(city, store, None)), store


@pytest.fixture(scope="session")
def emergency_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("emergency-template")
    migrate.upgrade(f"sqlite:///{folder}/ioc.db", [ROOT / "modules" / "emergency"])
    return folder


@pytest.fixture
def mode() -> str:
    """How the city works with its services; a test may say otherwise."""
    return "recommend"


@pytest.fixture
async def world(emergency_template: Path, tmp_path: Path, mode: str) -> AsyncIterator[World]:
    """The module on a fresh SQLite store."""
    shutil.copytree(emergency_template, tmp_path / "store")
    made, store = await open_world(f"sqlite:///{tmp_path}/store/ioc.db", tmp_path, mode)
    yield made
    await store.close()


@pytest.fixture
async def world_anywhere(database_url: str, tmp_path: Path, mode: str) -> AsyncIterator[World]:
    """The module on a fresh store, once on each kind of database."""
    made, store = await open_world(database_url, tmp_path, mode)
    yield made
    await store.close()


def refused(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem document of a refusal, in both languages."""
    body: dict[str, Any] = answer.json()
    assert answer.status_code == status, body
    assert body["title"] and body["title_en"]
    return body
