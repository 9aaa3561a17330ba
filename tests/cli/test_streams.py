"""After a restore the bus holds nothing of the log's former lives, and fills itself from the table."""

from __future__ import annotations

from pathlib import Path

from ioc.bus import Entry, RedisBus
from ioc.bus.relay import Relay
from ioc.cli.servers import forget_streams
from ioc.settings import Settings
from ioc.store import Store, migrate
from tests import sentinels
from tests.conftest import CITY
from tests.events import an_event
from tests.servers import Valkey


async def test_former_streams_go_and_the_new_one_is_filled(sqlite_store: Store, valkey: Valkey) -> None:
    settings = Settings(city_dir=Path("x"), state_dir=sqlite_store.settings.state_dir, redis_url=valkey.url)
    client = valkey.client()
    client.flushall()
    client.xadd("ioc:{another}:log:e1", {"b": "của thành phố khác"}, id="1-0")
    for _ in range(3):
        await sqlite_store.write(lambda tx: tx.append(an_event()))
    before = RedisBus(valkey.url, city=CITY, epoch=sqlite_store.epoch)
    await Relay(sqlite_store, before).step()
    migrate.renew_epoch(sqlite_store.settings.url)
    forget_streams(settings, CITY)
    assert client.keys("*") == [b"ioc:{another}:log:e1"]
    anew = await Store.open(sqlite_store.settings)
    after = RedisBus(valkey.url, city=CITY, epoch=anew.epoch)
    await Relay(anew, after).step()
    assert await after.last() == 3
    assert before.key != after.key
    for one in (before, after, anew):
        await one.close()
    client.flushall()


def test_the_embedded_bus_begins_empty(tmp_path: Path) -> None:
    (tmp_path / "bus").mkdir()
    (tmp_path / "bus" / "appendonly.aof").write_bytes(b"x")
    forget_streams(Settings(city_dir=Path("x"), state_dir=tmp_path), CITY)
    assert not (tmp_path / "bus").exists()


def test_a_bus_that_does_not_answer_is_left_alone(tmp_path: Path) -> None:
    forget_streams(Settings(city_dir=Path("x"), state_dir=tmp_path, redis_url=f"unix://{tmp_path}/none"), CITY)


async def test_streams_behind_sentinels_go_too(tmp_path: Path) -> None:
    with sentinels.sentinels() as group:
        bus = RedisBus(group.url, city=CITY, epoch="e1")
        await bus.add([Entry(1, "một".encode())])
        forget_streams(Settings(city_dir=Path("x"), state_dir=tmp_path, redis_url=group.url), CITY)
        assert await bus.last() is None
        await bus.close()
