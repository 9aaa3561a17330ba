"""Seeded bugs of doors and consumers, each of a kind that real systems had."""

from __future__ import annotations

import asyncio
from types import ModuleType
from typing import Any

BEHIND_S = 0.3


def _answered_first(doors: ModuleType) -> None:
    """The answer leaves at once, what it promises is written a moment later."""
    commit, writing = doors.HostDoor.commit, set[Any]()

    async def later(self: Any, values: dict[str, Any]) -> None:
        await asyncio.sleep(BEHIND_S)
        await commit(self, **values)

    async def commit_behind(self: Any, **values: Any) -> Any:
        if self.module == "citizen":  # this door reads what it wrote, and would show the bug by itself
            return await commit(self, **values)
        task = asyncio.ensure_future(later(self, values))
        writing.add(task)
        task.add_done_callback(writing.discard)
        return values["reply"]

    doors.HostDoor.commit = commit_behind


def _two_commits(follower: ModuleType) -> None:
    """First the effects, then the cursor."""
    move = follower.Follower._move

    async def apart(self: Any, to: int, effects: Any = None) -> None:
        if effects is not None:
            await self._store.write(effects)
        await move(self, to)

    follower.Follower._move = apart


def _under_the_lock(follower: ModuleType) -> None:
    """Handlers run inside the commit."""

    async def commit(self: Any, events: Any, last: int) -> None:
        loop = asyncio.get_running_loop()

        def effects(tx: Any) -> None:
            asyncio.run_coroutine_threadsafe(self._step.prepare(events), loop).result(30)(tx)

        await self._move(last, effects)

    follower.Follower._commit = commit


def _clock_for_order(follower: ModuleType) -> None:
    """What happened first, by the clock of whoever said it, is handled first."""
    sort = follower.Follower._sort

    def by_time(self: Any, rows: Any) -> Any:
        wanted, parked, undecodable = sort(self, rows)
        return sorted(wanted, key=lambda one: one.envelope.time), parked, undecodable

    one_by_one = follower.Follower._one_by_one

    async def singly_by_time(self: Any, rows: Any) -> None:
        await one_by_one(self, sorted(rows, key=lambda row: row.recorded().envelope.time))

    follower.Follower._sort, follower.Follower._one_by_one = by_time, singly_by_time


def _swallowed(follower: ModuleType) -> None:
    """What cannot be handled is passed over."""

    async def try_once(self: Any, recorded: Any) -> None:
        try:
            await self._commit([recorded], recorded.position)
        except (follower.StoreUnavailable, follower.Fenced):
            raise
        except Exception:
            self._step.forget()

    follower.Follower._try = try_once


CHANGES = {
    "answer-before-commit": {"ioc.host.doors": _answered_first},
    "cursor-apart-from-effects": {"ioc.host.follower": _two_commits},
    "module-under-the-lock": {"ioc.host.follower": _under_the_lock},
    "clock-for-order": {"ioc.host.follower": _clock_for_order},
    "swallowed-exception": {"ioc.host.follower": _swallowed},
}
