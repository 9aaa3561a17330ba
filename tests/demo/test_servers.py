"""The simulator's own servers: feeds that readers understand, cameras that decode, strangers that do no harm."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import feedparser
import httpx
import pytest
from PIL import Image

from ioc.city.profile import City
from ioc.core.clock import SetClock
from ioc.demo.press import Item, Press
from ioc.demo.servers import serving
from ioc.demo.studio import Studio
from ioc.demo.traffic import Traffic
from ioc.demo.world import Blind, World
from tests.demo.conftest import MORNING

ITEM = Item("Va chạm trên Đường Trần Phú & Lê Lợi <1>", "Một vụ va chạm vừa xảy ra.", MORNING)


@asynccontextmanager
async def site(city: City, press: Press, world: World, clock: SetClock) -> AsyncIterator[str]:
    studio = Studio(city, world, Traffic(city, world, 1), clock)
    async with serving(0, lambda feed: press.answer(feed, "http://sim"), studio.frames) as port:
        yield f"http://127.0.0.1:{port}"


def client(base: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=base, trust_env=False, timeout=10)


async def test_every_feed_is_read_by_a_feed_reader(city: City, press: Press, world: World, clock: SetClock):
    for feed in press.feeds:
        press.publish(feed, ITEM)
    forms = set()
    async with site(city, press, world, clock) as base, client(base) as http:
        for feed in press.feeds:
            answer = await http.get(f"/feeds/{feed}")
            assert answer.status_code == 200
            forms.add(answer.headers["content-type"].partition(";")[0])
            if "json" in answer.headers["content-type"]:
                assert answer.json()["items"][0]["title"] == ITEM.title
                continue
            read = feedparser.parse(answer.content)
            assert not read.bozo
            assert [one.title for one in read.entries] == [ITEM.title]
            assert "mô phỏng" in read.entries[0].summary
    assert len(forms) == 3, "RSS, Atom and JSON Feed are all there"


async def test_a_feed_is_given_once_to_who_knows_it(city: City, press: Press, world: World, clock: SetClock):
    feed = press.feeds[0]
    async with site(city, press, world, clock) as base, client(base) as http:
        tag = (await http.get(f"/feeds/{feed}")).headers["etag"]
        assert (await http.get(f"/feeds/{feed}", headers={"If-None-Match": tag})).status_code == 304
        press.publish(feed, ITEM)
        assert (await http.get(f"/feeds/{feed}", headers={"If-None-Match": tag})).status_code == 200


async def test_cameras_send_pictures_until_they_are_lost(city: City, press: Press, world: World, clock: SetClock):
    async with site(city, press, world, clock) as base, client(base) as http:
        async with http.stream("GET", "/cameras/cam-02.mjpg") as stream:
            assert stream.headers["content-type"].startswith("multipart/x-mixed-replace")
            body = b""
            async for part in stream.aiter_raw():
                body += part
                clock.move(timedelta(milliseconds=200))
                if body.count(b"Content-Length") == 4:
                    world.put(Blind(begin=clock.now(), end=clock.now() + timedelta(1), camera="cam-02", how="lost"))
        frames = [part.partition(b"\r\n\r\n")[2].rstrip() for part in body.split(b"--ioc-frame")[1:]]
        sizes = {Image.open(io.BytesIO(frame)).size for frame in frames}
        assert sizes == {(640, 360)}
        assert (await http.get("/cameras/cam-02.mjpg")).status_code == 404


@pytest.mark.parametrize("path", ["/", "/feeds/none", "/cameras/none.mjpg", "/../etc/passwd", "/news/x"])
async def test_all_else_is_not_there(path: str, city: City, press: Press, world: World, clock: SetClock):
    async with site(city, press, world, clock) as base, client(base) as http:
        assert (await http.get(path)).status_code == 404


@pytest.mark.parametrize(
    "rubbish", [b"\x16\x03\x01\x00\xff" * 4000, b"POST / HTTP/1.1\r\n\r\n", b"GET\r\n\r\n", b"\r\n\r\n"]
)
async def test_rubbish_ends_its_own_connection_only(rubbish: bytes, city: City, press: Press, world: World, clock):
    async with site(city, press, world, clock) as base, client(base) as http:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(base.rpartition(":")[2]))
        writer.write(rubbish)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            async with asyncio.timeout(15):
                await reader.readexactly(1)
        writer.close()
        assert (await http.get(f"/feeds/{press.feeds[0]}")).status_code == 200


async def test_the_end_is_quiet_for_who_still_watches(caplog: pytest.LogCaptureFixture):
    async def endless() -> AsyncGenerator[bytes, None]:
        yield b"frame"
        await asyncio.Event().wait()

    async with serving(0, lambda _feed: None, lambda _camera: endless()) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /cameras/cam-01.mjpg HTTP/1.1\r\n\r\n")
        async with asyncio.timeout(20):
            await reader.readuntil(b"frame")
    async with asyncio.timeout(20):
        with contextlib.suppress(ConnectionError):
            await reader.read()
    writer.close()
    assert caplog.records == []
