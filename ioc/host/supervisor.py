"""Starts the city's processes, watches them, and brings each back when it dies, hangs or grows too large."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ioc.contract import Log
from ioc.host.children import Child
from ioc.host.own_server import OwnServer

TICK_S = 0.2
BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0)
HEALTHY_S = 30.0
STOP_S = 10.0


@dataclass(slots=True)
class Watched:
    """A child and what became of it."""

    child: Child
    restarts: int = 0
    failures: int = 0
    started_at: float = 0.0
    due_at: float = 0.0


class Supervisor:
    """Runs in the main thread of the first process; blocks in `run` until it is told to stop."""

    def __init__(
        self, children: Sequence[Child], servers: Sequence[OwnServer], log: Log, *, memory_limit_mb: int = 768
    ) -> None:
        self._watched = [Watched(child) for child in children]
        self._servers = servers
        self._log = log
        self._memory_limit_mb = memory_limit_mb
        self._stop = threading.Event()

    def listen_to_signals(self) -> None:
        """SIGINT and SIGTERM end `run` in order."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._stop.set())

    def stop(self) -> None:
        """Ends `run`."""
        self._stop.set()

    @property
    def stopping(self) -> bool:
        """Whether an end was asked for."""
        return self._stop.is_set()

    @property
    def restarts(self) -> dict[str, int]:
        """How often each child had to be brought back."""
        return {watched.child.name: watched.restarts for watched in self._watched}

    @property
    def well(self) -> bool:
        """Whether every child runs; one that waits to be brought back does not."""
        return all(watched.child.alive and not watched.due_at for watched in self._watched)

    def start(self) -> None:
        """Starts the servers, then every child."""
        for server in self._servers:
            server.ensure()
            server.wait_ready()
        for watched in self._watched:
            self._start(watched)

    def run(self, each_tick: Callable[[], None] | None = None) -> None:
        """Watches until stopped; `each_tick` is called five times a second."""
        while not self._stop.wait(TICK_S):
            for server in self._servers:
                if server.ensure():
                    self._log.warning(f"{server.name} restarted", pid=server.pid)
            for watched in self._watched:
                self._look_at(watched)
            if each_tick:
                each_tick()

    def close(self) -> None:
        """Ends every child in order, then the servers; what does not end in time is killed."""
        for watched in self._watched:
            watched.child.terminate()
        deadline = time.monotonic() + STOP_S
        for watched in self._watched:
            if not watched.child.join(max(0.1, deadline - time.monotonic())):
                self._log.warning("child did not end in time", child=watched.child.name)
                watched.child.kill()
        for server in self._servers:
            server.stop()

    def _start(self, watched: Watched) -> None:
        watched.child.start()
        watched.started_at = time.monotonic()
        watched.due_at = 0.0
        self._log.info("child started", child=watched.child.name, pid=watched.child.pid)

    def _look_at(self, watched: Watched) -> None:
        child, now = watched.child, time.monotonic()
        if watched.due_at:
            if now >= watched.due_at:
                watched.restarts += 1
                self._start(watched)
        elif not child.alive:
            self._come_back(watched, f"ended with {child.exit_code}")
        elif child.silent():
            child.kill()
            self._come_back(watched, "no heartbeat")
        elif child.resident_mb() > self._memory_limit_mb:
            child.kill()
            self._come_back(watched, f"held more than {self._memory_limit_mb} MiB")

    def _come_back(self, watched: Watched, reason: str) -> None:
        now = time.monotonic()
        watched.failures = 1 if now - watched.started_at > HEALTHY_S else watched.failures + 1
        pause = BACKOFF_S[min(watched.failures, len(BACKOFF_S)) - 1]
        watched.due_at = now + pause
        self._log.error("child failed", child=watched.child.name, reason=reason, again_in_s=pause)
