"""A camera as MJPEG: who may, how often a picture comes, how it ends, and that one who does not read is cut off."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from PIL import Image
from starlette.requests import Request

from ioc.api.camera_stream import MOST_OF_ALL, MOST_OF_ONE, PictureStream, Views, _parts
from ioc.bus import MemoryFrames, Picture
from ioc.core.errors import Problem
from ioc.feed.pictures import Pictures, camera_scopes
from tests.api.conftest import World

STREAM = "/api/v1/cameras/cam-01/stream.mjpeg"


def jpeg(light: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 180), (light, light, light)).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
async def frames(world: World) -> AsyncIterator[MemoryFrames]:
    """Pictures reach the application as in the running city."""
    frames = MemoryFrames()
    pictures = world.app.state.feed.pictures = Pictures(frames, camera_scopes(world.app.state.city))
    following = asyncio.create_task(pictures.follow(lambda shown: None))
    await asyncio.sleep(0)
    yield frames
    following.cancel()


async def show(world: World, frames: MemoryFrames, light: int) -> bytes:
    """A picture of a clock that is ahead, so that it does not grow old while a busy machine gets on."""
    data, at_ms = jpeg(light), round(time.time() * 1000) + 60_000 + light
    await frames.show(Picture("cam-01", at_ms, data))
    await until(lambda: world.app.state.feed.pictures.newest["cam-01"].at_ms == at_ms)
    return data


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                if condition():
                    return
            except KeyError:
                pass  # there is no picture of it yet
            await asyncio.sleep(0.005)


def parts_of(body: bytes) -> list[bytes]:
    return [part.partition(b"\r\n\r\n")[2][:-2] for part in body.split(b"--picture\r\n")[1:]]


@pytest.mark.parametrize("role", ["wall", "operator"])
async def test_pictures_follow_each_other_and_the_stream_ends(world: World, frames: MemoryFrames, role: str) -> None:
    first = await show(world, frames, 10)
    async with world.client(role) as client:
        asked = asyncio.create_task(client.get(f"{STREAM}?seconds=6"))
        pictures = world.app.state.feed.pictures
        await until(lambda: pictures.looked_at() == {"cam-01"})
        second = await show(world, frames, 200)
        answer = await asyncio.wait_for(asked, 30)
    assert answer.headers["content-type"] == "multipart/x-mixed-replace; boundary=picture"
    assert answer.headers["cache-control"] == "no-store"
    parts = parts_of(answer.content)
    assert parts[-1] == second and set(parts) <= {first, second}  # the newest only: the first may be passed over
    assert len(parts) >= 3, "one that no newer one follows comes again every second"
    assert not pictures.looked_at()
    assert not Views.of(world.app.state)._open


async def test_who_looks_has_the_camera_sent_more_often(world: World, frames: MemoryFrames) -> None:
    await show(world, frames, 10)
    pictures = world.app.state.feed.pictures
    heard = frames.watched()
    telling = asyncio.create_task(pictures.tell(set))
    asked = asyncio.create_task(anext(heard))
    await asyncio.sleep(0)
    async with world.client("operator") as client:
        await client.get(f"{STREAM}?seconds=1")
    assert await asyncio.wait_for(asked, 20) == ["cam-01"]
    telling.cancel()


async def test_its_opening_is_in_the_audit_chain(world: World, frames: MemoryFrames) -> None:
    await show(world, frames, 10)
    async with world.client("operator") as client:
        await client.get(f"{STREAM}?seconds=1")
    lines = await world.store.audit.list(object="cam-01")
    assert [line.action for line in lines] == ["camera.streamed"]


async def test_too_many_are_refused_and_none_is_counted_twice(world: World, frames: MemoryFrames) -> None:
    await show(world, frames, 10)
    views = Views.of(world.app.state)
    async with world.client("operator") as client:
        opened = [asyncio.create_task(client.get(f"{STREAM}?seconds=6")) for _ in range(MOST_OF_ONE)]
        await until(lambda: sum(views._open.values()) == MOST_OF_ONE)
        refused = await client.get(STREAM)
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "5"
        assert "luồng camera" in refused.json()["detail"] and "streams" in refused.json()["detail_en"]
        await asyncio.gather(*opened)
        assert (await client.get(f"{STREAM}?seconds=1")).status_code == 200


def test_all_together_may_have_so_many() -> None:
    views = Views()
    for number in range(MOST_OF_ALL):
        views.take(f"p-{number}")
    with pytest.raises(Problem):
        views.take("p-next")
    views.give_back("p-0")
    views.take("p-next")


async def test_no_picture_no_stream(world: World, frames: MemoryFrames) -> None:
    async with world.client("operator") as client:
        assert (await client.get(STREAM)).status_code == 503


@pytest.mark.parametrize(("path", "status"), [("cam-99/stream.mjpeg", 404), ("cam-01/stream.mjpeg?seconds=0", 422)])
async def test_what_cannot_be_shown_is_said(world: World, frames: MemoryFrames, path: str, status: int) -> None:
    await show(world, frames, 10)
    async with world.client("operator") as client:
        assert (await client.get(f"/api/v1/cameras/{path}")).status_code == status


@pytest.mark.parametrize(("role", "status"), [("anyone", 401), ("device", 403)])
async def test_others_see_nothing(world: World, frames: MemoryFrames, role: str, status: int) -> None:
    await show(world, frames, 10)
    async with world.client(role) as client:
        assert (await client.get(STREAM)).status_code == status


async def test_it_ends_when_the_caller_is_signed_out(world: World, frames: MemoryFrames) -> None:
    await show(world, frames, 10)
    async with world.client("operator") as client:
        asked = asyncio.create_task(client.get(f"{STREAM}?seconds=600"))
        await until(lambda: bool(world.app.state.feed.pictures.looked_at()))
        assert (await client.delete("/api/v1/session")).status_code == 204
        assert (await asyncio.wait_for(asked, 60)).status_code == 200


async def test_who_takes_nothing_is_cut_off(world: World, frames: MemoryFrames) -> None:
    """The server's `send` waits for ever, as it does where a client has stopped reading."""
    await show(world, frames, 10)
    ended: list[bool] = []
    cookie = world.cookies["operator"]
    state = {"principal": await world.auth.authenticate({"cookie": cookie})}
    request = Request({"type": "http", "app": world.app, "headers": [(b"cookie", cookie.encode())], "state": state})
    pictures = world.app.state.feed.pictures
    stream = PictureStream(_parts(request, "cam-01", 600), 2.0, lambda: ended.append(True))

    async def stuck(message: Any) -> None:
        if message["type"] == "http.response.body":
            assert pictures.looked_at() == {"cam-01"}
            await asyncio.Event().wait()

    async def silent() -> Any:
        await asyncio.Event().wait()

    async with asyncio.timeout(30):
        await stream({"type": "http", "asgi": {"spec_version": "2.3"}}, silent, stuck)
    assert ended == [True]
    assert not pictures.looked_at()
