"""Faults that can only be made from within: a wrong clock, and death or standstill at a named point.

All look at files in the folder `CHAOS_FOLDER`: `clock` holds the seconds the clock is wrong by; a file named as a
point makes the first process that comes there take the file away and die, or stand still.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER = Path(os.environ.get("CHAOS_FOLDER", "/nowhere"))


def _wrong_clock(clock: ModuleType) -> None:
    now = clock.SystemClock.now

    def wrong(self: Any) -> Any:
        right = now(self)
        with suppress(OSError, ValueError):
            return right + timedelta(seconds=float((FOLDER / "clock").read_text()))
        return right

    clock.SystemClock.now = wrong


def die_at(point: str, how: signal.Signals = signal.SIGKILL) -> None:
    """SIGKILL of this process, or another signal, if somebody asked for it here."""
    with suppress(OSError):
        (FOLDER / point).unlink()
        os.kill(os.getpid(), how)


def _crash_points(follower: ModuleType) -> None:
    kind = follower.Follower
    handle, commit, move = kind._handle, kind._commit, kind._move

    async def dying_handle(self: Any, rows: Any) -> None:
        die_at("after-read")
        await handle(self, rows)
        die_at("after-commit")

    async def dying_commit(self: Any, events: Any, last: int) -> None:
        die_at("before-handlers")
        await commit(self, events, last)

    async def dying_move(self: Any, to: int, effects: Any = None) -> None:
        die_at("after-handlers")

        def dying_effects(tx: Any) -> None:
            die_at("in-commit-before-effects")
            if effects is not None:
                effects(tx)
            die_at("in-commit-after-effects")

        await move(self, to, dying_effects if effects is not None else None)

    kind._handle, kind._commit, kind._move = dying_handle, dying_commit, dying_move


def _still_at_work(follower: ModuleType) -> None:
    """A consumer stands still with its work done and nothing of it written: `work in hand of CONSUMER`."""
    move = follower.Follower._move

    async def late_move(self: Any, to: int, effects: Any = None) -> None:
        if effects is not None:
            die_at(f"work in hand of {self._consumer}", signal.SIGSTOP)
        await move(self, to, effects)

    follower.Follower._move = late_move


CHANGES = {
    "wrong-clock": {"ioc.core.clock": _wrong_clock},
    "crash-points": {"ioc.host.follower": _crash_points},
    "still-at-work": {"ioc.host.follower": _still_at_work},
}
