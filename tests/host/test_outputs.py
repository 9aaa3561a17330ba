"""What a handler, timer or source gives is gathered within its time, whatever it does to whoever calls it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from ioc.contract import Latest
from ioc.host import outputs
from ioc.host.outputs import collect
from tests.events import AT


async def waits_for_what_was_cancelled() -> AsyncIterator[Any]:
    task = asyncio.create_task(asyncio.sleep(60))
    task.cancel()
    await task
    yield


def raises_it_itself() -> Iterator[Any]:
    raise asyncio.CancelledError
    yield


@pytest.mark.parametrize("run", [waits_for_what_was_cancelled, raises_it_itself])
async def test_what_it_waited_for_being_cancelled_is_a_fault_of_its_own(run: Any) -> None:
    with pytest.raises(RuntimeError, match="cancelled"):
        await collect(run())


class Odd(BaseException):
    """A kind of a module's own."""


async def test_a_kind_that_nobody_expects_is_a_fault_like_any_other() -> None:
    def odd() -> Iterator[Any]:
        raise Odd
        yield

    with pytest.raises(RuntimeError, match="Odd"):
        await collect(odd())


async def test_who_is_cancelled_is_cancelled() -> None:
    begun = asyncio.Event()

    async def waits() -> AsyncIterator[Any]:
        begun.set()
        await asyncio.sleep(60)
        yield

    running = asyncio.create_task(collect(waits()))
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_what_takes_longer_than_its_limit_is_ended() -> None:
    async def waits() -> AsyncIterator[Any]:
        await asyncio.sleep(60)
        yield

    with pytest.raises(TimeoutError):
        await collect(waits(), 0.01)


async def test_one_run_gives_no_more_than_a_commit_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "MOST", 3)

    def gives(count: int) -> Iterator[Any]:
        for _ in range(count):
            yield Latest("kpi", "k", {}, AT)

    assert len((await collect(gives(3))).latest) == 3
    with pytest.raises(ValueError, match="more than 3"):
        await collect(gives(4))


async def test_what_does_not_end_when_it_is_told_to_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a loop of retries that catches everything does."""
    monkeypatch.setattr(outputs, "GRACE_S", 0.05)
    let_go = asyncio.Event()

    async def goes_on() -> AsyncIterator[Any]:
        while not let_go.is_set():
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                continue
        yield

    with pytest.raises(TimeoutError, match="told to"):
        await collect(goes_on(), 0.01)
    [left] = outputs._LEFT
    let_go.set()
    await asyncio.wait({left})
    await asyncio.sleep(0)
    assert not outputs._LEFT


async def test_what_is_left_does_not_hold_up_who_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "GRACE_S", 0.05)
    inside, let_go = asyncio.Event(), asyncio.Event()

    async def goes_on() -> AsyncIterator[Any]:
        while not let_go.is_set():
            try:
                inside.set()
                await let_go.wait()
            except asyncio.CancelledError:
                continue
        yield

    running = asyncio.create_task(collect(goes_on(), 60))
    await inside.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(running, 10)
    let_go.set()
