"""From the table by Redis to a consumer: nothing lost, nothing twice, in order, whatever happens to Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from ioc.bus import Bus, Entry, MemoryBus, RedisBus, Relay, SteppedBack, Tail
from ioc.bus.relay import REFILL
from ioc.core.envelope import encode
from ioc.store import Store, StoreUnavailable
from tests import servers
from tests.events import an_event


@pytest.fixture
async def bus(store: Store, valkey: servers.Valkey) -> AsyncIterator[RedisBus]:
    made = RedisBus(valkey.url, city="kyanh", epoch=store.epoch)
    yield made
    await made.close()


async def append(store: Store, count: int) -> None:
    await store.write(lambda tx: [tx.append(an_event()) for _ in range(count)])


@asynccontextmanager
async def running(*jobs: Awaitable[None]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def follow(tail: Tail, got: list[int], after: int = 0) -> None:
    async for rows in tail.after(after):
        got.extend(row.position for row in rows)


async def until(condition: Callable[[], bool], limit_s: float = 10) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():
            await asyncio.sleep(0.005)


async def test_events_reach_a_consumer_by_redis(store: Store, bus: RedisBus) -> None:
    got: list[int] = []
    async with running(Relay(store, bus).run(), follow(Tail(store, bus), got)):
        for _ in range(20):
            await append(store, 5)
        await until(lambda: len(got) >= 100)
    assert got == list(range(1, 101))
    assert await bus.last() == 100


async def test_the_body_stays_as_it_was(store: Store, bus: RedisBus) -> None:
    await append(store, 1)
    await Relay(store, bus).step()
    [quick], [stored] = await bus.read(0, 1), await store.log.after(0)
    assert quick.body == stored.body
    assert quick.recorded() == stored.recorded()


async def test_what_is_newly_carried_is_told_and_what_is_put_back_is_not(
    store: Store, bus: RedisBus, valkey: servers.Valkey
) -> None:
    told: list[int] = []
    relay = Relay(store, bus, lambda rows: told.extend(row.position for row in rows))
    await append(store, 2)
    await relay.step()  # into an empty bus
    await append(store, 3)
    await relay.step()
    await relay.step()
    assert told == [3, 4, 5]
    with valkey.client() as client:
        client.flushall()
    await relay.step()
    assert told == [3, 4, 5]


async def of_another_time(bus: Bus, first: int, count: int) -> None:
    """What a table held that is not the one we have: at positions which ours gives out anew."""
    await bus.add([Entry(first + n, encode(an_event(type="test.never"))) for n in range(count)])


@pytest.mark.parametrize("later", [0, 1, 4], ids=["none since", "some since", "more since"])
async def test_a_bus_of_another_time_is_not_believed(store: Store, bus: RedisBus, later: int) -> None:
    await append(store, 5)
    await Relay(store, bus).step()
    await of_another_time(bus, 6, 3)
    await append(store, later)
    got: list[tuple[int, str]] = []

    async def follow_all() -> None:
        async for rows in Tail(store, bus).after(0):
            got.extend((row.position, row.recorded().envelope.type) for row in rows)

    async with running(follow_all()):
        await until(lambda: len(got) >= 5 + later)
        async with running(Relay(store, bus).run()):  # what the tail found is emptied, and filled anew
            await append(store, 2)
            await until(lambda: len(got) >= 7 + later)
    assert got == [(n, an_event().type) for n in range(1, 8 + later)]


@pytest.mark.parametrize("later", [0, 1, 4], ids=["none since", "some since", "more since"])
async def test_a_relay_ends_where_the_table_is_of_another_time(store: Store, bus: RedisBus, later: int) -> None:
    await append(store, 5)
    await Relay(store, bus).step()
    await of_another_time(bus, 6, 3)
    await append(store, later)
    with pytest.raises(SteppedBack):
        await asyncio.wait_for(Relay(store, bus).run(), 20)
    assert await bus.last() is None
    async with running(Relay(store, bus).run()):
        await append(store, 1)
        async with asyncio.timeout(10):
            while await bus.last() != 6 + later:
                await asyncio.sleep(0.01)


async def test_who_has_read_beyond_the_end_of_the_table_is_told(store: Store, bus: RedisBus) -> None:
    await append(store, 2)
    with pytest.raises(SteppedBack):
        await asyncio.wait_for(follow(Tail(store, bus), [], after=5), 20)


async def test_several_relays_do_no_harm(store: Store, bus: RedisBus) -> None:
    got: list[int] = []
    relays = [Relay(store, bus).run() for _ in range(3)]
    async with running(*relays, follow(Tail(store, bus), got)):
        for _ in range(30):
            await append(store, 3)
        await until(lambda: len(got) >= 90)
    assert got == list(range(1, 91))


async def test_redis_emptied_under_way(store: Store, bus: RedisBus, valkey: servers.Valkey) -> None:
    got: list[int] = []
    async with running(Relay(store, bus).run(), follow(Tail(store, bus), got)):
        for round_ in range(10):
            await append(store, 10)
            if round_ % 3 == 0:
                with valkey.client() as client:
                    client.flushall()
        await until(lambda: len(got) >= 100)
    assert got == list(range(1, 101))


async def test_an_emptied_redis_is_refilled_with_the_newest(
    store: Store, bus: RedisBus, valkey: servers.Valkey
) -> None:
    await append(store, REFILL + 300)
    await Relay(store, bus).step()
    kept = await bus.read(0, 5_000)
    assert (kept[0].position, kept[-1].position) == (301, REFILL + 300)


async def test_a_tail_far_behind_begins_in_the_table(store: Store, bus: RedisBus) -> None:
    await append(store, REFILL + 300)
    await Relay(store, bus).step()
    got: list[int] = []
    async with running(follow(Tail(store, bus), got)):
        await until(lambda: len(got) >= REFILL + 300)
    assert got == list(range(1, REFILL + 301))


async def test_newest_entries_lost(store: Store, bus: RedisBus, valkey: servers.Valkey) -> None:
    """As a fail-over loses them: the relay has moved on, the consumer must not."""
    await append(store, 50)
    await Relay(store, bus).step()
    with valkey.client() as client:
        client.xdel(bus.key, *(f"{position}-0" for position in range(31, 51)))
    got: list[int] = []
    async with running(follow(Tail(store, bus), got), Relay(store, bus).run()):
        await until(lambda: len(got) >= 50)
        await append(store, 1)
        await until(lambda: len(got) >= 51)
    assert got == list(range(1, 52))


@pytest.mark.parametrize("lost", [(10,), (10, 11, 30)], ids=["one", "some"])
async def test_entries_lost_in_the_middle(
    store: Store, bus: RedisBus, valkey: servers.Valkey, lost: tuple[int, ...]
) -> None:
    await append(store, 50)
    await Relay(store, bus).step()
    with valkey.client() as client:
        client.xdel(bus.key, *(f"{position}-0" for position in lost))
    got: list[int] = []
    async with running(follow(Tail(store, bus), got)):
        await until(lambda: len(got) >= 50)
    assert got == list(range(1, 51))


async def test_redis_killed_and_started_empty(store: Store, bus: RedisBus, valkey: servers.Valkey) -> None:
    got: list[int] = []
    async with running(Relay(store, bus).run(), follow(Tail(store, bus), got)):
        await append(store, 10)
        await until(lambda: len(got) >= 10)
        valkey.kill()
        try:
            await append(store, 10)
            await until(lambda: len(got) >= 20)
        finally:
            valkey.start()
        await append(store, 10)
        await until(lambda: len(got) >= 30)
        async with asyncio.timeout(10):
            while await bus.last() != 30:
                await asyncio.sleep(0.01)
    assert got == list(range(1, 31))


async def test_a_table_that_is_away_is_waited_for(sqlite_store: Store) -> None:
    flaky = Flaky(sqlite_store)
    bus = MemoryBus()
    got: list[int] = []
    async with running(Relay(flaky, bus).run(), follow(Tail(flaky, bus), got)):
        flaky.away = True
        await append(sqlite_store, 5)
        await until(lambda: flaky.refused >= 2)
        flaky.away = False
        await until(lambda: len(got) >= 5)
    assert got == [1, 2, 3, 4, 5]


async def test_a_relay_looks_anew_whose_bus_it_is_after_the_table_was_away(sqlite_store: Store) -> None:
    """The table may have stepped back meanwhile."""
    flaky, bus = Flaky(sqlite_store), MemoryBus()
    await append(sqlite_store, 5)
    await Relay(sqlite_store, bus).step()
    relay = asyncio.create_task(Relay(flaky, bus).run())
    await until(lambda: flaky.asked >= 4)  # it has looked whose the bus is
    flaky.away = True
    await until(lambda: flaky.refused >= 1)
    await of_another_time(bus, 6, 3)
    flaky.away = False
    with pytest.raises(SteppedBack):
        await asyncio.wait_for(relay, 20)


async def test_a_tail_looks_anew_whose_bus_it_is_after_the_table_was_away(sqlite_store: Store) -> None:
    flaky, bus, got = Flaky(sqlite_store), MemoryBus(), []

    async def follow_types() -> None:
        async for rows in Tail(flaky, bus).after(0):
            got.extend((row.position, row.recorded().envelope.type) for row in rows)

    await append(sqlite_store, 5)
    await Relay(sqlite_store, bus).step()
    async with running(follow_types()):
        await until(lambda: len(got) == 5)
        flaky.away = True
        await until(lambda: flaky.refused >= 1)
        await of_another_time(bus, 6, 3)
        await until(lambda: flaky.refused >= 4)
        flaky.away = False
        await append(sqlite_store, 2)
        await until(lambda: len(got) >= 7)
    assert got == [(n, an_event().type) for n in range(1, 8)]


class Flaky:
    """A store whose table can be away."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.log = self
        self.log_bell = store.log_bell
        self.away = False
        self.asked = self.refused = 0

    async def head(self) -> int:
        self._check()
        return await self._store.log.head()

    async def after(self, position: int, limit: int):
        self._check()
        return await self._store.log.after(position, limit)

    def _check(self) -> None:
        self.asked += 1
        if self.away:
            self.refused += 1
            raise StoreUnavailable("away")


async def test_a_second_process_is_heard(store: Store, store_settings, bus: Bus) -> None:
    """Another writer of the same city (here: another opened store) wakes the relay through the bell."""
    other = await Store.open(store_settings)
    got: list[int] = []
    async with running(Relay(store, bus).run(), follow(Tail(store, bus), got)):
        await append(other, 1)
        await until(lambda: got == [1], limit_s=0.9)
    await other.close()
