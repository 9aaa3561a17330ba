"""Finds out whether the other end still lives."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from ioc.feed.options import Options


class Keepalive:
    """Puts out whoever gives no sign of life for `ping_s` + `pong_s`: `stalled` when data wait for it, else `silent`.

    A sign is the answer to a ping, or that data held back for the client were taken. Both count from the last sign: the
    system's own buffers may take in half a minute of a quiet night, so that a client which stopped reading is held back
    only long after, and must not be given the time of a new one.
    """

    def __init__(
        self,
        options: Options,
        *,
        ping: Callable[[bytes], None],
        silent: Callable[[], None],
        stalled: Callable[[], None],
    ) -> None:
        self._options, self._ping, self._silent, self._stalled = options, ping, silent, stalled
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._held_back = False
        self._asked = b""

    def start(self) -> None:
        """A sign of life came, or the first is waited for."""
        self._asked = b""
        self._set(self._options.ping_s, self._ask)

    def stop(self) -> None:
        """Ends for good."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def pong(self, payload: bytes) -> None:
        """A pong came; only the one asked for counts."""
        if self._asked and payload == self._asked:
            self.start()

    def paused(self) -> None:
        """The client takes no more for now."""
        self._held_back = True

    def resumed(self) -> None:
        """The client takes data again."""
        self._held_back = False
        if self._timer is not None:
            self.start()

    def _ask(self) -> None:
        self._set(self._options.pong_s, self._give_up)
        if not self._held_back:  # else the ping would wait behind the backlog, and be one more to wait
            self._asked = os.urandom(8)
            self._ping(self._asked)

    def _give_up(self) -> None:
        if self._held_back:
            self._stalled()
        else:
            self._silent()

    def _set(self, delay: float, then: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(delay, then)
