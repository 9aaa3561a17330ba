"""The cameras' process of a small city, as tests run it."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import structlog

from ioc.bus import MemoryBus, MemoryFrames, MemoryLeases, Tail
from ioc.city.profile import load_city
from ioc.core.clock import SystemClock
from ioc.host.cameras import CameraWorker
from ioc.host.cameras_city import CitysCameras
from ioc.host.city_map import open_places
from ioc.host.parts import Parts
from ioc.settings import Settings
from ioc.store import Store, StoreSettings

ROOT = Path(__file__).resolve().parents[2]
CITY_DIR = ROOT / "cities" / "thanh-hoa"

ROW = """
[[camera]]
id = "{id}"
name = "Camera {id}"
lon = 105.78
lat = 19.8
heading_deg = 0
source = "{source}"
simulated = true
lines = [{{ id = "road", start = [0.5, 0.2], end = [0.5, 0.95] }}]

[[camera.zones]]
id = "yard"
name = "Sân"
purpose = "restricted"
points = [[0.0, 0.3], [1.0, 0.3], [1.0, 0.9], [0.0, 0.9]]
"""


class Running:
    """The cameras of a small city, and what they have told."""

    def __init__(self, parts: Parts, cameras: CameraWorker, city: CitysCameras) -> None:
        self.parts, self.cameras, self.city = parts, cameras, city
        self.store = parts.store

    async def state(self, camera: str) -> str:
        """As the screens show it."""
        rows = {row.key: msgspec.json.decode(row.body) for row in await self.store.latest.all(["cam"])}
        return str(rows.get(camera, {}).get("state"))

    async def until(self, camera: str, state: str, most_s: float) -> float:
        """Waits for a state; how long it took."""
        began = time.monotonic()
        while await self.state(camera) != state:
            if time.monotonic() - began > most_s:
                raise AssertionError(f"{camera} is {await self.state(camera)}, not {state}, after {most_s:.0f} s")
            await asyncio.sleep(0.05)
        return time.monotonic() - began

    async def readings(self) -> list[Any]:
        return [one for row in await self.store.observations.after(0, 1000) for one in row.observations]


@asynccontextmanager
async def running_cameras(
    url: str,
    folder: Path,
    sources: dict[str, str],
    logins: str = "",
    rows: Callable[[str], str] = str,
    logins_mode: int = 0o600,
) -> AsyncIterator[Running]:
    """The cameras of a city with these sources by id, whose installation has a folder `overlay`."""
    profile = profile_of(folder, sources, rows)
    secrets = folder / "cameras.secret.toml"
    secrets.write_text(logins, encoding="utf-8")
    secrets.chmod(logins_mode)
    values: dict[str, Any] = {"mode": "demo", "city_dir": profile, "state_dir": folder, "camera_secrets": secrets}
    values["city_overlay"] = folder / "overlay"
    city = load_city(profile)
    store = await Store.open(StoreSettings(url, city.id, folder / "state", bytes(range(32))))
    bus = MemoryBus()
    parts = Parts(
        settings=Settings.model_validate(values),
        city=city,
        store=store,
        bus=bus,
        tail=Tail(store, bus),
        frames=MemoryFrames(),
        gis=await open_places(city, store, None),
        clock=SystemClock(),
        log=structlog.get_logger(),
        owner="test",
    )
    cameras, citys = CameraWorker(parts, MemoryLeases()), CitysCameras(parts)
    stopping = asyncio.Event()
    host = asyncio.gather(cameras.run(stopping), citys.run(stopping))
    try:
        yield Running(parts, cameras, citys)
        assert not host.done(), "the cameras' process ended"
    finally:
        stopping.set()
        await host
        await store.close()


def profile_of(folder: Path, sources: dict[str, str], rewritten: Callable[[str], str] = str) -> Path:
    """A city whose cameras are these."""
    profile = folder / "profile"
    shutil.copytree(CITY_DIR, profile)
    rows = "".join(rewritten(ROW.format(id=id, source=source)) for id, source in sources.items())
    (profile / "cameras.toml").write_text(rows, encoding="utf-8")
    return profile
