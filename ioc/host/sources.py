"""Runs a module's sources: what they yield is committed; outside failure becomes state with an age."""

from __future__ import annotations

import asyncio
import contextlib
import random
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ioc.contract import BadReading, NotConfigured, Observation, SourceUnavailable
from ioc.contract.deciding import Reply
from ioc.core.clock import iso
from ioc.core.faults import words_of
from ioc.core.ids import new_id
from ioc.core.text import Text
from ioc.host.basket import Basket
from ioc.host.context import HostContext
from ioc.host.marks import Marked
from ioc.host.module_step import Batch
from ioc.host.outputs import Outputs
from ioc.host.reading_check import check_reading
from ioc.host.source_book import SourceBook
from ioc.host.source_items import items_of
from ioc.store import Accepting, Fenced, StoreUnavailable, TookTooLong, Transaction

BACKOFF_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
STORE_RETRY_S = 0.5
REFUSED_TOLD_EVERY = timedelta(minutes=1)  # a broken device must not fill the log


_ENDED = Text("nguồn đã ngừng gửi", "the source ended")
_NOTHING = Text("không có gì trong {s} giây", "nothing for {s} s")


def _fault(error: Exception) -> Text:
    """A fault of the module's own code; what it says is for whoever wrote it."""
    said = words_of(error)
    return Text(f"lỗi trong mã của mô-đun ({said})", f"a fault in the module's code ({said})")


class SourceHealth(msgspec.Struct):
    """A source's life, as the health page and the wall show it."""

    name: str
    state: str = "starting"  # starting | waiting | live | silent | unavailable | not_configured | failed
    since: str = ""
    last_at: str | None = None
    reason: Text | None = None
    readings: int = 0
    refused: int = 0


class SourceRunner:
    """One source of one module. It listens and commits at the same time, so that neither waits for the other."""

    def __init__(self, source: Marked, ctx: HostContext, book: SourceBook) -> None:
        self._source = source
        self._book = book
        self._ctx = ctx.of_source(source.name, self._refuse)
        self._door = f"{ctx.spec.name}.{source.name}"
        self._basket = Basket(self._ctx.after_commit)
        self._heard: datetime = ctx.clock.now()
        self._refusal_told: datetime | None = None
        self.health = SourceHealth(source.name, since=iso(ctx.clock.now()))

    async def run(self) -> None:
        """Listens until cancelled; after a failure it tries again, ever more slowly, with jitter.

        Raises Fenced when another process does the module's work now.
        """
        try:
            await self._go_on()
        finally:
            self._ctx.hang_up()

    async def _go_on(self) -> None:
        failures = 0
        while True:
            before = self.health.readings + self.health.refused
            try:
                await self._listen()
                self._become("unavailable", _ENDED)
            except Fenced:
                raise
            except NotConfigured as error:
                self._become("not_configured", error.text)
            except SourceUnavailable as error:
                self._become("unavailable", error.text)
            except BadReading as error:
                self._refuse(error)
                self._become("failed", Text(f"số đo không dùng được: {error}", f"a reading cannot be used: {error}"))
            except Exception as error:  # a fault of the module's own code: shown, and tried again
                self._become("failed", _fault(error))
            failures = 1 if self.health.readings + self.health.refused > before else failures + 1
            pause = BACKOFF_S[min(failures, len(BACKOFF_S)) - 1]
            await asyncio.sleep(pause * random.uniform(0.7, 1.3))  # noqa: S311 - jitter, no secret

    async def _listen(self) -> None:
        """Until the source ends or fails; what it had said by then is committed before that is told."""
        self._basket = Basket(self._ctx.after_commit)
        gathering, pouring = asyncio.create_task(self._gather()), asyncio.create_task(self._pour())
        try:
            await asyncio.wait((gathering, pouring), return_when=asyncio.FIRST_COMPLETED)
            self._basket.close()
            await pouring
            gathering.result()
        finally:
            gathering.cancel()
            pouring.cancel()
            await asyncio.gather(gathering, pouring, return_exceptions=True)

    async def _gather(self) -> None:
        async with contextlib.aclosing(items_of(self._source, self._ctx, self._refuse)) as said:
            async for item in said:
                items = item if isinstance(item, list) else [item]
                outputs, count = self._check(items)
                if count:
                    await self._basket.put(outputs, count)

    def _check(self, items: list[Any]) -> tuple[Outputs, int]:
        outputs, refused = Outputs(), 0
        for item in items:
            try:
                if isinstance(item, Observation):
                    check_reading(item, self._ctx.spec.name)
                outputs.add(item)
            except BadReading as error:
                refused += 1
                self._refuse(error)
        return outputs, len(items) - refused

    async def _pour(self) -> None:
        while not self._basket.closed:
            await self._basket.wait()
            await self._commit()
        await self._commit()

    async def _commit(self) -> None:
        outputs, count, called = self._basket.take()
        await self._keep(outputs)
        for heard in outputs.heard:
            self._book.heard(heard)
        for call in called:
            call()
        if count:
            self._heard = self._ctx.clock.now()
            self.health.readings += count
            self.health.last_at = iso(self._heard)
            self._become("live", None)

    async def _keep(self, outputs: Outputs) -> None:
        """Commits, however long the store is away. The key makes an attempt whose answer was lost harmless."""
        key, held_up = new_id(), 0
        while True:
            try:
                if outputs.observations:
                    await self._ctx.store.observations.write_batch(self._door, outputs.observations, key)
                await self._write(outputs, key)
                return
            except TookTooLong as error:  # each further try holds up the whole city again
                self._become("failed", _fault(error))
                await asyncio.sleep(BACKOFF_S[min(held_up, len(BACKOFF_S) - 1)])
                held_up += 1
            except StoreUnavailable as error:
                self._become("unavailable", error.title)
                await asyncio.sleep(STORE_RETRY_S)

    async def _write(self, outputs: Outputs, key: str) -> None:
        batch = Batch(self._ctx)
        batch.add(outputs, None)
        if not batch:
            return

        accepting = Accepting(f"source.{self._door}", key, b"", Reply(200, {}))

        def job(tx: Transaction) -> None:
            if tx.accept([accepting]) == [None]:
                batch.write(tx)

        await self._ctx.commit(job)

    def _refuse(self, error: Exception) -> None:
        self.health.refused += 1
        now = self._ctx.clock.now()
        if self._refusal_told is None or now - self._refusal_told >= REFUSED_TOLD_EVERY:
            self._refusal_told = now
            self._ctx.log.warning(
                "reading refused", source=self._source.name, reason=str(error), refused=self.health.refused
            )

    @property
    def begun(self) -> bool:
        """Whether it has spoken, failed, or is connected."""
        return self.health.state != "starting" or self._ctx.connected

    def check_silence(self) -> None:
        """A source that said nothing for `silent_after` is silent, which is state, not an error. One that is connected
        and has said nothing since is waiting: well, with nothing to tell."""
        if self.health.state in ("starting", "unavailable") and self._ctx.connected:
            self._become("waiting", None)
        limit: timedelta | None = self._source.mark.silent_after
        if limit and self.health.state == "live" and self._ctx.clock.now() - self._heard > limit:
            self._become("silent", _NOTHING.fill(s=int(limit.total_seconds())))

    def _become(self, state: str, reason: Text | None) -> None:
        if state == self.health.state:
            return
        self.health.state, self.health.reason = state, reason
        self.health.since = iso(self._ctx.clock.now())
        say = self._ctx.log.info if state in ("live", "waiting") else self._ctx.log.warning
        say("source changed", source=self._source.name, state=state, reason=reason.en if reason else None)
