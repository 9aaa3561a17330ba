"""Faults that can only be made from within: a wrong clock, and death or standstill at a named point.

All look at files in the folder `CHAOS_FOLDER`: `clock` holds the seconds the clock is wrong by; a file named as a
point makes the first process that comes there take the file away and die, or stand still.
"""

from __future__ import annotations

import asyncio
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
    handle, commit = kind._handle, kind._commit

    async def dying_handle(self: Any, rows: Any) -> Any:
        die_at("after-read")
        concerned = await handle(self, rows)
        die_at("after-commit")
        return concerned

    async def dying_commit(self: Any, events: Any, following: int | None = None) -> None:
        die_at("before-handlers")
        await commit(self, events, following)

    kind._handle, kind._commit = dying_handle, dying_commit


def _crash_points_of_commits(held_cursor: ModuleType) -> None:
    move = held_cursor.HeldCursor.move

    async def dying_move(self: Any, to: int, effects: Any, following: int | None = None) -> Any:
        die_at("after-handlers")

        def dying_effects(tx: Any) -> Any:
            die_at("in-commit-before-effects")
            value = effects(tx)
            die_at("in-commit-after-effects")
            return value

        return await move(self, to, dying_effects, following)

    held_cursor.HeldCursor.move = dying_move


def _still_at_work(follower: ModuleType) -> None:
    """A consumer stands still with its work done and nothing of it written: `work in hand of CONSUMER`."""
    commit = follower.Follower._commit

    async def with_work(self: Any, events: Any, following: int | None = None) -> None:
        self._cursor.work_in_hand = any(self._concerns(one) for one in events)
        try:
            await commit(self, events, following)
        finally:
            self._cursor.work_in_hand = False

    follower.Follower._commit = with_work


def _still_before_the_commit(held_cursor: ModuleType) -> None:
    move = held_cursor.HeldCursor.move

    async def late_move(self: Any, to: int, effects: Any, following: int | None = None) -> Any:
        point = FOLDER / f"work in hand of {self.consumer}"
        if not (getattr(self, "work_in_hand", False) and point.exists()):
            return await move(self, to, effects, following)
        writer = self._store._events._writer
        while writer._busy_since is not None or writer.waiting:  # a writer stopped in a commit takes no other on waking
            await asyncio.sleep(0)
        die_at(point.name, signal.SIGSTOP)
        # As if it were on its way already: others of the process who hear first that they were replaced end this one.
        late = asyncio.ensure_future(move(self, to, effects, following))
        late.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(late)

    held_cursor.HeldCursor.move = late_move


CHANGES = {
    "wrong-clock": {"ioc.core.clock": _wrong_clock},
    "crash-points": {"ioc.host.follower": _crash_points, "ioc.host.held_cursor": _crash_points_of_commits},
    "still-at-work": {"ioc.host.follower": _still_at_work, "ioc.host.held_cursor": _still_before_the_commit},
}
