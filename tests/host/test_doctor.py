"""What the doctor says of bus, disk and clock."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ioc.bus import RedisBus
from ioc.bus.relay import Relay
from ioc.contract import Latest
from ioc.host.doctor import bus as doctor_bus
from ioc.host.doctor import check_bus, check_disk, check_store_clock, check_waiting
from ioc.settings import Settings
from ioc.store import Store
from ioc.store.doctor import Severity
from tests import sentinels
from tests.conftest import CITY
from tests.events import an_event
from tests.servers import Valkey


@pytest.fixture
def own_bus(valkey: Valkey) -> Iterator[Valkey]:
    valkey.client().flushall()
    yield valkey
    valkey.client().flushall()


def settings_of(store: Store, bus: str) -> Settings:
    return Settings(
        city_dir=Path("x"), state_dir=store.settings.state_dir, database_url=store.settings.url, redis_url=bus
    )


async def relayed(store: Store, valkey: Valkey, events: int) -> RedisBus:
    for _ in range(events):
        await store.write(lambda tx: tx.append(an_event()))
    bus = RedisBus(valkey.url, city=CITY, epoch=store.epoch)
    await Relay(store, bus).step()
    return bus


async def looked_at(store: Store, bus: str, now: datetime | None = None) -> list[tuple[str, Severity]]:
    found = await asyncio.to_thread(lambda: list(check_bus(settings_of(store, bus), CITY, now or datetime.now(UTC))))
    return [(one.check, one.severity) for one in found]


async def test_the_bus_says_what_the_table_says(sqlite_store: Store, own_bus: Valkey) -> None:
    bus = await relayed(sqlite_store, own_bus, 5)
    assert await looked_at(sqlite_store, own_bus.url) == [("bus.relay", Severity.WELL)]
    own_bus.client().xadd(bus.key, {"b": "giả"}, id="9-0")
    assert await looked_at(sqlite_store, own_bus.url) == [("bus.entries", Severity.BROKEN)]
    own_bus.client().delete(bus.key)
    own_bus.client().xadd(bus.key, {"b": "giả"}, id="3-0")
    assert await looked_at(sqlite_store, own_bus.url) == [("bus.entries", Severity.BROKEN)]
    await bus.close()


async def test_a_relay_that_is_far_behind(sqlite_store: Store, own_bus: Valkey) -> None:
    bus = await relayed(sqlite_store, own_bus, 1)
    await bus.close()
    await sqlite_store.write(lambda tx: [tx.append(an_event()) for _ in range(1_001)])
    assert await looked_at(sqlite_store, own_bus.url) == [("bus.relay", Severity.WARNING)]


async def test_a_bus_that_takes_nothing(sqlite_store: Store, own_bus: Valkey) -> None:
    """Its disk is full, say: it answers, and what comes is not in it."""
    bus = await relayed(sqlite_store, own_bus, 1)
    await bus.close()
    now = datetime.now(UTC)
    await sqlite_store.write(lambda tx: tx.append(an_event(recordedtime=now)))
    assert await looked_at(sqlite_store, own_bus.url, now + timedelta(seconds=4)) == [("bus.relay", Severity.WELL)]
    assert await looked_at(sqlite_store, own_bus.url, now + timedelta(seconds=6)) == [("bus.relay", Severity.WARNING)]


async def test_what_comes_while_the_doctor_looks_is_no_fault(
    store: Store, own_bus: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, entries = asyncio.get_running_loop(), doctor_bus._entries

    async def one_more() -> None:
        await (await relayed(store, own_bus, 1)).close()

    def beside(*asked: str) -> list[tuple[int, bytes]]:
        asyncio.run_coroutine_threadsafe(one_more(), loop).result(20)
        return entries(*asked)

    await one_more()
    monkeypatch.setattr(doctor_bus, "_entries", beside)
    assert await looked_at(store, own_bus.url) == [("bus.relay", Severity.WELL)]


async def test_a_bus_that_does_not_answer(sqlite_store: Store, tmp_path: Path) -> None:
    assert await looked_at(sqlite_store, f"unix://{tmp_path}/none") == [("bus", Severity.WARNING)]
    assert await looked_at(sqlite_store, "") == [("bus", Severity.WELL)]


async def test_a_bus_behind_sentinels_is_looked_at_too(sqlite_store: Store) -> None:
    with sentinels.sentinels() as group:
        await sqlite_store.write(lambda tx: tx.append(an_event()))
        bus = RedisBus(group.url, city=CITY, epoch=sqlite_store.epoch)
        await Relay(sqlite_store, bus).step()
        await bus.close()
        assert await looked_at(sqlite_store, group.url) == [("bus.relay", Severity.WELL)]


@pytest.mark.parametrize(
    ("free", "said"), [(50, Severity.WELL), (19, Severity.WARNING), (4, Severity.BROKEN), (0, Severity.BROKEN)]
)
def test_room(free: int, said: Severity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(total=100, used=100 - free, free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    [found] = check_disk([tmp_path / "chưa có" / "thư mục", tmp_path])
    assert found.severity is said


async def test_who_says_it_is_well_and_handles_nothing_is_named(store: Store) -> None:
    now = datetime.now(UTC)

    def say() -> list[tuple[Severity, str]]:
        found = check_waiting(settings_of(store, ""), CITY, now + timedelta(seconds=50))
        return [(one.severity, one.text.en) for one in found]

    for name in ("module:media", "module:traffic"):
        await store.cursors.take(name, "ours")
    for ago in (70, 60):
        event = an_event(recordedtime=now - timedelta(seconds=ago))
        await store.write(lambda tx, event=event: tx.append(event))
    await store.write(lambda tx: tx.latest(Latest("module", "traffic", {"state": "live", "position": 2}, now)))
    await store.write(lambda tx: tx.latest(Latest("module", "media", {"state": "live", "position": 1}, now)))
    assert await asyncio.to_thread(say) == [
        (Severity.WARNING, "module:media: event 2 has waited 110 s, 1 are not handled")
    ]
    await store.write(lambda tx: tx.latest(Latest("module", "media", {"state": "live", "position": 2}, now)))
    assert await asyncio.to_thread(say) == [(Severity.WELL, "No event waits longer than 60 s")]


async def test_a_clock_that_went_back(store: Store) -> None:
    await store.write(lambda tx: tx.append(an_event(recordedtime=datetime.now(UTC))))
    url = store.settings.url

    def say(now: datetime) -> list[str]:
        return [one.check for one in check_store_clock(url, CITY, now)]

    assert await asyncio.to_thread(say, datetime.now(UTC)) == []
    assert await asyncio.to_thread(say, datetime.now(UTC) - timedelta(hours=2)) == ["clock.store"]
