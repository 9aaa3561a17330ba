"""A Valkey on a port of loopback that keeps its data as an installation does; it may be killed, emptied, restarted."""

from __future__ import annotations

import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import redis

from tests.servers import end, launch, valkey_binary, wait_until


@dataclass
class Bus:
    """One server; `flags` are further words of its command line."""

    folder: Path
    port: int
    flags: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> redis.Redis:
        return redis.Redis(host="127.0.0.1", port=self.port, socket_timeout=3)

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        keep = ["--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--maxmemory-policy", "noeviction"]
        places = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--logfile", "log"]
        self.process = launch([str(valkey_binary()), *places, *keep, *self.flags], cwd=self.folder)
        wait_until(self.answers, "the bus answers")

    def answers(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise RuntimeError(f"the bus ended: {(self.folder / 'log').read_text()[-2000:]}")
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def kill(self) -> None:
        """As a crash does it."""
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            end(self.process, signal.SIGKILL)
            self.process = None

    def lose_everything(self) -> None:
        """Ends it and takes its data away."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
