"""What any bus does: the double in memory and Redis are held to the same cases."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from ioc.bus import BusUnavailable, Entry, RedisBus, Showing, log_key
from ioc.core.ids import new_id
from tests import servers
from tests.bus.conftest import BusCase


def rows(*positions: int) -> list[Entry]:
    return [Entry(position, f"Kỳ Anh {position}".encode()) for position in positions]


def test_the_key_names_city_and_epoch() -> None:
    assert log_key("kyanh", "e1") == "ioc:{kyanh}:log:e1"


async def test_an_empty_bus(case: BusCase) -> None:
    assert await case.bus.last() is None
    assert list(await case.bus.read(0, 10)) == []


async def test_rows_come_back_in_order(case: BusCase) -> None:
    assert await case.bus.add(rows(1, 2, 3)) == 3
    assert list(await case.bus.read(0, 10)) == rows(1, 2, 3)
    assert list(await case.bus.read(1, 1)) == rows(2)
    assert await case.bus.last() == 3


async def test_repeats_are_refused(case: BusCase) -> None:
    await case.bus.add(rows(1, 2))
    assert await case.bus.add(rows(1, 2, 3)) == 1
    assert list(await case.bus.read(0, 10)) == rows(1, 2, 3)


async def test_it_is_known_when_a_row_came(case: BusCase) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    await case.bus.add(rows(1, 2))
    at = await case.bus.added_at(2)
    assert at is not None and before <= at <= datetime.now(UTC) + timedelta(milliseconds=1)
    await case.bus.add(rows(2))
    assert await case.bus.added_at(2) == at, "a repeat changes nothing"
    assert await case.bus.added_at(3) is None
    await case.empty()
    assert await case.bus.added_at(2) is None


async def test_it_is_known_when_rows_went_out(case: BusCase) -> None:
    at = datetime(2026, 11, 30, 2, 3, 4, 500_000, UTC)
    batches = [Showing(2, 4, at, 3), Showing(5, 5, at + timedelta(seconds=1), 0)]
    await case.bus.note_showings(batches)
    await case.bus.note_showings(batches)
    assert [await case.bus.shown(position) for position in range(1, 7)] == [
        None,
        batches[0],
        batches[0],
        batches[0],
        batches[1],
        None,
    ]
    await case.empty()
    assert await case.bus.shown(3) is None


async def test_the_stream_stays_short(case: BusCase) -> None:
    for start in range(1, 2_001, 100):
        await case.bus.add(rows(*range(start, start + 100)))
    kept = await case.bus.read(0, 5_000)
    assert kept[-1].position == 2_000
    assert 200 <= len(kept) <= 400


async def test_an_emptied_bus_takes_any_position(case: BusCase) -> None:
    await case.bus.add(rows(1, 2, 3))
    await case.empty()
    assert await case.bus.last() is None
    assert await case.bus.add(rows(2, 3)) == 2


async def test_a_reader_waits_for_the_next_row(case: BusCase) -> None:
    await case.bus.add(rows(1))
    reading = asyncio.create_task(case.bus.read(1, 10, wait_s=2))
    await asyncio.sleep(0)
    await case.bus.add(rows(2))
    assert list(await reading) == rows(2)


async def test_waiting_ends(case: BusCase) -> None:
    before = time.monotonic()
    assert list(await case.bus.read(0, 10, wait_s=0.05)) == []
    assert time.monotonic() - before < 2


async def test_redis_that_is_not_there() -> None:
    bus = RedisBus("unix:///tmp/ioc-nobody-listens", city="kyanh", epoch="e")
    for asked in (bus.last(), bus.read(0, 10, 1), bus.add(rows(1))):
        with pytest.raises(BusUnavailable):
            await asked
    await bus.close()


async def test_redis_that_is_full(valkey: servers.Valkey) -> None:
    bus = RedisBus(valkey.url, city="kyanh", epoch="full")
    with valkey.client() as client:
        client.config_set("maxmemory", "1")
        try:
            with pytest.raises(BusUnavailable):
                await bus.add(rows(1))
        finally:
            client.config_set("maxmemory", "0")
    await bus.close()


@pytest.mark.parametrize("steps", range(25))
async def test_a_cancelled_reader_ends_wherever_it_is(case: BusCase, steps: int) -> None:
    """At every step of the way: a driver that swallows the cancellation would leave a task that never ends."""

    async def read_for_ever() -> None:
        while True:
            await case.bus.read(0, 10, wait_s=0.5)

    await case.bus.last()
    reading = asyncio.create_task(read_for_ever())
    for _ in range(steps):
        await asyncio.sleep(0)
    reading.cancel()
    done, _ = await asyncio.wait([reading], timeout=5)
    assert done
    assert reading.cancelled()


async def test_a_connection_that_was_reset_means_that_redis_is_away(
    valkey: servers.Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """uvloop says so with an error that is neither Redis's nor the system's."""

    async def reset(*_: object) -> None:
        raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")

    bus = RedisBus(valkey.url, city="kyanh", epoch=new_id())
    assert await bus.last() is None
    monkeypatch.setattr("redis.asyncio.connection.AbstractConnection._send_packed_command", reset)
    for ask in (bus.last, lambda: bus.read(0, 1), lambda: bus.add([Entry(1, b"x")])):
        with pytest.raises(BusUnavailable):
            await ask()
    monkeypatch.undo()
    assert await bus.add([Entry(1, b"x")]) == 1
    await bus.close()
