"""A city in production on this machine: one `ioc up` with everything in it, beside a PostgreSQL that flushes every
commit (or SQLite) and a Valkey that keeps its data, with the keys of a device and of walls."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import httpx
import psutil

from bench.machine import cpu_seconds, family
from ioc.auth import Auth, AuthSettings
from ioc.city.profile import load_city
from ioc.host.discovery import OWN_FOLDER
from ioc.host.parts import store_settings
from ioc.host.ports import free_port
from ioc.settings import Settings
from ioc.store import Store, StoreSettings
from tests.chaos.bus import Bus
from tests.production.installation import PUBLIC_URL, official_wards, plain_environment, random_key
from tests.servers import Postgres, postgres, wait_until

Kind = Literal["postgresql", "sqlite"]
ROOT = Path(__file__).resolve().parents[1]
IOC = str(Path(sys.executable).parent / "ioc")
PROFILE = ROOT / "cities" / "thanh-hoa"
OWN_MODULES = Path(__file__).with_name("own_modules")
NEEDED = ("city_dir", "state_dir", "database_url", "redis_url", "secret_key", "personal_key")  # to open the store
READY_S = 120.0
STOP_S = 30.0
COMMAND_S = 600.0


@dataclass
class Installed:
    """One installation; `process` is its supervisor while it runs."""

    folder: Path
    city_dir: Path
    port: int
    bus: Bus
    database: Postgres | None
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    device_key: str = ""
    wall_keys: list[str] = field(default_factory=list)

    @property
    def log(self) -> Path:
        """What the city says."""
        return self.folder / "city.log"

    @property
    def settings(self) -> Settings:
        """The settings its processes have, as far as its store needs them."""
        own = {name.removeprefix("IOC_").lower(): value for name, value in self.environment.items() if value}
        return Settings.model_validate({name: value for name, value in own.items() if name in NEEDED})

    @property
    def store_settings(self) -> StoreSettings:
        """What opens its store."""
        return store_settings(self.settings, load_city(self.city_dir).id)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Another of the product's commands; raises RuntimeError when it fails."""
        done = subprocess.run(
            [IOC, *words],
            capture_output=True,
            text=True,
            env=plain_environment() | self.environment,
            cwd=ROOT,
            timeout=COMMAND_S,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"ioc {' '.join(words)}: {done.stdout}{done.stderr}")
        return done

    def start(self) -> None:
        """`ioc up`, until it is ready."""
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [IOC, "up"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=plain_environment() | self.environment,
                cwd=ROOT,
                start_new_session=True,
            )
        wait_until(self._ready, f"the city is ready; its log: {self.log}", READY_S)

    def _ready(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise RuntimeError(f"the city ended: {self.log.read_text(encoding='utf-8')[-3000:]}")
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz", trust_env=False, timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def cpu_seconds(self) -> dict[str, float]:
        """CPU seconds of each process of the city so far, while it runs."""
        assert self.process is not None
        return {self.name_of(one): cpu_seconds(one.pid) for one in family(self.process.pid)}

    def name_of(self, process: psutil.Process) -> str:
        """What a process of the city is: `api`, `desk`, `module citizen`, or its command line."""
        for line in reversed(self.log.read_text(encoding="utf-8").splitlines()):
            if '"event":"child started"' in line and (said := json.loads(line))["pid"] == process.pid:
                return str(said["child"])
        return " ".join(Path(word).name for word in process.cmdline())[:60]

    def stop(self) -> None:
        """SIGTERM; what is left after that is killed by pid."""
        if self.process is None:
            return
        below = family(self.process.pid) if self.process.poll() is None else []
        self.process.send_signal(signal.SIGTERM)
        _, alive = psutil.wait_procs(below, timeout=STOP_S)
        for one in alive:
            one.kill()
        self.process.wait(STOP_S)
        self.process = None

    async def make_keys(self, walls: int) -> None:
        """A device's key and some walls'."""
        settings = self.store_settings
        store = await Store.open(settings)
        try:
            devices = Auth(store, AuthSettings.of(self.settings, settings.city)).devices
            self.device_key = (await devices.issue(kind="device", name="sender", by="bench")).token
            made = [await devices.issue(kind="wall", name=f"wall {number}", by="bench") for number in range(walls)]
            self.wall_keys = [one.token for one in made]
        finally:
            await store.close()


@contextmanager
def installed(kind: Kind, *, walls: int = 1, shipped: bool = True, **more: str) -> Iterator[Installed]:
    """A city with its tables, wards and keys made, not started. `more` goes into the environment of its processes; not
    `shipped`: of its modules only the benchmarks' own run.

    Raises FileNotFoundError where PostgreSQL is asked for and not installed.
    """
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="ioc-i-", dir="/tmp"))
        folder.chmod(0o755)
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        database = stack.enter_context(postgres(durable=True)) if kind == "postgresql" else None
        bus = Bus(folder / "bus", free_port())
        stack.callback(bus.kill)
        bus.start()
        city_dir = _profile(folder, shipped)
        port = free_port()
        environment = {
            "IOC_CITY_DIR": str(city_dir),
            "IOC_STATE_DIR": str(folder / "state"),
            "IOC_DATABASE_URL": database.create("ioc") if database else "",
            "IOC_REDIS_URL": bus.url,
            "IOC_SECRET_KEY": random_key(),
            "IOC_PERSONAL_KEY": random_key(),
            "IOC_PUBLIC_URL": PUBLIC_URL,
            "IOC_PORT": str(port),
            "IOC_TRUSTED_PROXIES": '["127.0.0.1"]',
            "IOC_LOG_LEVEL": "info",
            OWN_FOLDER: str(OWN_MODULES),
            **more,
        }
        made = Installed(folder, city_dir, port, bus, database, environment)
        stack.callback(shutil.rmtree, made.settings.run_dir, ignore_errors=True)
        stack.callback(made.stop)
        wards = official_wards(city_dir, folder / "wards.geojson")
        made.run("layers", "import", str(wards), "--as", "wards", "--valid-from", "2025-07-01")
        asyncio.run(made.make_keys(walls))
        yield made


def _profile(folder: Path, shipped: bool) -> Path:
    """Thanh Hóa as shipped, without its cameras: pictures are measured elsewhere, and here nobody sends any."""
    profile = folder / "thanh-hoa"
    shutil.copytree(PROFILE, profile)
    (profile / "cameras.toml").write_text("", encoding="utf-8")
    shutil.rmtree(profile / "scenarios")  # they name cameras
    if not shipped:
        city = profile / "city.toml"
        city.write_text(city.read_text(encoding="utf-8").replace("enabled = true", "enabled = false"), encoding="utf-8")
    return profile
