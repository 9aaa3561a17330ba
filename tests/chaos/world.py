"""One city of the chaos tests: its own servers and the product's own commands, each ended by pid.

`ioc up --only api|desk|modules` run as the containers do; what a fault hits is found by the pids that the supervisors
themselves wrote into their logs.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import httpx
import psutil
import psycopg

from ioc.host.ports import free_port
from ioc.settings import Settings
from tests.chaos.bus import Bus
from tests.chaos.database import count_dead_letters, log_head
from tests.chaos.disk import small_disk
from tests.chaos.proxy import Proxy
from tests.production.installation import PUBLIC_NAME, PUBLIC_URL, official_wards, plain_environment, random_key
from tests.sentinels import Group, sentinels
from tests.servers import Postgres, postgres, wait_until

ROOT = Path(__file__).resolve().parents[2]
IOC = str(Path(sys.executable).parent / "ioc")
OWN_MODULES = Path(__file__).with_name("own_modules")
INSIDE = Path(__file__).with_name("inside")
OFF = ("traffic", "public_security", "media")  # their turn comes in other tests; here they only take the machine's time
PARTS = ("api", "desk", "modules")
MODULES = ("citizen", "emergency", "ledger")
ADMIN = ("quan.tri", "một mật khẩu dài đủ ý 1")
READY_S = 300.0
StoreKind = Literal["postgresql", "sqlite"]
Around = Literal["", "lines", "sentinels", "small disk", "small tables"]


@dataclass
class World:
    """A running city. `database` is None where the store is SQLite."""

    folder: Path
    city_dir: Path
    port: int
    bus: Bus
    database: Postgres | None
    state: Path
    database_url: str = ""  # as the checker reaches it, past any line that may be cut
    environment: dict[str, str] = field(default_factory=dict)
    group: Group | None = None
    lines: dict[str, Proxy] = field(default_factory=dict)
    device_key: str = ""
    wall_keys: list[str] = field(default_factory=list)  # several: one may hold 64 connections
    cookie: str = ""
    machines: dict[str, Path] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def door_port(self) -> int:
        """Where clients and screens come in."""
        return self.lines["doors"].port if self.lines else self.port

    @property
    def database_port(self) -> int:
        return self.database.port if self.database else 0

    def log_of(self, name: str) -> str:
        return (self.folder / "logs" / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def start(self, part: str, *, name: str | None = None, state: Path | None = None) -> None:
        """`ioc up --only PART`; under another name and with another state folder it is another machine's."""
        name = name or part
        environment = plain_environment() | self.environment
        if state is not None:
            environment["IOC_STATE_DIR"] = str(state)
        environment["CHAOS_FOLDER"] = str(self.inside_folder(part))
        (self.folder / "logs").mkdir(exist_ok=True)
        with (self.folder / "logs" / f"{name}.log").open("ab") as out:
            self.processes[name] = subprocess.Popen(
                [IOC, "up", "--only", part],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=ROOT,
                start_new_session=True,
            )

    def inside_folder(self, part: str) -> Path:
        """Where what runs inside a part's processes looks for its orders."""
        folder = self.folder / "inside" / part
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def run(self, *words: str, stdin: str = "") -> str:
        """Another of the product's commands; fails loudly."""
        done = subprocess.run(
            [IOC, *words],
            input=stdin,
            capture_output=True,
            text=True,
            env=plain_environment() | self.environment,
            cwd=ROOT,
            timeout=300,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"ioc {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    def pid_of(self, child: str, name: str | None = None) -> int:
        """The newest process of a child: `api`, `desk` or `module ledger`; `name` where it runs under another."""
        part = name or ("modules" if child.startswith("module ") else child)
        for line in reversed(self.log_of(part).splitlines()):
            if f'"child":"{child}"' in line and '"event":"child started"' in line:
                return int(json.loads(line)["pid"])
        raise LookupError(child)

    def signal(self, child: str, how: signal.Signals) -> int:
        """Sends a signal to a child as it runs now, and returns its pid; one that is gone was quicker."""
        pid = self.pid_of(child)
        with suppress(ProcessLookupError):
            os.kill(pid, how)
        return pid

    def family(self, name: str) -> list[psutil.Process]:
        """A supervisor and everything below it."""
        with suppress(psutil.NoSuchProcess):
            top = psutil.Process(self.processes[name].pid)
            return [top, *top.children(recursive=True)]
        return []

    def database_processes(self) -> list[psutil.Process]:
        """The postmaster and its children."""
        assert self.database is not None and self.database.process is not None
        top = psutil.Process(self.database.process.pid)
        return [top, *top.children(recursive=True)]

    def head(self) -> int:
        """The last position of the log."""
        return log_head(self.database_url)

    def dead_letters(self) -> int:
        """How many events are set aside."""
        return count_dead_letters(self.database_url)

    def alive(self) -> bool:
        return self._answers("/healthz")

    def ready(self) -> bool:
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise RuntimeError(f"{name} ended: {self.log_of(name)[-3000:]}")
        return self._answers("/readyz")

    def wait_ready(self, limit_s: float = READY_S) -> None:
        wait_until(self.ready, f"the city is ready; logs in {self.folder / 'logs'}", limit_s)

    def _answers(self, path: str) -> bool:
        try:
            return httpx.get(self.url + path, trust_env=False, timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self, name: str, limit_s: float = 30.0) -> bool:
        """SIGTERM to one supervisor; whether it ended in time without being killed."""
        family = self.family(name)
        process = self.processes.pop(name)
        process.terminate()
        try:
            process.wait(limit_s)
            in_time = True
        except subprocess.TimeoutExpired:
            in_time = False
        _kill(family)
        process.wait(10)
        return in_time

    def close(self) -> None:
        """Ends everything by pid."""
        families = [one for name in self.processes for one in self.family(name)]
        for process in self.processes.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(15)
        _kill(families)
        for process in self.processes.values():
            process.wait(10)
        self.processes.clear()
        for one in self.machines.values():
            shutil.rmtree(one, ignore_errors=True)


def _kill(processes: list[psutil.Process]) -> None:
    for one in processes:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    psutil.wait_procs(processes, timeout=5)


def send(processes: Iterable[psutil.Process], how: signal.Signals) -> None:
    """A signal to each that is still there."""
    for one in processes:
        with suppress(psutil.NoSuchProcess):
            one.send_signal(how)


def inside(*changes: str) -> dict[str, str]:
    """The environment that makes these changes in the product's processes (see `inside/`)."""
    return {"PYTHONPATH": str(INSIDE), "CHAOS_INSIDE": ",".join(changes)}


@contextmanager
def world(
    store: StoreKind = "postgresql", around: Around = "", *, extra: Mapping[str, str] | None = None, at_first: str = ""
) -> Iterator[World]:
    """A ready city with its keys made.

    `around` says what stands around it: `lines` (each way to it and to its servers can be cut), `sentinels` (a leader
    and a replica instead of one Redis), `small disk` (its state and its Redis lie on a disk that is soon full), or
    `small tables` (the tables of its PostgreSQL do, and nothing else).
    `extra` goes into the environment of its processes; `at_first` is SQL for the new database.
    """
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="ioc-c-", dir="/tmp"))
        folder.chmod(0o755)
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        if around == "small disk":
            stack.enter_context(small_disk(folder / "disk"))
        if around == "small tables":
            stack.enter_context(small_disk(folder / "tables"))
        made = World(
            folder=folder,
            city_dir=_profile(folder),
            port=free_port(),
            bus=Bus(folder / "disk" / "bus", free_port()),
            database=stack.enter_context(postgres(durable=True)) if store == "postgresql" else None,
            state=folder / "disk" / "state",
        )
        stack.callback(made.bus.kill)
        made.bus.start()
        made.database_url = _database(made, at_first)
        if around == "sentinels":
            made.group = stack.enter_context(sentinels())
        if around == "lines":
            made.lines = stack.enter_context(_lines(made))
        made.environment = _environment(made) | dict(extra or {})
        run_dir = Settings(city_dir=made.city_dir, state_dir=made.state).run_dir
        stack.callback(shutil.rmtree, run_dir, ignore_errors=True)
        stack.callback(made.close)
        _set_up(made)
        yield made


def _database(city: World, at_first: str) -> str:
    if city.database is None:
        return f"sqlite:///{city.state / 'ioc.db'}"
    tables = city.folder / "tables"
    url = city.database.create("ioc", home=tables if tables.exists() else None)
    if at_first:
        with psycopg.connect(url) as connection:
            connection.execute(at_first)
    return url


@contextmanager
def _lines(city: World) -> Iterator[dict[str, Proxy]]:
    assert city.database is not None
    ends = {"database": city.database.port, "bus": city.bus.port, "doors": city.port}
    lines = {name: Proxy(port) for name, port in ends.items()}
    for one in lines.values():
        one.start()
    try:
        yield lines
    finally:
        for one in lines.values():
            one.stop()


def _environment(city: World) -> dict[str, str]:
    database_url, redis_url = "" if city.database is None else city.database_url, city.bus.url
    if city.lines:
        database_url = database_url.replace(f":{city.database_port}/", f":{city.lines['database'].port}/")
        redis_url = redis_url.replace(f":{city.bus.port}/", f":{city.lines['bus'].port}/")
    if city.group is not None:
        redis_url = city.group.url
    return {
        "IOC_CITY_DIR": str(city.city_dir),
        "IOC_STATE_DIR": str(city.state),
        "IOC_DATABASE_URL": database_url,
        "IOC_REDIS_URL": redis_url,
        "IOC_SECRET_KEY": random_key(),
        "IOC_PERSONAL_KEY": random_key(),
        "IOC_PUBLIC_URL": PUBLIC_URL,
        "IOC_PORT": str(city.port),
        "IOC_TRUSTED_PROXIES": '["127.0.0.1"]',
        "IOC_LOG_LEVEL": "info",
        "IOC_MODULES_DIR": str(OWN_MODULES),
        "IOC_LEDGER_SLOW_FILE": str(city.folder / "slow"),
    }


def _profile(folder: Path) -> Path:
    """Thanh Hóa with only the modules this needs."""
    profile = folder / "thanh-hoa"
    shutil.copytree(ROOT / "cities" / "thanh-hoa", profile)
    text = (profile / "city.toml").read_text(encoding="utf-8")
    for name in OFF:
        text = text.replace(f"[modules.{name}]\nenabled = true", f"[modules.{name}]\nenabled = false")
    (profile / "city.toml").write_text(text, encoding="utf-8")
    return profile


def _set_up(city: World) -> None:
    """As the page on deploying says: wards, the first administrator, keys; then the parts, and a sign-in."""
    wards = official_wards(city.city_dir, city.folder / "wards.geojson")
    city.run("layers", "import", str(wards), "--as", "wards", "--valid-from", "2025-07-01")
    for part in PARTS:
        city.start(part)
    name, password = ADMIN
    city.run("people", "add", name, "--role", "admin", "--name", "Quản trị", stdin=f"{password}\n{password}\n")
    city.wait_ready()
    headers = {"Host": PUBLIC_NAME, "X-Forwarded-Proto": "https"}
    with httpx.Client(base_url=city.url, headers=headers, trust_env=False, timeout=20) as http:
        signed_in = http.post("/api/v1/session", json={"username": name, "password": password})
        city.cookie = signed_in.raise_for_status().headers["set-cookie"].partition(";")[0]
        http.headers.update({"Cookie": city.cookie, "Origin": PUBLIC_URL})
        http.cookies.clear()
        city.device_key = _new_key(http, "device")
        city.wall_keys = [_new_key(http, "wall") for _ in range(4)]


def _new_key(http: httpx.Client, kind: str) -> str:
    made = http.post("/api/v1/devices", json={"kind": kind, "name": f"khóa {kind}"}).raise_for_status()
    return str(made.json()["token"])
