"""A process that appends until it is told to stop or killed; says each event's id only after it was committed."""

from __future__ import annotations

import asyncio
import random
import sys
from pathlib import Path

from ioc.core.errors import not_found
from ioc.store import Store, StoreSettings
from tests.events import an_event


def main() -> None:
    url, city, state_dir, key, seed = sys.argv[1:]
    asyncio.run(_append(StoreSettings(url, city, Path(state_dir), bytes.fromhex(key)), random.Random(seed)))


async def _append(settings: StoreSettings, chance: random.Random) -> None:
    store = await Store.open(settings)
    try:
        async with asyncio.timeout(30):
            while True:
                await asyncio.gather(*(_one(store, chance) for _ in range(chance.randint(1, 12))))
    finally:
        await store.close()


async def _one(store: Store, chance: random.Random) -> None:
    events = [an_event() for _ in range(chance.randint(1, 3))]
    fails = chance.random() < 0.15

    def job(tx):
        positions = [tx.append(event) for event in events]
        if fails:
            raise not_found()
        return positions

    try:
        positions = await store.write(job)
    except Exception as error:
        if not fails:
            raise error
    else:
        for event, position in zip(events, positions, strict=True):
            sys.stdout.write(f"ok {event.id} {position}\n")
            sys.stdout.flush()


main()
