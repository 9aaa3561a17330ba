"""Runs a module's timers."""

from __future__ import annotations

import asyncio

from ioc.host.context import HostContext
from ioc.host.marks import Marked
from ioc.host.module_step import Batch
from ioc.host.outputs import collect
from ioc.host.source_book import SourceBook
from ioc.store import StoreUnavailable


class TimerRunner:
    """One timer of one module; a failed run is logged and the next one comes on time."""

    def __init__(self, timer: Marked, ctx: HostContext, book: SourceBook) -> None:
        self._timer = timer
        self._book = book
        self._ctx = ctx
        self.failed: str | None = None

    async def run(self) -> None:
        """Runs at once and then every period until cancelled; a late run is not made up for."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            await self._once()
            due = max(due + self._timer.mark.period.total_seconds(), loop.time())
            await asyncio.sleep(due - loop.time())

    async def _once(self) -> None:
        try:
            batch = Batch(self._ctx)
            outputs = await collect(self._timer.call(self._ctx))
            batch.add(outputs, None)
            if batch:
                await self._ctx.store.write(batch.write)
            for said in outputs.heard:
                self._book.heard(said)
            self.failed = None
        except StoreUnavailable as error:
            self._ctx.log.warning("timer waits for the store", timer=self._timer.name, reason=str(error))
        except Exception as error:  # a fault of the module's own code: shown on the health page
            self.failed = f"{type(error).__name__}: {error}"
            self._ctx.log.error("timer failed", timer=self._timer.name, reason=self.failed)
