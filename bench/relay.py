"""Relay: table to Valkey by `Relay.step`, beside redis-py's pipelines of 100 with the same bytes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from redis.asyncio import Redis

from bench.frame import Goal, Report, Row, Size, in_turn_async
from bench.publish import in_batches
from bench.samples import some_events
from bench.stores import CITY, folder, fresh_sqlite, open_store
from ioc.bus import RedisBus, Relay
from ioc.bus.redis_bus import MAXLEN
from ioc.store import Store
from tests.servers import valkey

PIPELINE = 100
GOAL = Goal(ratio=0.5)


def run(size: Size) -> Report:
    """Events relayed a second; ours also reads them from the table."""
    report = Report("relay (SQLite to Valkey)")
    with folder() as home, valkey() as server:
        url = fresh_sqlite(home, "ours")
        report.rows = asyncio.run(_rows(url, home, server.url, size))
    return report


async def _rows(url: str, home: Any, redis_url: str, size: Size) -> list[Row]:
    store = await open_store(url, home)
    redis = Redis.from_url(redis_url, protocol=3)
    try:
        await in_batches(store, some_events(size.of(10_000, 1_000), CITY))
        head = await store.log.head()
        rows = [row for start in range(0, head, 500) for row in await store.log.after(start, 500)]
        ours, added, bare = await in_turn_async(
            size.of(5, 1),
            lambda: _relayed(store, redis_url),
            lambda: _added(rows, redis_url),
            lambda: _piped(redis, [row.body for row in rows]),
        )
    finally:
        await redis.aclose()
        await store.close()
    name = f"redis-py, pipelines of {PIPELINE}"
    return [
        Row("Relay.step: read the table, add to the bus", "events/s", ours, bare, name, GOAL),
        Row("RedisBus.add alone, 500 at a time", "events/s", added, bare, name),
    ]


async def _relayed(store: Store, redis_url: str) -> float:
    bus = RedisBus(redis_url, city=CITY, epoch=uuid4().hex)
    try:
        await bus.add(await store.log.after(0, 1))  # a bus that holds something is filled up from there
        head = await store.log.head()
        began = time.perf_counter()
        await Relay(store, bus).step()
        return (head - 1) / (time.perf_counter() - began)
    finally:
        await bus.close()


async def _added(rows: Sequence[Any], redis_url: str) -> float:
    bus = RedisBus(redis_url, city=CITY, epoch=uuid4().hex)
    try:
        began = time.perf_counter()
        for start in range(0, len(rows), 500):
            await bus.add(rows[start : start + 500])
        return len(rows) / (time.perf_counter() - began)
    finally:
        await bus.close()


async def _piped(redis: Redis, bodies: Sequence[bytes]) -> float:
    key = uuid4().hex
    began = time.perf_counter()
    for start in range(0, len(bodies), PIPELINE):
        async with redis.pipeline(transaction=False) as pipe:
            for index, body in enumerate(bodies[start : start + PIPELINE], start + 1):
                pipe.xadd(key, {b"b": body}, id=f"{index}-0", maxlen=MAXLEN, approximate=True)
            await pipe.execute()
    rate = len(bodies) / (time.perf_counter() - began)
    await redis.delete(key)
    return rate
