"""Pictures and the wish to see them, on the double and on the real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ioc.bus import BusUnavailable, Frames, MemoryFrames, Picture, RedisFrames
from ioc.bus.frames import arrived, unpacked
from ioc.core.ids import new_id
from tests import servers

ONE = Picture("cam-01", 1_795_312_088_810, b"\xff\xd8 one")


@pytest.fixture(params=["memory", "redis"])
async def frames(request: pytest.FixtureRequest) -> AsyncIterator[Frames]:
    """The same suite runs on the double and on the real thing."""
    if request.param == "memory":
        yield MemoryFrames()
        return
    made = RedisFrames(request.getfixturevalue("valkey").url, city=new_id())
    yield made
    await made.close()


async def first(heard: AsyncIterator[object], say: object) -> object:
    """The first thing heard, said again and again until somebody listens."""

    async def again() -> None:
        while True:
            await say()  # type: ignore[operator]
            await asyncio.sleep(0.01)

    saying = asyncio.create_task(again())
    try:
        async with asyncio.timeout(10):
            return await anext(heard)
    finally:
        saying.cancel()


async def test_a_picture_arrives_as_it_was(frames: Frames) -> None:
    assert await first(frames.pictures(), lambda: frames.show(ONE)) == ONE


async def test_who_watches_is_heard(frames: Frames) -> None:
    assert await first(frames.watched(), lambda: frames.watch({"cam-02", "cam-01"})) == ["cam-01", "cam-02"]


async def test_nothing_is_kept(frames: Frames) -> None:
    await frames.show(ONE)
    two = Picture("cam-02", 2, b"two")
    assert await first(frames.pictures(), lambda: frames.show(two)) == two


async def test_pictures_come_again_after_the_server_was_away() -> None:
    with servers.valkey() as server:
        frames = RedisFrames(server.url, city="test")
        heard = frames.pictures()
        assert await first(heard, lambda: frames.show(ONE)) == ONE
        server.kill()
        with pytest.raises(BusUnavailable):
            await frames.show(ONE)
        await asyncio.to_thread(server.start)
        assert await first(heard, lambda: frames.show(ONE)) == ONE
        await frames.close()


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x02\x01a" + bytes(9), b"\x01\x05abc", b"\x01\x01\xff" + bytes(9)])
def test_what_is_no_picture_is_none(data: bytes) -> None:
    assert unpacked(data) is None
    assert arrived(b"\x02\x02ab" + data) is None


def test_the_form_of_a_picture() -> None:
    under = Picture("a", 258, b"J", "00ff")
    assert under.travelling() == b"\x02\x0400ff" + under.packed()
    assert arrived(under.travelling()) == under
    assert arrived(under.packed()) is None
    assert Picture("a", 258, b"J").packed() == b"\x01\x01a" + b"\0\0\0\0\0\0\x01\x02" + b"J"
