"""Requests that come at the same moment, without chance: each has looked at all it looks at before any is committed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from ioc.store import Store, Transaction

T = TypeVar("T")
LONGEST_S = 60.0


async def at_once(store: Store, *requests: Awaitable[T]) -> Sequence[T]:
    """The answers, in order. The store's writer stands still until every request waits for it or has its answer."""
    begun, go = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def stand_still(_: Transaction) -> None:
        loop.call_soon_threadsafe(begun.set)
        go.wait(LONGEST_S)

    standing = asyncio.ensure_future(store.write(stand_still))
    try:
        async with asyncio.timeout(LONGEST_S):
            await begun.wait()
            tasks = [asyncio.ensure_future(one) for one in requests]
            while store.waiting["events"] + sum(task.done() for task in tasks) < len(tasks):
                await asyncio.sleep(0.005)
    finally:
        go.set()
    await standing
    return await asyncio.gather(*tasks)
