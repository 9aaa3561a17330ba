"""A real MQTT broker for the tests: mosquitto on a free port of loopback, in a short folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ioc.host.ports import free_port
from tests.servers import end, launch, wait_until

OPEN_TO_ALL = ("allow_anonymous true",)
LIMITS = ("persistence true", "max_queued_messages 100000", "max_inflight_messages 500", "max_packet_size 1048576")


@dataclass
class Mosquitto:
    """A broker that may be killed and started again on its port; what it saved when it was stopped is kept."""

    folder: Path
    port: int
    lines: Sequence[str] = OPEN_TO_ALL
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        ours = (
            f"user {pwd.getpwuid(os.geteuid()).pw_name}",
            *LIMITS,
            f"persistence_location {self.folder}/",
            f"log_dest file {self.folder}/log",
            f"listener {self.port} 127.0.0.1",
        )
        config = self.folder / "mosquitto.conf"
        config.write_text("\n".join((*ours, *self.lines, "")), encoding="utf-8")
        self.process = launch([mosquitto_binary(), "-c", str(config)], cwd=self.folder)
        wait_until(self.answers, "the MQTT broker answers")

    def answers(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise RuntimeError(f"mosquitto ended: {(self.folder / 'log').read_text()}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            end(self.process, how)
            self.process = None


@contextmanager
def mosquitto(*lines: str, folder: Path | None = None) -> Iterator[Mosquitto]:
    """A running broker with these further lines of configuration; open to all where none are given."""
    home = Path(tempfile.mkdtemp(prefix="ioc-m-", dir="/tmp")) if folder is None else folder
    broker = Mosquitto(home, free_port(), lines or OPEN_TO_ALL)
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
        shutil.rmtree(home, ignore_errors=True)


def mosquitto_binary() -> str:
    """The installed broker; Debian keeps it where only root looks."""
    found = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        raise FileNotFoundError("no mosquitto: run scripts/install_servers.sh")
    return found
