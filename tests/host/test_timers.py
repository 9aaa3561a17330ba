"""A timer that fails: tried again soon, and a busy machine is no fault of the module's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from ioc.host import timers
from ioc.host.timers import SLOW_RUNS, TimerRunner, retry_s
from ioc.store import StoreUnavailable, TookTooLong

LIMIT_S = 30.0


class Troubled:
    """A timer of a day that meets these troubles one after the other and then runs well."""

    def __init__(self, *troubles: Exception, period: timedelta = timedelta(days=1)) -> None:
        self._troubles = iter(troubles)
        self.well = asyncio.Event()
        self.seen: list[str | None] = []
        timer: Any = SimpleNamespace(name="t", call=self._call, mark=SimpleNamespace(period=period))
        ctx: Any = SimpleNamespace(log=structlog.get_logger())
        book: Any = None
        self.runner = TimerRunner(timer, ctx, book)

    def _call(self, _ctx: object) -> Iterator[Any]:
        self.seen.append(self.runner.failed)
        trouble = next(self._troubles, None)
        if trouble is not None:
            raise trouble
        self.well.set()
        return iter(())

    async def run_until_well(self) -> None:
        running = asyncio.create_task(self.runner.run())
        try:
            async with asyncio.timeout(LIMIT_S):
                await self.well.wait()
                while self.runner.failed is not None:
                    await asyncio.sleep(0)
        finally:
            running.cancel()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timers, "RETRY_S", 0.001)


async def test_a_fault_is_shown_and_gone_after_the_next_run():
    timer = Troubled(ValueError("sai"))
    await timer.run_until_well()
    assert timer.seen == [None, "ValueError: sai"]
    assert timer.runner.failed is None


@pytest.mark.parametrize("trouble", [TimeoutError, lambda: StoreUnavailable("busy")])
async def test_a_busy_machine_is_no_fault(trouble: Callable[[], Exception]):
    timer = Troubled(trouble(), trouble())
    with capture_logs() as said:
        await timer.run_until_well()
    assert timer.seen == [None, None, None]
    assert {line["log_level"] for line in said} == {"warning"}


@pytest.mark.parametrize("trouble", [TimeoutError, TookTooLong])
async def test_runs_that_are_always_too_long_are_a_fault(trouble: Callable[[], Exception]):
    timer = Troubled(*(trouble() for _ in range(SLOW_RUNS)))
    await timer.run_until_well()
    assert timer.seen[:SLOW_RUNS] == [None] * SLOW_RUNS
    assert (timer.seen[-1] or "").startswith(trouble.__name__)


async def test_a_timer_whose_commits_hold_up_the_city_waits_longer_than_its_period(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(timers, "RETRY_S", 3600.0)
    monkeypatch.setattr(timers, "HELD_UP_S", 3600.0)
    timer = Troubled(TookTooLong(), period=timedelta(seconds=0))
    running = asyncio.create_task(timer.runner.run())
    async with asyncio.timeout(LIMIT_S):
        while not timer.seen:
            await asyncio.sleep(0)
    for _ in range(100):
        await asyncio.sleep(0)
    running.cancel()
    assert len(timer.seen) == 1


def test_the_next_try_comes_soon_and_then_later(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(timers, "RETRY_S", 5.0)
    assert [retry_s(failures, 60.0) for failures in (1, 2, 3, 4, 5, 1000)] == [5, 10, 20, 40, 60, 60]
    assert retry_s(1, 2.0) == 2.0
