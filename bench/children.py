"""Processes a benchmark starts: on loopback, ended by pid, and never left behind."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from ioc.host.children import die_with_parent

READY = "ready"
START_S = 120.0  # a busy machine starts processes slowly
STOP_S = 5.0
CHUNK = 1 << 20


@dataclass
class Helper:
    """A process of ours that takes lines on stdin and answers lines on stdout."""

    process: subprocess.Popen[bytes]
    _said: bytes = b""

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def tell(self, data: bytes) -> None:
        """Writes to its stdin."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def line(self, limit_s: float = START_S) -> str:
        """The next line it says; raises TimeoutError when it says nothing, RuntimeError when it ended."""
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as waiting:
            waiting.register(self.process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._said:
                if not waiting.select(limit_s):
                    raise TimeoutError(f"{self.process.args!r} says nothing")
                part = os.read(self.process.stdout.fileno(), CHUNK)
                if not part:
                    raise RuntimeError(f"{self.process.args!r} ended")
                self._said += part
        said, _, self._said = self._said.partition(b"\n")
        return said.decode()

    def wait_ready(self, limit_s: float = START_S) -> None:
        """Until it says that it is ready."""
        until = time.monotonic() + limit_s
        while self.line(max(0.1, until - time.monotonic())) != READY:
            continue


def helper(module: str, *arguments: object, **more: str) -> AbstractContextManager[Helper]:
    """`python -m module arguments`, with `more` in its environment, stopped at the end whatever happens."""
    return program([sys.executable, "-m", module, *map(str, arguments)], **more)


@contextmanager
def program(command: Sequence[str], **more: str) -> Iterator[Helper]:
    """The same for any program, with `more` in its environment."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        env={**os.environ, **more},
        preexec_fn=die_with_parent,
    )
    try:
        yield Helper(process)
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, then SIGKILL for one that does not end."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def listens(port: int) -> bool:
    """Whether somebody listens on a loopback port."""
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) == 0
