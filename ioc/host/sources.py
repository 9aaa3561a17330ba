"""Runs a module's sources: what they yield is committed; outside failure becomes state with an age."""

from __future__ import annotations

import asyncio
import random
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ioc.contract import BadReading, NotConfigured, Observation, SourceUnavailable
from ioc.core.clock import iso
from ioc.host.context import HostContext
from ioc.host.marks import Marked
from ioc.host.module_step import Batch
from ioc.host.outputs import Outputs
from ioc.host.readings import check_reading
from ioc.host.source_book import SourceBook

BACKOFF_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class SourceHealth(msgspec.Struct):
    """A source's life, as the health page and the wall show it."""

    name: str
    state: str = "starting"  # starting | live | silent | unavailable | not_configured | failed
    since: str = ""
    last_at: str | None = None
    reason: str | None = None
    readings: int = 0
    refused: int = 0


class SourceRunner:
    """One source of one module."""

    def __init__(self, source: Marked, ctx: HostContext, book: SourceBook) -> None:
        self._source = source
        self._book = book
        self._ctx = ctx
        self._heard: datetime = ctx.clock.now()
        self.health = SourceHealth(source.name, since=iso(ctx.clock.now()))

    async def run(self) -> None:
        """Listens until cancelled; after a failure it tries again, ever more slowly, with jitter."""
        failures = 0
        while True:
            before = self.health.readings
            try:
                await self._listen()
                self._become("unavailable", "the source ended")
            except NotConfigured as error:
                self._become("not_configured", str(error))
            except SourceUnavailable as error:
                self._become("unavailable", str(error))
            except Exception as error:  # a fault of the module's own code: shown, and tried again
                self._become("failed", f"{type(error).__name__}: {error}")
            failures = 1 if self.health.readings > before else failures + 1
            pause = BACKOFF_S[min(failures, len(BACKOFF_S)) - 1]
            await asyncio.sleep(pause * random.uniform(0.7, 1.3))  # noqa: S311 - jitter, no secret

    async def _listen(self) -> None:
        async for item in self._source.call(self._ctx):
            try:
                await self._keep(item)
            except BadReading as error:
                self.health.refused += 1
                self._ctx.log.warning("reading refused", source=self._source.name, reason=str(error))

    async def _keep(self, item: Any) -> None:
        outputs = Outputs()
        outputs.add(item)
        if outputs.observations:
            for observation in outputs.observations:
                check_reading(observation)
            door = f"{self._ctx.spec.name}.{self._source.name}"
            await self._ctx.store.observations.write_batch(door, outputs.observations)
        batch = Batch(self._ctx)
        simulated = isinstance(item, Observation) and item.simulated
        batch.add(outputs, None, simulated)
        if batch:
            await self._ctx.store.write(batch.write)
        for said in outputs.heard:
            self._book.heard(said)
        self._heard = self._ctx.clock.now()
        self.health.readings += 1
        self.health.last_at = iso(self._heard)
        self._become("live", None)

    def check_silence(self) -> None:
        """A source that said nothing for `silent_after` is silent, which is state, not an error."""
        limit: timedelta | None = self._source.mark.silent_after
        if limit and self.health.state == "live" and self._ctx.clock.now() - self._heard > limit:
            self._become("silent", f"nothing for {int(limit.total_seconds())} s")

    def _become(self, state: str, reason: str | None) -> None:
        if state == self.health.state:
            return
        self.health.state, self.health.reason = state, reason
        self.health.since = iso(self._ctx.clock.now())
        say = self._ctx.log.info if state == "live" else self._ctx.log.warning
        say("source changed", source=self._source.name, state=state, reason=reason)
