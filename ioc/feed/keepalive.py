"""Finds out whether the other end still lives."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from ioc.feed.options import Options


class Keepalive:
    """A ping every `ping_s`. No pong within `pong_s` calls `silent`; taking no data for `stall_s` calls `stalled`."""

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
        self._stall: asyncio.TimerHandle | None = None
        self._asked = b""

    def start(self) -> None:
        """Begins; also called to wait for the next ping."""
        self._asked = b""
        self._set(self._options.ping_s, self._ask)

    def stop(self) -> None:
        """Ends for good."""
        self.resumed()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def pong(self, payload: bytes) -> None:
        """A pong came; only the one asked for counts."""
        if self._asked and payload == self._asked:
            self.start()

    def paused(self) -> None:
        """The client takes no more for now: pings would wait behind the backlog, so a stall timer runs instead."""
        if self._stall is None:
            self._stall = self._loop.call_later(self._options.stall_s, self._stalled)

    def resumed(self) -> None:
        """The client takes data again."""
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def _ask(self) -> None:
        if self._stall is not None:
            self.start()
            return
        self._asked = os.urandom(8)
        self._set(self._options.pong_s, self._give_up)
        self._ping(self._asked)

    def _give_up(self) -> None:
        if self._stall is not None:
            self.start()
            return
        self._silent()

    def _set(self, delay: float, then: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(delay, then)
