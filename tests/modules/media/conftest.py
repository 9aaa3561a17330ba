"""The module in a city: real store, real doors, a clock that is moved, and feeds served on loopback."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import structlog
from fastapi import FastAPI, Request, Response
from sqlalchemy import Table, select

from ioc.api import problems
from ioc.api.answers import Answers
from ioc.city.parts import MediaFeed
from ioc.city.profile import City, load_city
from ioc.contract import Heard, Point, Principal, Write
from ioc.core.clock import SetClock
from ioc.core.dataclass import EVERYTHING
from ioc.core.envelope import Envelope, Recorded, decode
from ioc.core.ids import new_id
from ioc.fetch import Fetcher, Limits
from ioc.host.city_map import open_places
from ioc.host.context import HostContext
from ioc.host.discovery import load_module, read_spec
from ioc.host.doors import HostDoor
from ioc.host.marks import read_marks
from ioc.host.module_step import Batch, ModuleStep
from ioc.host.outputs import collect
from ioc.store import Store, StoreSettings, migrate
from modules.media.api import router
from modules.media.atlas import Atlas
from modules.media.module import Media, ward_of

ROOT = Path(__file__).resolve().parents[3]
START = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)
QUICK = Limits(most_bytes=5_000_000, total_s=6.0, idle_s=3.0, connect_s=3.0, gap_s=0.0)
PEOPLE = {
    "operator": Principal(id="an", name="An", role="operator", classes=EVERYTHING),
    "device": Principal(id="may-xuat", name="Export", role="device"),
    "simulator": Principal(id="sim", name="Simulator", role="device", simulated=True),
    "wall": Principal(id="wall", name="Wall", role="wall"),
}


def feed(id: str, url: str, **more: Any) -> MediaFeed:
    values: dict[str, Any] = {"name": f"Báo {id}", "tier": 1, "language": "vi", "period_s": 60}
    return MediaFeed(id=id, url=url, **{**values, **more})


def rss(*items: tuple[str, str], at: datetime = START) -> bytes:
    """A feed of (title, text), with addresses made of the titles."""
    rows = "".join(
        f"<item><title>{title}</title><link>https://bao.example/{abs(hash(title))}</link>"
        f"<description>{text}</description><pubDate>{at.strftime('%a, %d %b %Y %H:%M:%S +0000')}</pubDate></item>"
        for title, text in items
    )
    head = "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>Báo</title>"
    return f"{head}{rows}</channel></rss>".encode()


class Context(HostContext):
    """The host's context, with limits of a test and readings put in by hand."""

    speeds: dict[str, list[Point]]

    def allow(self, *endpoints: str) -> None:
        """Fetches from these and nowhere else."""
        self._fetcher = Fetcher(endpoints, limits=QUICK)

    async def series(self, kind: str, key: str, since: datetime, until: datetime, **_: Any) -> list[Point]:
        """The points put in."""
        return [one for one in self.speeds.get(key, []) if since <= one.at < until]


class World:
    """The module in a city: HTTP on one side, the log on the other."""

    def __init__(self, city: City, store: Store, clock: SetClock, gis: Any) -> None:
        self.store, self.clock, self._gis = store, clock, gis
        self.spec = read_spec("modules.media")
        self._seen = 0
        self.live_in(city)

    def live_in(self, city: City) -> None:
        """The module works with this profile from now on."""
        self.city = city
        log = structlog.get_logger()
        parts: dict[str, Any] = {"spec": self.spec, "city": city, "store": self.store, "gis": self._gis}
        parts |= {"clock": self.clock, "log": log}
        self.app = _app({"media": HostDoor(**parts, demo=False)})
        self.context = Context(**parts)
        self.context.speeds = {}
        self.restart()

    def map_is(self, gis: Any) -> None:
        """Another map is in use from now on."""
        self._gis = gis
        self.live_in(self.city)

    def with_feeds(self, *feeds: MediaFeed) -> None:
        """The city has these feeds, and only their servers may be asked."""
        self.live_in(msgspec.structs.replace(self.city, media_feeds=feeds))
        self.context.allow(*(httpx.URL(one.url).netloc.decode() for one in feeds))

    def restart(self) -> None:
        """The module's process begins anew; only the store remembers."""
        kind = load_module(self.spec)
        local = tuple(one.id for one in self.city.media_feeds)
        self.module = kind(kind.Settings(local_feeds=local))
        self.marks = read_marks(self.module)
        self._step = ModuleStep(self.module, self.marks, self.context)

    async def post(self, body: Any, who: str = "device", **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://ioc", headers={"as": who}) as client:
            return await client.post("/api/v1/media/posts", content=content, headers=headers)

    async def get(self, path: str, who: str = "operator") -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://ioc", headers={"as": who}) as client:
            return await client.get(f"/api/v1/media{path}")

    async def tick(self, timer: str) -> None:
        """One run of a timer, committed as the host does."""
        batch = Batch(self.context)
        marked = next(one for one in self.marks.timers if one.name == timer)
        batch.add(await collect(marked.call(self.context)), None)
        await self.store.write(batch.write)
        await self.settle()

    async def settle(self) -> None:
        """Handlers run over everything new until nothing new comes."""
        while rows := await self.store.log.after(self._seen, 100):
            events = [Recorded(row.position, decode(row.body)) for row in rows]
            self._seen = rows[-1].position
            await self.store.write(await self._step.prepare([one for one in events if self._step.wants(one.envelope)]))

    async def listen(self, until: Callable[[list[Heard]], bool], limit_s: float = 40.0) -> list[Heard]:
        """The source runs, each thing committed by itself as the host does, until enough was heard of feeds."""
        heard: list[Heard] = []
        assert isinstance(self.module, Media)
        said = self.module.feeds(self.context)
        deadline = time.monotonic() + limit_s
        try:
            async with asyncio.timeout_at(asyncio.get_running_loop().time() + limit_s):
                async for one in said:
                    if isinstance(one, Write):
                        await self.store.write(lambda tx, one=one: tx.apply(one))  # type: ignore[misc]
                    elif isinstance(one, Heard):
                        heard.append(one)
                    if until(heard) or time.monotonic() > deadline:
                        break
        finally:
            await said.aclose()  # type: ignore[attr-defined]
        return heard

    async def desk(
        self,
        verb: str,
        incident: dict[str, Any],
        correlation: str,
        *,
        type: str = "",
        at: tuple[float, float] | None = None,
    ) -> None:
        """The desk says something of an incident; with a `type` another module does, at a point."""
        now = self.clock.now()
        where = {"geometry": {"type": "Point", "coordinates": list(at)}} if at else {}
        event = Envelope(
            id=new_id(),
            source="/test/desk",
            type=type or f"incident.{verb}",
            time=now,
            recordedtime=now,
            city=self.city.id,
            module="desk",
            partitionkey=incident["id"],
            correlationid=correlation,
            data={"incident": {"opened": now.isoformat(), **incident}, **where},
        )
        await self.store.write(lambda tx: tx.append(event))
        await self.settle()

    async def events(self, type: str = "") -> list[Envelope]:
        """Every event of a type (all of this module without one), in order."""
        rows = await self.store.log.after(0, 10_000)
        found = [decode(row.body) for row in rows]
        return [one for one in found if one.type == type or (not type and one.module == "media")]

    async def rows(self, table: Table) -> list[Any]:
        async with self.store.read() as connection:
            return list((await connection.execute(select(table))).mappings())

    async def figures(self) -> dict[str, dict[str, Any]]:
        await self.tick("count")
        return {row.key: msgspec.json.decode(row.body) for row in await self.store.latest.all(("kpi",))}

    def wait(self, minutes: float) -> None:
        self.clock.move(timedelta(minutes=minutes))


def a_post(id: str, text: str, at: datetime = START, author: str | None = None, **more: Any) -> dict[str, Any]:
    return {"id": id, "author": author or f"user-{id}", "text": text, "published": at.isoformat(), **more}


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


@pytest.fixture(scope="session")
def media_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media-template")
    migrate.upgrade(f"sqlite:///{folder}/ioc.db", [ROOT / "modules" / "media"])
    return folder


@asynccontextmanager
async def open_world(url: str, folder: Path) -> AsyncIterator[World]:
    clock, city = SetClock(START), load_city(ROOT / "cities" / "thanh-hoa")
    migrate.upgrade(url, [ROOT / "modules" / "media"])
    store = await Store.open(StoreSettings(url, city.id, folder / "state", bytes(32)), clock)
    try:
        yield World(city, store, clock, await open_places(city, store, None))
    finally:
        await store.close()


@pytest.fixture
async def world(media_template: Path, tmp_path: Path) -> AsyncIterator[World]:
    """The module on a fresh SQLite store."""
    shutil.copytree(media_template, tmp_path / "store")
    async with open_world(f"sqlite:///{tmp_path}/store/ioc.db", tmp_path) as made:
        yield made


@pytest.fixture
async def world_anywhere(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """The module on a fresh store, once on each kind of database."""
    async with open_world(database_url, tmp_path) as made:
        yield made


@pytest.fixture(scope="session", params=["thanh-hoa", "ky-anh"])
def each_city(request: pytest.FixtureRequest) -> City:
    return load_city(ROOT / "cities" / request.param)


@pytest.fixture(scope="session")
def thanh_hoa() -> Atlas:
    return atlas_for("thanh-hoa")


@pytest.fixture(scope="session")
def ky_anh() -> Atlas:
    return atlas_for("ky-anh")


def atlas_for(name: str) -> Atlas:
    from gis.city_places import CityGis

    city = load_city(ROOT / "cities" / name)
    places = CityGis.from_city_files(city.wards_file)
    return Atlas(city, ward_of(places))
