"""A whole city as a person starts it: `ioc demo` in a process of its own, on a free port, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from ioc.host.ports import free_port
from tests.servers import wait_until

ROOT = Path(__file__).resolve().parents[1]
IOC = str(Path(sys.executable).parent / "ioc")
READY_S = 180.0


@dataclass
class City:
    """A running city; `process` is its supervisor."""

    process: subprocess.Popen[bytes]
    port: int
    state: Path
    log: Path
    _http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60, trust_env=False))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **options: object) -> httpx.Response:
        return self._http.get(self.url + path, **options)  # type: ignore[arg-type]

    def post(self, path: str, **options: object) -> httpx.Response:
        return self._http.post(self.url + path, **options)  # type: ignore[arg-type]

    def ready(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"the city ended: {self.log.read_text()[-3000:]}")
        try:
            return self.get("/readyz").status_code == 200
        except httpx.HTTPError:
            return False

    def wait_ready(self) -> None:
        wait_until(self.ready, f"the city is ready; its log: {self.log}", READY_S)

    def children(self) -> dict[str, psutil.Process]:
        """Every process below the supervisor, by what it is."""
        return {_what(p): p for p in psutil.Process(self.process.pid).children(recursive=True)}

    def pid_of(self, name: str) -> int:
        """The pid of a child as the home page's data or the supervisor's log names it."""
        for line in reversed(self.log.read_text().splitlines()):
            if f'"child":"{name}"' in line and '"event":"child started"' in line:
                return int(line.split('"pid":')[1].split(",")[0].rstrip("}"))
        raise LookupError(name)

    def stop(self) -> None:
        """Ctrl-C; fails when the city does not end or leaves a process behind."""
        if self.process.poll() is None:
            family = psutil.Process(self.process.pid).children(recursive=True)
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)
            _gone, alive = psutil.wait_procs(family, timeout=5)
            assert not alive, f"left behind: {[p.cmdline() for p in alive]}"


def _what(process: psutil.Process) -> str:
    return f"{process.pid} {' '.join(process.cmdline())[:80]}"


def start_city(state: Path, *arguments: str, city: str = "thanh-hoa", port: int | None = None) -> City:
    """Starts `ioc demo` (without simulated people unless asked) and returns at once."""
    port = port or free_port()
    log = state.parent / f"{state.name}-{time.monotonic_ns()}.log"
    command = [IOC, "demo", "--city", city, "--port", str(port), "--state", str(state), *arguments]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=os.environ | {"IOC_LOG_LEVEL": "info"},
        )
    return City(process, port, state, log)


@contextmanager
def running_city(*arguments: str, city: str = "thanh-hoa", state: Path | None = None) -> Iterator[City]:
    """A ready city in a short temporary folder, stopped at the end whatever happens."""
    home = Path(tempfile.mkdtemp(prefix="ioc-t-", dir="/tmp"))
    started = start_city(state or home / "state", *arguments, city=city)
    try:
        started.wait_ready()
        yield started
        started.stop()
    finally:
        if started.process.poll() is None:
            started.process.kill()
            started.process.wait(10)
        shutil.rmtree(home, ignore_errors=True)
