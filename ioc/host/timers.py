"""Runs a module's timers."""

from __future__ import annotations

import asyncio

from ioc.host.context import HostContext
from ioc.host.marks import Marked
from ioc.host.module_step import Batch
from ioc.host.outputs import TIMER_LIMIT_S, collect
from ioc.host.source_book import SourceBook
from ioc.store import Fenced, StoreUnavailable, TookTooLong

RETRY_S = 5.0
HELD_UP_S = 60.0  # the longest pause of a timer whose commits take too long
SLOW_RUNS = 3  # so many in a row past the time limit are a fault; before that the machine was busy


class TimerRunner:
    """One timer of one module; a failed run is logged and tried again soon, later each time it fails again."""

    def __init__(self, timer: Marked, ctx: HostContext, book: SourceBook) -> None:
        self._timer = timer
        self._book = book
        self._ctx = ctx
        self._failures = 0
        self._slow = 0
        self._held_up_all = False  # its commit took too long, and the whole city waited
        self.failed: str | None = None

    async def run(self) -> None:
        """Runs at once and then every period until cancelled; a late run is not made up for.

        Raises Fenced when another process does the module's work now.
        """
        loop = asyncio.get_running_loop()
        period_s = self._timer.mark.period.total_seconds()
        due = loop.time()
        while True:
            await self._once()
            longest = max(period_s, HELD_UP_S) if self._held_up_all else period_s
            due = loop.time() + retry_s(self._failures, longest) if self._failures else due + period_s
            await asyncio.sleep(max(due, loop.time()) - loop.time())

    async def _once(self) -> None:
        try:
            await self._work()
            self._failures, self._slow, self.failed, self._held_up_all = 0, 0, None, False
            return
        except TookTooLong as error:
            self._held_up_all = True
            self._too_slow(error)
        except StoreUnavailable as error:
            self._ctx.log.warning("timer waits for the store", timer=self._timer.name, reason=str(error))
        except Fenced:
            raise
        except TimeoutError as error:
            self._too_slow(error)
        except Exception as error:  # a fault of the module's own code
            self._fault(error)
        self._failures += 1

    async def _work(self) -> None:
        batch = Batch(self._ctx)
        outputs = await collect(self._timer.call(self._ctx), TIMER_LIMIT_S)
        batch.add(outputs, None)
        if batch:
            await self._ctx.commit(batch.write)
        for said in outputs.heard:
            self._book.heard(said)

    def _too_slow(self, error: Exception) -> None:
        self._slow += 1
        if self._slow >= SLOW_RUNS:
            self._fault(error)
        else:
            self._ctx.log.warning("timer ran past its time and waits", timer=self._timer.name, run=self._slow)

    def _fault(self, error: Exception) -> None:
        """Shown on the health page until a run goes well."""
        self.failed = f"{type(error).__name__}: {error}".removesuffix(": ")
        self._ctx.log.error("timer failed", timer=self._timer.name, reason=self.failed)


def retry_s(failures: int, period_s: float) -> float:
    """Seconds until a timer that failed so often in a row is tried again: soon at first, at most a whole period."""
    return min(period_s, RETRY_S * 2.0 ** min(failures - 1, 20))
