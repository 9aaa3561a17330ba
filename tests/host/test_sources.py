"""A source's items: gathered, committed in order, acknowledged after the commit, and never of another owner."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import structlog

from ioc.contract import BadReading, Heard, Latest, Observation, SourceUnavailable
from ioc.contract.module import SourceMark
from ioc.core.clock import SystemClock
from ioc.core.text import Text
from ioc.host.basket import MOST
from ioc.host.context import HostContext
from ioc.host.marks import Marked
from ioc.host.sources import SourceRunner
from ioc.store import Store, StoreUnavailable
from tests.events import AT
from tests.host.series import LIMIT_S, USUAL, reading
from tests.host.test_readings import NOISE, Nowhere

Items = Callable[[Any], AsyncIterator[Any]]


class Book:
    def __init__(self) -> None:
        self.said: list[Heard] = []

    def heard(self, said: Heard) -> None:
        self.said.append(said)


class Listening:
    """A source of the noise module that runs on a real store."""

    def __init__(self, store: Store, items: Items) -> None:
        log = structlog.get_logger()
        ctx = HostContext(spec=NOISE, city=USUAL, store=store, gis=Nowhere(), clock=SystemClock(), log=log)  # type: ignore[arg-type]
        self.store, self.book = store, Book()
        self.runner = SourceRunner(Marked("meters", items, SourceMark(None)), ctx, self.book)  # type: ignore[arg-type]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.runner.run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not condition():
                await asyncio.sleep(0.01)

    async def kept(self) -> list[float]:
        return [one.value for batch in await self.store.observations.after(0, 1000) for one in batch.observations]


async def forever() -> None:
    await asyncio.Event().wait()


async def test_thousands_are_kept_in_order_in_few_commits(sqlite_store: Store) -> None:
    async def items(ctx: Any) -> AsyncIterator[Observation]:
        for number in range(3000):
            yield reading(number, number)
        await forever()

    listening = Listening(sqlite_store, items)
    async with listening.running():
        await listening.until(lambda: listening.runner.health.readings == 3000)
    assert await listening.kept() == [float(number) for number in range(3000)]
    assert await sqlite_store.observations.head() <= 3000 // MOST + 3


async def test_a_list_is_as_good_as_its_items_and_kinds_of_others_are_refused(sqlite_store: Store) -> None:
    async def items(ctx: Any) -> AsyncIterator[Any]:
        yield [reading(1), Observation("traffic.speed", "d1", 30, "km/h", AT), reading(2), reading(float("nan"))]
        yield Latest("kpi", "noise.x", {"value": 1}, AT)
        yield Heard("feed", AT, Text("vắng", "away"))
        await forever()

    listening = Listening(sqlite_store, items)
    async with listening.running():
        await listening.until(lambda: listening.runner.health.readings == 4)
    assert await listening.kept() == [1.0, 2.0]
    assert listening.runner.health.refused == 2
    assert [row.key for row in await sqlite_store.latest.all(["kpi"])] == ["noise.x"]
    assert [said.key for said in listening.book.said] == ["feed"]


async def test_what_was_said_before_a_failure_is_kept(sqlite_store: Store) -> None:
    async def items(ctx: Any) -> AsyncIterator[Observation]:
        yield reading(1)
        raise SourceUnavailable("gone")

    listening = Listening(sqlite_store, items)
    async with listening.running():
        await listening.until(lambda: listening.runner.health.state == "unavailable")
    assert await listening.kept() == [1.0]
    assert listening.runner.health.reason == Text("gone", "gone")


async def test_an_acknowledgement_follows_the_commit(sqlite_store: Store) -> None:
    seen: list[int] = []

    async def items(ctx: Any) -> AsyncIterator[Observation]:
        for number in range(100):
            yield reading(number, number)
            ctx.after_commit.append(lambda number=number: seen.append(number))
        ctx.after_commit.append(lambda: seen.append(-1))  # of a message nothing came of
        await forever()

    listening = Listening(sqlite_store, items)
    write, kept_at_ack = sqlite_store.observations.write_batch, []

    async def watched(*arguments: Any) -> int:
        before = list(seen)
        position = await write(*arguments)
        kept_at_ack.append((before == seen, len(arguments[1])))
        return position

    sqlite_store.observations.write_batch = watched  # type: ignore[method-assign]
    async with listening.running():
        await listening.until(lambda: len(seen) == 101)
    assert seen == [*range(100), -1]
    assert all(nothing_early for nothing_early, _ in kept_at_ack)


async def test_while_the_store_is_away_nothing_is_acknowledged_or_lost_and_the_source_waits(
    sqlite_store: Store,
) -> None:
    write, taken, acknowledged = sqlite_store.observations.write_batch, [], []
    away = True

    async def broken(*arguments: Any) -> int:
        position = await write(*arguments)
        if away:
            raise StoreUnavailable("the answer was lost")
        return position

    async def items(ctx: Any) -> AsyncIterator[Observation]:
        for number in range(5 * MOST):
            taken.append(number)
            yield reading(number, number)
            ctx.after_commit.append(lambda: acknowledged.append(1))
        await forever()

    sqlite_store.observations.write_batch = broken  # type: ignore[method-assign]
    listening = Listening(sqlite_store, items)
    async with listening.running():
        await listening.until(lambda: listening.runner.health.state == "unavailable")
        await listening.until(lambda: len(taken) == 2 * MOST)
        assert acknowledged == []
        away = False
        await listening.until(lambda: listening.runner.health.readings == 5 * MOST)
        await listening.until(lambda: len(acknowledged) == 5 * MOST)
    assert await listening.kept() == [float(number) for number in range(5 * MOST)], "the lost answer's batch is once"


async def test_a_source_that_always_gives_up_is_not_asked_without_pause(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    begun: list[int] = []

    async def items(ctx: Any) -> AsyncIterator[Observation]:
        begun.append(1)
        raise BadReading("nothing to be read")
        yield

    listening = Listening(sqlite_store, items)
    async with listening.running():
        await listening.until(lambda: listening.runner.health.state == "failed")
        await asyncio.sleep(0)
        assert len(begun) == 1
    assert listening.runner.health.refused == 1
