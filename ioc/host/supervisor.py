"""Starts the city's processes, watches them, and brings each back when it dies, hangs or grows too large."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ioc.contract import Log
from ioc.core.clock import Clock, SystemClock
from ioc.core.text import Text
from ioc.host.children import Child
from ioc.host.lives import Lives
from ioc.host.own_server import OwnServer
from ioc.host.watched import Watch, write_watch

TICK_S = 0.2
WRITE_S = 1.0
STOP_S = 10.0
ENDING_S = 0.5  # an end of the whole group reaches the fork server first: the wish is here by then
_NO_HEARTBEAT = Text("treo, không còn phản hồi", "hung: no heartbeat")
_NOT_STARTED = Text("không khởi động được tiến trình", "the process could not be started")
_SERVER_ENDED = Text("máy chủ kèm theo dừng đột ngột", "the embedded server ended")


@dataclass(slots=True)
class Kept:
    """A child, its lives, and when the next one is due (0: it lives)."""

    child: Child
    lives: Lives
    due_at: float = 0.0


class Supervisor:
    """Runs in the main thread of the first process; blocks in `run` until it is told to stop."""

    def __init__(
        self,
        children: Sequence[Child],
        servers: Sequence[OwnServer],
        log: Log,
        *,
        watch_file: Path,
        memory_limit_mb: int = 768,
        clock: Clock | None = None,
    ) -> None:
        self._clock = clock or SystemClock()
        self._kept = [Kept(child, self._lives_of(child)) for child in children]
        self._servers = [(server, Lives(server.name, self._clock, announces=server.announced)) for server in servers]
        self._log = log
        self._watch_file = watch_file
        self._written_at = 0.0
        self._unwritten = False
        self._memory_limit_mb = memory_limit_mb
        self._stop = threading.Event()

    def _lives_of(self, child: Child) -> Lives:
        return Lives(child.name.removeprefix("module "), self._clock, announces=child.announces)

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
        return {kept.child.name: kept.lives.restarts for kept in self._kept}

    @property
    def well(self) -> bool:
        """Whether every child runs; one that waits to be brought back does not."""
        return all(kept.child.alive and not kept.due_at for kept in self._kept)

    def start(self) -> None:
        """Starts the servers, then every child; none any more once an end was asked for."""
        for server, lives in self._servers:
            if self.stopping:
                return
            server.ensure()
            server.wait_ready()
            lives.began()
        for kept in self._kept:
            if self.stopping:
                return
            self._start(kept)
        self._write()

    def run(self, each_tick: Callable[[], None] | None = None) -> None:
        """Watches until stopped; `each_tick` is called five times a second."""
        while not self._stop.wait(TICK_S):
            for server, lives in self._servers:
                self._keep_up(server, lives)
            for kept in self._kept:
                self._look_at(kept)
            if time.monotonic() - self._written_at >= WRITE_S:
                self._write()
            if each_tick:
                each_tick()

    def close(self) -> None:
        """Ends every child in order, then the servers; what does not end in time is killed."""
        for kept in self._kept:
            kept.child.terminate()
        deadline = time.monotonic() + STOP_S
        for kept in self._kept:
            if not kept.child.join(max(0.1, deadline - time.monotonic())):
                self._log.warning("child did not end in time", child=kept.child.name)
                kept.child.kill()
        for server, _ in self._servers:
            server.stop()
        self._watch_file.unlink(missing_ok=True)

    def _keep_up(self, server: OwnServer, lives: Lives) -> None:
        if server.ensure():
            lives.ended(_SERVER_ENDED)
            lives.began()
            self._log.warning(f"{server.name} restarted", pid=server.pid)

    def _start(self, kept: Kept) -> None:
        try:
            kept.child.start()
        except (OSError, EOFError):  # the fork server is gone: the next start makes another
            if not self._stop.wait(ENDING_S):
                self._come_back(kept, _NOT_STARTED)
            return
        kept.lives.began()
        kept.due_at = 0.0
        self._log.info("child started", child=kept.child.name, pid=kept.child.pid)

    def _look_at(self, kept: Kept) -> None:
        child = kept.child
        if kept.due_at:
            if time.monotonic() >= kept.due_at:
                self._start(kept)
                self._write()
        elif not child.alive:
            words = child.last_words()
            self._come_back(kept, words or _how_it_ended(child.exit_code), own_fault=words is not None)
        elif child.silent():
            child.kill()
            self._come_back(kept, _NO_HEARTBEAT)
        elif child.resident_mb() > self._memory_limit_mb:
            child.kill()
            limit = f"{self._memory_limit_mb} MiB"
            self._come_back(kept, Text(f"dùng quá {limit} bộ nhớ", f"held more than {limit}"))

    def _come_back(self, kept: Kept, reason: Text, *, own_fault: bool = False) -> None:
        pause = kept.lives.ended(reason, own_fault=own_fault)
        kept.due_at = time.monotonic() + pause
        self._log.error("child failed", child=kept.child.name, reason=reason.en, again_in_s=pause)
        self._write()

    def _ask(self, server: OwnServer, lives: Lives) -> None:
        notice = server.notice()
        if notice is not None and notice != lives.notice:
            self._log.warning("server noticed", server=server.name, notice=notice.en)
        lives.notice = notice

    def _write(self) -> None:
        """Tells the API what is known; a full disk must not stop the watching."""
        self._written_at = time.monotonic()
        for server, lives in self._servers:
            self._ask(server, lives)
        parts = [*(lives for _, lives in self._servers), *(kept.lives for kept in self._kept)]
        watch = Watch(at=self._clock.now(), parts=tuple(one.seen() for one in parts))
        try:
            write_watch(self._watch_file, watch)
        except OSError as error:
            if not self._unwritten:
                self._log.error("what the supervisor sees is not written", reason=str(error))
            self._unwritten = True
        else:
            self._unwritten = False


def _how_it_ended(code: int | None) -> Text:
    if code is None or code >= 0:
        return Text(f"tự kết thúc với mã {code}", f"ended with {code}")
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = str(-code)
    return Text(f"bị dừng bởi tín hiệu {name}", f"ended by signal {name}")
