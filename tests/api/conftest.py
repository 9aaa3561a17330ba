"""The whole HTTP application over a real store, called in process."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import httpx
import msgspec
import pytest
import structlog
from fastapi import FastAPI

from ioc.api.buckets import Rate
from ioc.api.frame import create_api
from ioc.api.quick_door import QuickDoor
from ioc.api.tiles import CityTiles
from ioc.api.who import Rates
from ioc.app import describe_messages
from ioc.auth import Auth, AuthSettings
from ioc.auth.settings import is_loopback
from ioc.bus import MemoryBus
from ioc.city.profile import load_city
from ioc.contract.rights import Principal, Role
from ioc.core.clock import SystemClock
from ioc.feed.pictures import Pictures
from ioc.host.cameras_followed import FollowedCameras
from ioc.host.city_map import open_places
from ioc.host.discovery import find_modules
from ioc.host.doors import HostDoor
from ioc.host.migrating import migration_homes
from ioc.host.reading_owners import reading_owners
from ioc.settings import Settings
from ioc.store import Store, StoreSettings, migrate
from tests.conftest import PATIENT, least_hashing

ROOT = Path(__file__).resolve().parents[2]
CITY_DIR = ROOT / "cities" / "ky-anh"
BASE = "http://127.0.0.1:8000"
SECRET = bytes(range(100, 132))
PASSWORD = "mật khẩu đủ dài 1"
OUTSIDE = "http://ioc.example.vn"
PEOPLE: tuple[Role, ...] = ("operator", "supervisor", "admin")
PLENTY = Rate(100_000.0, 100_000)


@pytest.fixture(scope="session")
def api_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a SQLite store that has everybody's tables."""
    folder = tmp_path_factory.mktemp("api-template")
    migrate.upgrade(f"sqlite:///{folder}/ioc.db", migration_homes())
    with least_hashing():
        asyncio.run(_make_people(folder))
    return folder


async def _make_people(folder: Path) -> None:
    store = await Store.open(_store_settings(folder, folder / "state"))
    auth = Auth(store, AuthSettings(city="ky-anh", secret=SECRET, secure=False))
    for role in PEOPLE:
        await auth.people.create(username=role * 2, password=PASSWORD, name=role, role=role, by="test")
    await store.close()


def _store_settings(folder: Path, state: Path) -> StoreSettings:
    return StoreSettings(f"sqlite:///{folder}/ioc.db", "ky-anh", state, bytes(range(32)), **PATIENT)


@pytest.fixture
async def api_store(quick_passwords: None, api_template: Path, tmp_path: Path) -> AsyncIterator[Store]:
    folder = tmp_path / "store"
    shutil.copytree(api_template, folder)
    opened = await Store.open(_store_settings(folder, tmp_path / "state"))
    yield opened
    await opened.close()


@dataclass
class World:
    """The application, and everyone who may call it."""

    app: FastAPI
    auth: Auth
    store: Store
    tokens: dict[str, str]
    cookies: dict[str, str]

    def client(self, role: str = "anyone", address: str = "127.0.0.1") -> httpx.AsyncClient:
        """A caller in a role, at an address."""
        headers = {}
        if role in self.tokens:
            headers["Authorization"] = f"Bearer {self.tokens[role]}"
        elif role in self.cookies:
            headers |= {"Cookie": self.cookies[role], "Origin": BASE}
        transport = httpx.ASGITransport(app=QuickDoor(self.app), client=(address, 4321))  # as the server does
        base = BASE if is_loopback(address) else OUTSIDE
        return httpx.AsyncClient(transport=transport, base_url=base, headers=headers)

    async def admit(self) -> None:
        """Makes one of every kind."""
        for kind in ("wall", "device"):
            key = await self.auth.devices.issue(kind=kind, name=kind, by="test")
            self.tokens[kind] = key.token
        for person in await self.auth.people.list():
            principal = Principal(id=person.id, name=person.name, role=person.role)
            opened = await self.auth.sessions.open(principal)
            self.cookies[person.role] = f"ioc-session-ky-anh={opened.value}"

    async def admit_limited(self, name: str, role: Role, module: str) -> None:
        """One who is limited to a module."""
        person = await self.auth.people.create(
            username=name, password=PASSWORD, name=name, role=role, modules=[module], by="test"
        )
        principal = Principal(id=person.id, name=person.name, role=role, modules=frozenset({module}))
        opened = await self.auth.sessions.open(principal)
        self.cookies[name] = f"ioc-session-ky-anh={opened.value}"


async def build(store: Store, auth: Auth, settings: Settings, rates: Rates | None = None) -> FastAPI:
    """The application as the process puts it together."""
    specs = find_modules()
    app = create_api(settings, auth, specs.values(), rates=rates or Rates(PLENTY, PLENTY, PLENTY))
    city, clock = load_city(settings.city_dir), SystemClock()
    gis = await open_places(city, store, None)
    state = app.state
    state.store, state.city, state.gis, state.bus, state.build = store, city, gis, MemoryBus(), "test"
    state.followed = FollowedCameras(city, settings.city_dir, settings.city_overlay)
    state.tiles = CityTiles(city, gis)
    state.reading_owners = reading_owners(city, specs) | {"noise"}
    state.asyncapi = lambda: msgspec.json.encode(describe_messages())
    state.feed = SimpleNamespace(audience=[], queued=lambda: 0, pictures=Pictures(None, {}))
    state.doors = {
        name: HostDoor(
            spec=spec, city=city, store=store, gis=gis, clock=clock, log=structlog.get_logger(), demo=auth.demo
        )
        for name, spec in specs.items()
    }
    return app


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    values = {"city_dir": CITY_DIR, "state_dir": tmp_path, "metrics_token": "đếm", "allowed_hosts": ["ioc.example.vn"]}
    return Settings.model_validate(values)


@pytest.fixture
async def world(api_store: Store, settings: Settings) -> World:
    """The application with one caller of every role."""
    auth = Auth(api_store, AuthSettings(city="ky-anh", secret=SECRET, secure=False))
    made = World(await build(api_store, auth, settings), auth, api_store, {}, {})
    await made.admit()
    return made


@pytest.fixture
async def world_anywhere(
    quick_passwords: None, database_url: str, settings: Settings, tmp_path: Path
) -> AsyncIterator[World]:
    """The same, once on each kind of database."""
    migrate.upgrade(database_url, migration_homes())
    store = await Store.open(StoreSettings(database_url, "ky-anh", tmp_path / "state", bytes(range(32)), **PATIENT))
    auth = Auth(store, AuthSettings(city="ky-anh", secret=SECRET, secure=False))
    made = World(await build(store, auth, settings), auth, store, {}, {})
    for role in PEOPLE:
        await auth.people.create(username=role * 2, password=PASSWORD, name=role, role=role, by="test")
    await made.admit()
    yield made
    await made.store.close()


async def begin_anew(world: World, settings: Settings) -> None:
    """The process of the city ends and begins again: only the store remembers."""
    await world.store.close()
    world.store = await Store.open(world.store.settings)
    world.auth = Auth(world.store, AuthSettings(city="ky-anh", secret=SECRET, secure=False))
    world.app = await build(world.store, world.auth, settings)
