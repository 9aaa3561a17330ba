"""How a part says that it is well, while the store comes and goes."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import structlog

from ioc.host.announce import TOPIC, announce
from ioc.store import Store, StoreUnavailable


async def test_a_part_that_reads_the_store_outlives_its_absence(sqlite_store: Store) -> None:
    asked = 0

    async def health() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise StoreUnavailable("cơ sở dữ liệu đang khởi động lại")
        return {"state": "live", "asked": asked}

    saying = asyncio.create_task(announce(sqlite_store, "cameras", health, structlog.get_logger()))
    async with asyncio.timeout(20):
        while not await sqlite_store.latest.all([TOPIC]):
            await asyncio.sleep(0.01)
    saying.cancel()
    with suppress(asyncio.CancelledError):
        await saying
    (row,) = await sqlite_store.latest.all([TOPIC])
    assert b'"asked":2' in row.body
