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


def _two_commits(held_cursor: ModuleType) -> None:
    """First the effects, then the cursor."""
    move = held_cursor.HeldCursor.move

    async def apart(self: Any, to: int, effects: Any, following: int | None = None) -> Any:
        value = await self._store.write(effects)
        await move(self, to, lambda tx: None, following)
        return value

    held_cursor.HeldCursor.move = apart


def _under_the_lock(follower: ModuleType) -> None:
    """Handlers run inside the commit."""

    async def commit(self: Any, events: Any, following: int | None = None) -> None:
        loop, wanted = asyncio.get_running_loop(), [one for one in events if self._concerns(one)]

        def effects(tx: Any) -> None:
            asyncio.run_coroutine_threadsafe(self._step.prepare(wanted), loop).result(30)(tx)

        if wanted:
            await self._cursor.move(events[-1].position, effects, following)

    follower.Follower._commit = commit


def _clock_for_order(module_step: ModuleType) -> None:
    """What happened first, by the clock of whoever said it, is handled first."""
    prepare = module_step.ModuleStep.prepare

    async def by_time(self: Any, events: Any) -> Any:
        return await prepare(self, sorted(events, key=lambda one: one.envelope.time))

    module_step.ModuleStep.prepare = by_time


def _swallowed(set_aside: ModuleType) -> None:
    """What cannot be handled is passed over."""

    async def passed_over(self: Any, recorded: Any, error: Any) -> None:
        await self._cursor.move(recorded.position, lambda tx: None)

    set_aside.SetAside.failed = passed_over


CHANGES = {
    "answer-before-commit": {"ioc.host.doors": _answered_first},
    "cursor-apart-from-effects": {"ioc.host.held_cursor": _two_commits},
    "module-under-the-lock": {"ioc.host.follower": _under_the_lock},
    "clock-for-order": {"ioc.host.module_step": _clock_for_order},
    "swallowed-exception": {"ioc.host.set_aside": _swallowed},
}
