"""Leases of cameras, on the double and on the real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from redis.crc import key_slot

from ioc.bus import BusUnavailable, Leases, MemoryLeases, RedisLeases
from ioc.bus.keys import camera_lease_key, camera_workers_key, log_key
from ioc.core.ids import new_id
from tests import servers

LONG_S, SHORT_S, MOST_S = 60.0, 0.2, 30.0


@pytest.fixture(params=["memory", "redis"])
async def leases(request: pytest.FixtureRequest) -> AsyncIterator[Leases]:
    """The same suite runs on the double and on the real thing."""
    if request.param == "memory":
        yield MemoryLeases()
        return
    made = RedisLeases(request.getfixturevalue("valkey").url, city=new_id())
    yield made
    await made.close()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(MOST_S):
        while not await holds():
            await asyncio.sleep(0.02)


async def test_a_lease_is_one_workers_until_it_gives_it_back(leases: Leases) -> None:
    assert await leases.keep("một", ["a", "b"], LONG_S) == {"a", "b"}
    assert await leases.keep("hai", ["a", "b", "c"], LONG_S) == {"c"}
    await leases.give("hai", ["a"])
    board = await leases.look("hai", ["a", "b", "c", "d"], LONG_S)
    assert board.held == {"a": "một", "b": "một", "c": "hai"}
    await leases.give("một", ["a"])
    assert await leases.keep("hai", ["a"], LONG_S) == {"a"}
    assert await leases.keep("một", ["a", "b"], LONG_S) == {"b"}


async def test_a_lease_that_is_not_renewed_ends_and_one_that_is_does_not(leases: Leases) -> None:
    await leases.keep("một", ["a"], SHORT_S)
    await leases.keep("một", ["b"], SHORT_S)
    await leases.keep("một", ["b"], LONG_S)

    async def free() -> bool:
        return "a" in await leases.keep("hai", ["a", "b"], LONG_S)

    await until(free)
    assert await leases.keep("một", ["a", "b"], LONG_S) == {"b"}


async def test_who_says_that_it_lives_is_known_until_it_falls_silent_or_leaves(leases: Leases) -> None:
    await leases.look("một", [], SHORT_S)
    await leases.look("ba", [], LONG_S)
    await leases.leave("ba")
    assert "ba" not in (await leases.look("hai", [], SHORT_S)).workers

    async def alone() -> bool:
        return (await leases.look("hai", [], SHORT_S)).workers == {"hai"}

    await until(alone)


async def test_nothing_is_asked_of_no_cameras(leases: Leases) -> None:
    assert await leases.keep("một", [], LONG_S) == frozenset()
    await leases.give("một", [])
    assert (await leases.look("một", [], LONG_S)).held == {}


async def test_a_server_that_is_away_is_said_to_be() -> None:
    with servers.valkey() as server:
        leases = RedisLeases(server.url, city=new_id())
        await leases.look("một", ["a"], LONG_S)
        server.kill()
        with pytest.raises(BusUnavailable):
            await leases.look("một", ["a"], LONG_S)
        with pytest.raises(BusUnavailable):
            await leases.keep("một", ["a"], LONG_S)
        await leases.close()


def test_all_keys_of_a_city_lie_on_one_node_of_a_cluster() -> None:
    keys = [camera_workers_key("kyanh"), camera_lease_key("kyanh", "cam-1"), camera_lease_key("kyanh", "cam-2")]
    assert len({key_slot(key.encode()) for key in [*keys, log_key("kyanh", "e")]}) == 1
    assert key_slot(camera_workers_key("kyanh").encode()) != key_slot(camera_workers_key("thanhhoa").encode())
