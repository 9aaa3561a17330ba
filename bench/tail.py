"""Tail: reading the bus, decoding each event and giving it to a handler; ours beside FastStream's consumer of a
stream.

Ours is `Tail.after`, which checks that no position is missing, with the envelope decoded and an empty handler
called for each event. FastStream reads the same Valkey through a consumer group, decodes the same JSON, calls an
empty handler and acknowledges. Neither has effects: ours keeps its place in the commit of the effects (see
`effects`), so there is nothing to acknowledge. FastStream's clock begins with its first message, so that what it
does at its start does not count; ours begins before the first question.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import msgspec
from faststream.redis import RedisBroker, StreamSub

from bench.frame import Goal, Report, Row, Size, in_turn_async
from bench.publish import in_batches
from bench.samples import some_events
from bench.stores import CITY, folder, fresh_sqlite, open_store
from ioc.bus import RedisBus, Relay, Tail
from ioc.core.envelope import Recorded, decode
from ioc.store import Store
from tests.servers import valkey

GOAL = Goal(ratio=5)
BATCH = 100  # what FastStream reads at once; more makes it no quicker, for each message goes its own way
LATE_S = 60.0


def run(size: Size) -> Report:
    """Events handled a second."""
    report = Report("tail (Valkey to handler)")
    with folder() as home, valkey() as server:
        store_url = fresh_sqlite(home, "ours")
        report.rows = asyncio.run(_rows(store_url, home, server.url, size))
    report.notes.append(f"FastStream: a consumer group, {BATCH} messages a read, a dict for each handler, acknowledged")
    return report


async def _rows(store_url: str, home: Any, redis_url: str, size: Size) -> list[Row]:
    store = await open_store(store_url, home)
    bus = RedisBus(redis_url, city=CITY, epoch=store.epoch)
    try:
        await in_batches(store, some_events(size.of(5_000, 500), CITY))
        await bus.add(await store.log.after(0, 1))  # a bus that holds something is filled up from there
        await Relay(store, bus).step()
        head = await store.log.head()
        bodies = [row.body for start in range(0, head, 500) for row in await store.log.after(start, 500)]
        ours, theirs = await in_turn_async(
            size.of(5, 1), lambda: _tailed(store, bus, head), lambda: _consumed(redis_url, bodies)
        )
    finally:
        await bus.close()
        await store.close()
    return [Row("read, decode, handle", "events/s", ours, theirs, "FastStream's redis stream consumer", GOAL)]


async def _tailed(store: Store, bus: RedisBus, head: int) -> float:
    handled = 0

    async def handle(recorded: Recorded) -> None:
        nonlocal handled
        handled += 1

    began = time.perf_counter()
    async for rows in Tail(store, bus).after(0):
        for row in rows:
            await handle(Recorded(row.position, decode(row.body)))
        if handled >= head:
            break
    return handled / (time.perf_counter() - began)


async def _consumed(redis_url: str, bodies: Sequence[bytes]) -> float:
    """FastStream on a stream of its own that holds the same events."""
    stream = uuid4().hex
    broker = RedisBroker(redis_url, logger=None)
    done, times = asyncio.Event(), [0.0, 0.0]
    handled = 0

    @broker.subscriber(stream=StreamSub(stream, group="bench", consumer="bench", last_id=">", max_records=BATCH))
    async def handle(event: dict[str, Any]) -> None:
        nonlocal handled
        times[bool(handled)] = time.perf_counter()
        handled += 1
        if handled == len(bodies):
            done.set()

    client = await broker.connect()
    await client.xgroup_create(stream, "bench", "0", mkstream=True)
    for body in bodies:
        await broker.publish(msgspec.json.decode(body), stream=stream)
    try:
        await broker.start()
        async with asyncio.timeout(LATE_S):
            await done.wait()
    finally:
        await broker.stop()
    return (handled - 1) / (times[1] - times[0])
