"""What a worker does with its share when Redis, the store or both are away, or another has taken something."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress

import pytest
import structlog

from ioc.bus import Board, BusUnavailable, MemoryLeases
from ioc.host import cameras_placing
from ioc.host.cameras_placing import Placing
from ioc.store import Store, StoreUnavailable

CAMERAS = ["cầu", "chợ", "ga", "cảng"]
SHORT_S, MOST_S = 0.3, 30.0


class Seen:
    """What was begun, dropped and ended."""

    def __init__(self) -> None:
        self.ours: dict[str, int] = {}
        self.dropped: list[str] = []

    def begin(self, camera: str, fence: int) -> None:
        self.ours[camera] = fence

    def drop(self, camera: str) -> None:
        del self.ours[camera]
        self.dropped.append(camera)

    async def end(self, cameras: Collection[str]) -> None:
        for camera in cameras:
            del self.ours[camera]


class Flaky(MemoryLeases):
    """Leases on a server that may be away."""

    away = False

    async def look(self, worker: str, cameras: Sequence[str], lease_s: float) -> Board:
        if self.away:
            raise BusUnavailable("away")
        return await super().look(worker, cameras, lease_s)


@pytest.fixture
def leases() -> Flaky:
    return Flaky()


def placing(store: Store, leases: Flaky, me: str) -> tuple[Placing, Seen]:
    seen = Seen()
    return Placing(store, leases, me, CAMERAS, seen, structlog.get_logger()), seen


async def settle(*all: Placing) -> None:
    for _ in range(12):
        for one in all:
            await one.turn()


async def test_two_share_and_who_leaves_gives_all_back_at_once(sqlite_store: Store, leases: Flaky) -> None:
    (one, ones), (two, twos) = placing(sqlite_store, leases, "một"), placing(sqlite_store, leases, "hai")
    await settle(one)
    assert set(ones.ours) == set(CAMERAS) and ones.ours == one.fences
    await settle(one, two)
    assert len(ones.ours) == len(twos.ours) == 2 and not ones.dropped
    assert min(twos.ours.values()) == 2, "each taking raises the fence"
    await two.leave()
    assert not twos.ours
    await one.turn()
    assert set(ones.ours) == set(CAMERAS)


async def test_without_redis_it_keeps_what_the_store_says_is_its_own(
    sqlite_store: Store, leases: Flaky, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cameras_placing, "LEASE_S", SHORT_S)
    one, ones = placing(sqlite_store, leases, "một")
    while len(ones.ours) < len(CAMERAS):
        await one.turn()
    leases.away = True
    end = asyncio.get_running_loop().time() + 4 * SHORT_S
    ones.dropped.clear()
    while asyncio.get_running_loop().time() < end:
        await one.turn()
    assert set(ones.ours) == set(CAMERAS) and not ones.dropped, "longer than a lease lasts"
    assert one.alone_since is not None
    await sqlite_store.fences.take(["chợ"], "hai")
    await one.turn()
    assert ones.dropped == ["chợ"]
    leases.away = False
    await settle(one)
    assert one.alone_since is None and set(ones.ours) == set(CAMERAS)
    assert one.fences["chợ"] > 2


async def test_when_neither_redis_nor_the_store_speaks_it_lets_go(
    sqlite_store: Store, leases: Flaky, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cameras_placing, "LEASE_S", SHORT_S)
    one, ones = placing(sqlite_store, leases, "một")
    while len(ones.ours) < len(CAMERAS):
        await one.turn()
    leases.away = True

    async def away(held: object) -> frozenset[str]:
        raise StoreUnavailable("away")

    monkeypatch.setattr(sqlite_store.fences, "ours", away)
    async with asyncio.timeout(MOST_S):
        while ones.ours:
            with suppress(StoreUnavailable):
                await one.turn()
            await asyncio.sleep(SHORT_S / 10)
    assert set(ones.dropped) >= set(CAMERAS)


async def test_a_worker_that_slept_finds_its_leases_gone(
    sqlite_store: Store, leases: Flaky, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cameras_placing, "LEASE_S", SHORT_S)
    (one, ones), (two, twos) = placing(sqlite_store, leases, "một"), placing(sqlite_store, leases, "hai")
    while len(ones.ours) < len(CAMERAS):
        await one.turn()
    async with asyncio.timeout(MOST_S):
        while len(twos.ours) < len(CAMERAS):  # meanwhile the first takes no turn
            await two.turn()
    assert set(twos.ours) == set(CAMERAS)
    mine = dict(one.fences)
    assert await sqlite_store.fences.ours(mine) == frozenset()
    await one.turn()
    assert set(ones.dropped) >= set(CAMERAS) and not set(one.fences.items()) & set(mine.items())
