"""One city in production without containers: the very commands of docker-compose.yml as processes of this machine.

What differs from containers is written down here and nowhere else: names of hosts become ports of loopback, and
`/var/lib/ioc`, `/run/secrets` and `/data` become folders. The key of people's data is given as a file.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from ioc.host.ports import free_port
from ioc.settings import Settings
from tests.production import compose
from tests.servers import (
    START_LIMIT_S,
    Postgres,
    end,
    launch,
    postgres_binary,
    postgres_user,
    valkey_binary,
    wait_until,
)
from tests.several import run_one

BIN = Path(sys.executable).parent
IOC = str(BIN / "ioc")
PUBLIC_NAME = "ioc.thanhhoa.example"
PUBLIC_URL = f"https://{PUBLIC_NAME}"
PROFILE = compose.ROOT / "cities" / "thanh-hoa"
PARTS = ("api", "desk", "modules", "cameras")
READY_S = 180.0


def random_key() -> str:
    """As `openssl rand -base64 32` makes one."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def new_secrets() -> dict[str, str]:
    """The variables a person fills in."""
    return {
        "IOC_CITY_DIR": str(PROFILE),
        "IOC_PUBLIC_URL": PUBLIC_URL,
        "IOC_TLS_DIR": "/etc/ssl/ioc",
        "POSTGRES_PASSWORD": secrets.token_hex(24),  # these two as files: see `_secrets_as_files`
        "REDIS_PASSWORD": secrets.token_hex(24),
        "IOC_SECRET_KEY": random_key(),
        "IOC_PERSONAL_KEY": random_key(),
    }


def official_wards(profile: Path, to: Path) -> Path:
    """A file such as a surveyor's office hands over: the profile's own shapes, said to be exact."""
    layer = json.loads((profile / "layers" / "wards.geojson").read_text(encoding="utf-8"))
    for one in layer["features"]:
        one["properties"]["approximate"] = False
    to.write_text(json.dumps(layer, ensure_ascii=False), encoding="utf-8")
    return to


def plain_environment() -> dict[str, str]:
    """This process's environment without anything that would set up the product."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("IOC_", "PG", "REDIS"))}


@dataclass
class Database(Postgres):
    """The service `database`: its user, password, database and options of initdb."""

    password: str = ""

    def url(self, database: str) -> str:
        return f"postgresql://ioc:{self.password}@127.0.0.1:{self.port}/{database}"


@dataclass
class Installation:
    """The servers and processes of one city; `folder` holds everything it keeps."""

    folder: Path
    variables: dict[str, str]
    services: dict[str, Any]
    port: int
    database: Database
    bus_port: int
    bus: subprocess.Popen[bytes] | None = None
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The API itself, as the proxy reaches it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def feed_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/feed"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def run_dir(self) -> Path:
        """Where its processes keep their locks, which in a container is nobody else's `/tmp`."""
        return Settings(city_dir=PROFILE, state_dir=self.state).run_dir

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    def here(self, text: str) -> str:
        """What a container calls something, as this machine calls it."""
        for name, local in (
            ("@database:5432/", f"@127.0.0.1:{self.database.port}/"),
            ("//bus:6379/", f"//127.0.0.1:{self.bus_port}/"),
            ("/var/lib/ioc", str(self.state)),
            ("/run/secrets", str(self.folder / "secrets")),
            ("0.0.0.0", "127.0.0.1"),  # noqa: S104 - the container's address, never ours
            (compose.proxy_address(), "127.0.0.1"),
            ("/tmp/ioc-*", str(self.run_dir)),
            ("127.0.0.1:8000", f"127.0.0.1:{self.port}"),
            ("$$", "$"),
        ):
            text = text.replace(name, local)
        return text

    def environment(self, service: str) -> dict[str, str]:
        """What the service's processes find in their environment."""
        own = {name: self.here(str(value)) for name, value in self._named(service).items()}
        if "IOC_PORT" in own:
            own["IOC_PORT"] = str(self.port)
        paths = os.pathsep.join((str(BIN), str(valkey_binary().parent), os.environ["PATH"]))
        return plain_environment() | own | {"PATH": paths}

    def _named(self, service: str) -> dict[str, Any]:
        found: dict[str, Any] = self.services[service].get("environment", {})
        return found

    def command(self, service: str, *words: str) -> list[str]:
        """The image's entry point with the service's command, or with other words."""
        return [IOC, *(words or self.services[service]["command"])]

    def run(self, *words: str, stdin: str = "", service: str = "api") -> subprocess.CompletedProcess[str]:
        """As `docker compose run --rm api WORDS…`; no terminal, so a prompt reads `stdin`."""
        return run_one(words, self.environment(service), stdin)

    def healthy(self, service: str) -> bool:
        """What the service's own health check says."""
        kind, *words = self.services[service]["healthcheck"]["test"]
        command = ["/bin/sh", "-c", *words] if kind == "CMD-SHELL" else words
        environment = self.environment(service) | {"PGPORT": str(self.database.port)}
        said = subprocess.run(
            [self.here(word).replace("valkey-cli", f"valkey-cli -p {self.bus_port}") for word in command],
            env=environment,
            capture_output=True,
            timeout=20,
            check=False,
        )
        return said.returncode == 0

    def start_servers(self) -> None:
        """Database and bus, until their health checks say so."""
        _make_database(self.database, self.environment("database"))
        self.database.start()
        self.database.create(self.services["database"]["environment"]["POSTGRES_DB"])
        self.start_bus()
        wait_until(lambda: self.healthy("database") and self.healthy("bus"), "database and bus are healthy")

    def start_bus(self) -> None:
        shell, flag, script = self.services["bus"]["command"]
        assert script.count("valkey-server - ") == 1
        data = self.folder / "bus"
        data.mkdir(exist_ok=True)
        places = f"--port {self.bus_port} --bind 127.0.0.1 --dir {data} --logfile bus.log"
        here = self.here(script).replace("valkey-server - ", f"{valkey_binary()} - {places} ")
        self.bus = launch([shell, flag, here], cwd=data)

    def start(self, part: str) -> None:
        """One of the services api, desk and modules, its output kept in a file."""
        self.logs.mkdir(exist_ok=True)
        with (self.logs / f"{part}.log").open("ab") as out:
            self.processes[part] = subprocess.Popen(
                self.command(part),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=self.environment(part),
                cwd=compose.ROOT,
                start_new_session=True,
            )

    def log_of(self, part: str) -> str:
        return (self.logs / f"{part}.log").read_text(encoding="utf-8")

    def ready(self) -> bool:
        for part, process in self.processes.items():
            if process.poll() is not None:
                raise RuntimeError(f"{part} ended: {self.log_of(part)[-3000:]}")
        try:
            return httpx.get(f"{self.url}/readyz", trust_env=False, timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def wait_ready(self) -> None:
        wait_until(self.ready, f"the city is ready; logs in {self.logs}", READY_S)

    def stop(self) -> list[str]:
        """SIGTERM as a container gets it; returns what had to be killed or was left behind."""
        left: list[str] = []
        family = [child for one in self.processes.values() for child in _family(one.pid)]
        for process in self.processes.values():
            process.terminate()
        for part, process in self.processes.items():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
                left.append(part)
        left += [" ".join(child.cmdline()) for child in psutil.wait_procs(family, timeout=5)[1]]
        self.processes.clear()
        return left

    def close(self) -> None:
        """Everything ended by pid, the folder removed."""
        self.stop()
        if self.bus is not None:
            end(self.bus, signal.SIGTERM)
        self.database.stop()
        for folder in (self.folder, self.run_dir):
            shutil.rmtree(folder, ignore_errors=True)


def _family(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _make_database(server: Database, environment: Mapping[str, str]) -> None:
    """As the image's entry point does it: initdb with its options, a password, and no way in without."""
    server.folder.mkdir()
    password = server.folder / "password"
    password.touch(mode=0o600)
    password.write_bytes(Path(environment["POSTGRES_PASSWORD_FILE"]).read_bytes())
    if (user := postgres_user()) is not None:
        for path in (server.folder, password):
            os.chown(path, user.pw_uid, user.pw_gid)
    options = [*environment["POSTGRES_INITDB_ARGS"].split(), "--auth=scram-sha-256", "-E", "UTF8", "--no-sync"]
    who = ["-U", environment["POSTGRES_USER"], "--pwfile", str(password)]
    command = [postgres_binary("initdb"), "-D", str(server.folder / "data"), *who, *options]
    assert launch(command, server.folder, as_postgres=True).wait(START_LIMIT_S * 2) == 0, "initdb failed"
    password.unlink()  # of the image it is a pipe


def _secrets_as_files(given: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The passwords, and the key of people's data, as files of the folder of secrets; the key not as a value."""
    folder.mkdir(mode=0o700)
    (folder / "database_password").write_text(f"{given['POSTGRES_PASSWORD']}\n", encoding="ascii")
    (folder / "redis_password").write_text(f"{given['REDIS_PASSWORD']}\n", encoding="ascii")
    (folder / "personal_key").write_text(f"{given['IOC_PERSONAL_KEY']}\n", encoding="ascii")
    return {"IOC_PERSONAL_KEY": "", "IOC_PERSONAL_KEY_FILE": "/run/secrets/personal_key"}


@contextmanager
def installation(variables: dict[str, str] | None = None) -> Iterator[Installation]:
    """Servers and an empty city; nothing of the product runs yet."""
    given = variables or new_secrets()
    folder = Path(tempfile.mkdtemp(prefix="ioc-u-", dir="/tmp"))
    folder.chmod(0o755)
    database = Database(folder / "database", free_port(), password=given["POSTGRES_PASSWORD"])
    services = compose.filled(given | _secrets_as_files(given, folder / "secrets"))
    made = Installation(folder, given, services, free_port(), database, free_port())
    try:
        made.start_servers()
        yield made
    finally:
        made.close()
