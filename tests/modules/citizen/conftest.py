"""The citizen module behind the whole HTTP application, over a real store, with a clock that stands still."""

from __future__ import annotations

import io
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI
from PIL import Image
from sqlalchemy import Table, select

from ioc.api.buckets import Rate
from ioc.api.frame import create_api
from ioc.api.who import Rates
from ioc.auth import Auth, AuthSettings
from ioc.bus import MemoryBus
from ioc.city.profile import City, load_city
from ioc.core.clock import SetClock, parse_time
from ioc.core.envelope import Envelope
from ioc.host.city_map import open_places
from ioc.host.context import HostContext
from ioc.host.delivered import Delivered
from ioc.host.discovery import find_modules
from ioc.host.doors import HostDoor
from ioc.host.migrating import migration_homes
from ioc.host.outputs import Outputs, collect, decided_by
from ioc.settings import Settings
from ioc.store import Store, StoreSettings, Transaction, migrate
from modules.citizen.module import Citizen

ROOT = Path(__file__).resolve().parents[3]
CITY_DIR = ROOT / "cities" / "thanh-hoa"
BASE = "http://127.0.0.1:8000"
PASSWORD = "mật khẩu đủ dài 1"
PLENTY = Rate(100_000.0, 100_000)
FRIDAY = parse_time("2026-04-24T16:30:00+07:00")  # before a holiday: the worked example of the deadlines
HAC_THANH = (105.776, 19.807)  # lon, lat inside the city

POTHOLE = {
    "service_code": "traffic",
    "description": "Ổ gà lớn trước cổng trường",
    "lat": str(HAC_THANH[1]),
    "long": str(HAC_THANH[0]),
    "first_name": "Bình-canary",
    "last_name": "Nguyễn-canary",
    "phone": "0912345678",
    "email": "canary@example.vn",
    "address_string": "12 Lê Lai canary",
}


@pytest.fixture(scope="session")
def citizen_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a SQLite store that has everybody's tables."""
    folder = tmp_path_factory.mktemp("citizen-template")
    migrate.upgrade(f"sqlite:///{folder}/ioc.db", migration_homes())
    return folder


@pytest.fixture
async def city_store(
    quick_passwords: None, citizen_template: Path, tmp_path: Path, clock: SetClock
) -> AsyncIterator[Store]:
    folder = tmp_path / "store"
    shutil.copytree(citizen_template, folder)
    url, state = f"sqlite:///{folder}/ioc.db", tmp_path / "state"
    settings = StoreSettings(url, "thanh-hoa", state, bytes(range(32)), pool_wait_s=10.0)
    opened = await Store.open(settings)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> SetClock:
    return SetClock(FRIDAY)


@pytest.fixture(scope="session")
def city() -> City:
    return load_city(CITY_DIR)


@dataclass
class Town:
    """The application, its store and its clock, and the module's own process played by hand."""

    app: FastAPI
    store: Store
    clock: SetClock
    city: City
    module: Citizen
    context: HostContext
    auth: Auth
    cookie: str = ""

    @asynccontextmanager
    async def client(self, *, operator: bool = False, address: str = "10.1.2.3") -> AsyncIterator[httpx.AsyncClient]:
        """A caller at an address; an operator brings a session."""
        if operator and not self.cookie:
            await self.sign_in("truc-ban")
        headers = {"Cookie": self.cookie, "Origin": BASE} if operator else {}
        transport = httpx.ASGITransport(app=self.app, client=(address, 4321))
        async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers) as client:
            yield client

    async def sign_in(self, username: str) -> None:
        """A new operator, who is the one at the desk from now on."""
        await self.auth.people.create(username=username, password=PASSWORD, name="An", role="operator", by="test")
        session = await self.auth.sign_in(username, PASSWORD, {})
        self.cookie = f"ioc-session-thanh-hoa={session.value}"

    async def events(self) -> list[Envelope]:
        """All that happened, oldest first."""
        found = await self.store.log.query(limit=1000)
        return [one.envelope for one in sorted(found, key=lambda recorded: recorded.position)]

    async def rows(self, table: Table) -> list[Any]:
        """Everything in one of the module's tables."""
        async with self.store.read() as connection:
            return list((await connection.execute(select(table))).mappings())

    async def hear(self, envelope: Envelope) -> Outputs:
        """The module's handlers on one event of the desk, committed as the host does."""
        item = Delivered(SimpleNamespace(position=1, envelope=envelope))  # type: ignore[arg-type]
        handler = self.module.follow_place if envelope.type == "incident.located" else self.module.follow_desk
        return await self._keep(await collect(handler(item, self.context)))

    async def tick(self, timer: str) -> Outputs:
        """One of the module's timers, committed as the host does."""
        return await self._keep(await collect(getattr(self.module, timer)(self.context)))

    async def _keep(self, outputs: Outputs) -> Outputs:
        """What was written, also by what was decided in the commit."""

        def job(tx: Transaction) -> Outputs:
            said = Outputs(events=[*outputs.events], writes=[*outputs.writes], latest=[*outputs.latest])
            for write in outputs.writes:
                tx.apply(write)
            for one in outputs.decisions:
                made = decided_by(one, tx.look)
                for write in made.writes:
                    tx.apply(write)
                said.extend(made)
            return said

        return await self.store.write(job)


@pytest.fixture
async def town(city_store: Store, clock: SetClock, city: City, tmp_path: Path) -> Town:
    """The application with nobody's report in it yet."""
    return await build_town(city_store, clock, city, tmp_path)


@pytest.fixture
async def town_anywhere(
    quick_passwords: None, database_url: str, clock: SetClock, city: City, tmp_path: Path
) -> AsyncIterator[Town]:
    """The application, once on each kind of database."""
    migrate.upgrade(database_url, migration_homes())
    store = await Store.open(StoreSettings(database_url, "thanh-hoa", tmp_path / "state", bytes(range(32))))
    yield await build_town(store, clock, city, tmp_path)
    await store.close()


async def build_town(city_store: Store, clock: SetClock, city: City, tmp_path: Path) -> Town:
    """The application over a store."""
    values = {"city_dir": CITY_DIR, "state_dir": tmp_path, "metrics_token": "đếm", "allowed_hosts": ["127.0.0.1"]}
    settings = Settings.model_validate(values)
    auth = Auth(city_store, AuthSettings(city="thanh-hoa", secret=bytes(range(100, 132)), secure=False))
    specs = find_modules()
    app = create_api(settings, auth, specs.values(), rates=Rates(PLENTY, PLENTY, PLENTY))
    gis = await open_places(city, city_store, None)
    log = structlog.get_logger()
    state = app.state
    state.store, state.city, state.gis, state.bus, state.build = city_store, city, gis, MemoryBus(), "test"
    state.feed = SimpleNamespace(audience=[], queued=lambda: 0)
    spec = specs["citizen"]
    state.doors = {
        "citizen": HostDoor(spec=spec, city=city, store=city_store, gis=gis, clock=clock, log=log, demo=False)
    }
    context = HostContext(spec=spec, city=city, store=city_store, gis=gis, clock=clock, log=log)
    return Town(app, city_store, clock, city, Citizen(Citizen.Settings()), context, auth)


def photo(
    size: tuple[int, int] = (640, 480), kind: str = "JPEG", *, gps: bool = False, orientation: int | None = None
) -> bytes:
    """A picture with some structure, as a phone would send it."""
    picture = Image.radial_gradient("L").resize(size).convert("RGB")
    exif = Image.Exif()
    if gps:
        exif[0x010F] = "Điện thoại 3000"
        exif.get_ifd(0x8825).update({1: "N", 2: (19.0, 48.0, 25.0), 3: "E", 4: (105.0, 46.0, 33.0)})
    if orientation:
        exif[0x0112] = orientation
    out = io.BytesIO()
    picture.save(out, kind, exif=exif.tobytes() if gps or orientation else b"")
    return out.getvalue()


def desk_event(action: str, report: str, at: datetime, **extra: Any) -> Envelope:
    """What the desk says of a report's incident."""
    incident = {"id": "i1", "kind": "report", "lonlat": None, "ward": None, **extra.pop("incident", {})}
    return Envelope(
        id=f"desk-{action}-{at.timestamp()}",
        source="/thanh-hoa/desk",
        type=f"incident.{action}",
        time=at,
        recordedtime=at,
        city="thanh-hoa",
        module="desk",
        partitionkey="i1",
        correlationid=report,
        data={"incident": incident, "action": action, **extra},
    )


async def post(client: httpx.AsyncClient, **changes: str) -> str:
    """Posts a report and gives its id."""
    response = await client.post("/open311/v2/requests.json", data=POTHOLE | changes)
    assert response.status_code == 201, response.text
    found: str = response.json()[0]["service_request_id"]
    return found


async def looked_at(town: Town, report_id: str, **blur: Any) -> dict[str, Any]:
    """What an operator sends who has looked at the blurred photo of a report, to publish it."""
    blur = blur or {"boxes": [[0.1, 0.1, 0.3, 0.5]]}
    async with town.client(operator=True) as operator:
        shown = await operator.post(f"/api/v1/reports/{report_id}/photo/blurred", json=blur)
    assert shown.status_code == 200, shown.text
    return {"photo": True, "blur": blur | {"sha256": shown.headers["etag"].strip('"')}}
