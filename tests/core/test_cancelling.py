"""A cancellation that a library swallows is brought back."""

from __future__ import annotations

import asyncio

import pytest

from ioc.core.cancelling import cancellation_kept


async def swallows() -> None:
    with cancellation_kept():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            return


async def test_a_swallowed_cancellation_comes_back() -> None:
    task = asyncio.create_task(swallows())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()


async def test_a_time_out_within_the_block_is_not_one() -> None:
    with cancellation_kept(), pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            await asyncio.sleep(10)


async def test_work_while_a_task_ends_is_let_through() -> None:
    done = asyncio.Event()

    async def ends() -> None:
        try:
            await asyncio.sleep(10)
        finally:
            with cancellation_kept():
                await asyncio.sleep(0)
            done.set()

    task = asyncio.create_task(ends())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done.is_set()
