"""Several Redis servers behind Sentinels: who leads is found, and found again when the leader is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from ioc.bus import BusUnavailable, Entry, Picture, RedisBus, RedisFrames, client_now
from ioc.bus.reaching import Guarded, guarded
from ioc.core.ids import new_id
from tests import sentinels

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def group() -> Iterator[sentinels.Group]:
    with sentinels.sentinels() as made:
        yield made


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://:bí@bus:6379/0", None),
        ("unix:///run/bus.sock", None),
        ("redis+sentinel://s1/ioc", Guarded("ioc", (("s1", 26379),))),
        (
            "redis+sentinel://app:m%40t@10.0.0.1:1,[::1]:2/thanh-hoa/3?sentinel_password=khac",
            Guarded("thanh-hoa", (("10.0.0.1", 1), ("::1", 2)), 3, "app", "m@t", "khac"),
        ),
    ],
)
def test_an_address_is_read(url: str, expected: Guarded | None):
    assert guarded(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://s1:26379",
        "redis+sentinel:///ioc",
        "redis+sentinel://s1,,s2/ioc",
        "redis+sentinel://s1:cổng/ioc",
        "redis+sentinel://s1/ioc/một",
        "redis+sentinel://s1/ioc?db=1",
    ],
)
def test_an_address_that_says_too_little_or_too_much_is_refused(url: str):
    with pytest.raises(ValueError):
        guarded(url)


async def test_the_bus_goes_on_with_the_new_leader(group: sentinels.Group):
    bus, frames = RedisBus(group.url, city="kyanh", epoch=new_id()), RedisFrames(group.url, city="kyanh")
    heard: asyncio.Queue[Picture] = asyncio.Queue()

    async def listen() -> None:
        async for picture in frames.pictures():
            heard.put_nowait(picture)

    listening = asyncio.create_task(listen())
    try:
        assert await bus.add([Entry(1, b"m\xe1\xbb\x99t"), Entry(2, b"hai")]) == 2
        with client_now(group.url, 3) as client:
            assert client.ping()
        before = group.leader()
        group.kill(before)
        await _until_added(bus, Entry(3, b"ba"))
        assert group.leader() != before
        rows = await bus.read(0, 10)
        assert rows[-1].position == 3, "what the old leader had may be lost: the table has it"
        await _until_heard(frames, heard)
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await frames.close()
        await bus.close()


async def _until_added(bus: RedisBus, entry: Entry) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                if await bus.add([entry]):
                    return
            except BusUnavailable:
                await asyncio.sleep(0.1)


async def _until_heard(frames: RedisFrames, heard: asyncio.Queue[Picture]) -> None:
    async with asyncio.timeout(60):
        while heard.empty():
            try:
                await frames.show(Picture("cam-01", 1, b"jpeg"))
            except BusUnavailable:
                await asyncio.sleep(0.1)
            await asyncio.sleep(0.05)
