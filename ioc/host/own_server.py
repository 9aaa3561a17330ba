"""A server that is not ours, started beside our own processes: it ends with us, and is brought back when lost."""

from __future__ import annotations

import subprocess
import time
from abc import ABC, abstractmethod

from ioc.core.text import Text
from ioc.host.children import die_with_parent

START_S = 10.0
AGAIN_S = 1.0  # between two starts of one that cannot stay
STOP_S = 5.0


class NoServer(Exception):
    """There is neither a packaged nor an installed server, or it does not start."""


class OwnServer(ABC):
    """One server process. It may be lost at any moment: `ensure` starts it again where it was."""

    name = "server"
    announced = False  # whether some part says as a last-known value how this server is

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = -AGAIN_S

    @abstractmethod
    def prepare(self) -> list[str]:
        """Makes its folder and files; the command that starts it."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it can be worked with."""

    @property
    @abstractmethod
    def trouble(self) -> str:
        """Where to look when it does not answer."""

    def notice(self) -> Text | None:
        """What people should know of it although it runs; asked once a second."""
        return None

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def ensure(self) -> bool:
        """Starts the server unless it runs; whether it had to be started. Call it from the main thread."""
        if self.pid is not None or time.monotonic() - self._started_at < AGAIN_S:
            return False
        self._started_at = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603 - our own binary and arguments
            self.prepare(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        return True

    def wait_ready(self) -> None:
        """Returns once the server answers.

        Raises:
            NoServer: it did not within `START_S`; its log says why.
        """
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if self.answers():
                return
            time.sleep(0.02)
        raise NoServer(f"the embedded {self.name} does not answer; see {self.trouble}")

    def stop(self) -> None:
        """Ends the server in order; after `STOP_S` the hard way."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_S)
