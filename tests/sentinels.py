"""A leader, a replica and three Sentinels on free ports of loopback, each a process that may be killed."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import redis

from ioc.host.ports import free_port
from tests.servers import end, launch, valkey_binary, wait_until

NAME = "ioc"
DOWN_MS = 2_000
PASSWORD = "matkhauchung"


@dataclass
class Group:
    """The servers by port. `url` is what an installation sets."""

    folder: Path
    servers: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    sentinels: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        places = ",".join(f"127.0.0.1:{port}" for port in self.sentinels)
        return f"redis+sentinel://:{PASSWORD}@{places}/{NAME}/0"

    def client(self, port: int) -> redis.Redis:
        password = PASSWORD if port in self.servers else None
        return redis.Redis(host="127.0.0.1", port=port, password=password, socket_timeout=3, decode_responses=True)

    def leader(self) -> int:
        """The port of whom the Sentinels call the leader, asked of all of them; 0 while they disagree."""
        said = set()
        for port in self.sentinels:
            with self.client(port) as client:
                said.add(int(client.sentinel_get_master_addr_by_name(NAME)[1]))
        return said.pop() if len(said) == 1 else 0

    def start_server(self, port: int, leader: int | None) -> None:
        keep = ["--appendonly", "yes", "--maxmemory-policy", "noeviction", "--save", ""]
        secret = ["--requirepass", PASSWORD, "--masterauth", PASSWORD]
        follow = ["--replicaof", f"127.0.0.1 {leader}"] if leader else []
        self.servers[port] = self._launch(port, [*keep, *secret, *follow])

    def start_sentinel(self, port: int, leader: int) -> None:
        config = self.folder / f"{port}.conf"
        lines = (
            f"sentinel monitor {NAME} 127.0.0.1 {leader} 2",
            f"sentinel auth-pass {NAME} {PASSWORD}",
            f"sentinel down-after-milliseconds {NAME} {DOWN_MS}",
            f"sentinel failover-timeout {NAME} 6000",
        )
        config.write_text("\n".join((*lines, "")), encoding="utf-8")
        self.sentinels[port] = self._launch(port, [], config)

    def kill(self, port: int) -> None:
        end(self.servers.pop(port), signal.SIGKILL)

    def _launch(self, port: int, words: list[str], config: Path | None = None) -> subprocess.Popen[bytes]:
        home = self.folder / str(port)
        home.mkdir(exist_ok=True)
        places = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(home), "--logfile", str(home / "log")]
        first = [str(config), "--sentinel"] if config else []
        return launch([str(valkey_binary()), *first, *places, *words], cwd=home)

    def knows_itself(self) -> bool:
        """Whether every Sentinel knows the others and the replica, and the replica follows."""
        for port in self.sentinels:
            with self.client(port) as client:
                known = client.sentinel_master(NAME)
                if known["num-other-sentinels"] != 2 or known["num-slaves"] < 1:
                    return False
        return self.leader() != 0

    def stop(self) -> None:
        for one in (*self.sentinels.values(), *self.servers.values()):
            one.send_signal(signal.SIGCONT)
            end(one, signal.SIGKILL)


@contextmanager
def sentinels() -> Iterator[Group]:
    """A group whose members all know each other."""
    group = Group(Path(tempfile.mkdtemp(prefix="ioc-s-", dir="/tmp")))
    leader, replica = free_port(), free_port()
    try:
        group.start_server(leader, None)
        group.start_server(replica, leader)
        for _ in range(3):
            group.start_sentinel(free_port(), leader)
        wait_until(lambda: _quietly(group.knows_itself), "the Sentinels know each other", 60)
        yield group
    finally:
        group.stop()
        shutil.rmtree(group.folder, ignore_errors=True)


def _quietly(look) -> bool:
    try:
        return bool(look())
    except (redis.RedisError, KeyError):
        return False
