"""The observation log: batches in order, in a place of their own."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from ioc.contract import Observation
from ioc.core.clock import SetClock
from ioc.store import Store
from tests.events import AT

READING = Observation("noise.level", "trạm-1", 71.5, "dB", AT, quality="suspect", simulated=True, id="r1")


async def test_a_batch_comes_back_as_it_was(store: Store) -> None:
    assert await store.observations.write_batch("noise", [READING, READING]) == 1
    [batch] = await store.observations.after(0)
    assert (batch.position, batch.door, batch.observations) == (1, "noise", [READING, READING])
    assert await store.observations.head() == 1
    assert await store.log.head() == 0


async def test_times_as_text(store: Store) -> None:
    local = Observation("noise.level", "s", 1.0, "dB", "2026-11-21T14:30:00+07:00")
    await store.observations.write_batch("noise", [local])
    [batch] = await store.observations.after(0)
    assert batch.observations[0].at == AT


@pytest.mark.parametrize("at", ["2026-11-21T14:30:00", "hôm qua", AT.replace(tzinfo=None)])
async def test_a_time_that_cannot_be_known_is_refused(sqlite_store: Store, at) -> None:
    with pytest.raises(ValueError, match=r"zone|isoformat"):
        await sqlite_store.observations.write_batch("noise", [Observation("noise.level", "s", 1.0, "dB", at)])
    assert await sqlite_store.observations.head() == 0


async def test_positions_are_contiguous(store: Store) -> None:
    positions = await asyncio.gather(*(store.observations.write_batch("d", [READING]) for _ in range(50)))
    assert positions == list(range(1, 51))
    assert [batch.position for batch in await store.observations.after(40, 5)] == [41, 42, 43, 44, 45]


async def test_a_repeated_batch_is_kept_once(store: Store) -> None:
    first = await store.observations.write_batch("http", [READING], key="k")
    assert await store.observations.write_batch("http", [READING], key="k") == first
    assert await store.observations.write_batch("mqtt", [READING], key="k") == first + 1


async def test_new_batches_ring(store: Store) -> None:
    before = store.observation_bell.number()
    await store.observations.write_batch("d", [READING])
    assert await store.observation_bell.changed(before, 5) != before


async def test_old_batches_go_and_positions_go_on(store_settings) -> None:
    clock = SetClock(AT)
    store = await Store.open(store_settings, clock)
    for _ in range(3):
        await store.observations.write_batch("d", [READING])
    clock.move(timedelta(days=8))
    assert (await store.sweep()).observations == 2
    assert await store.observations.write_batch("d", [READING]) == 4
    assert [batch.position for batch in await store.observations.after(0)] == [3, 4]
    await store.close()
