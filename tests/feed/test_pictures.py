"""Binary pictures on the feed: who gets them, how often, and that a slow screen delays and costs nobody."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
import websockets
from PIL import Image

from ioc.bus import MemoryFrames, Picture
from ioc.bus.frames import unpacked
from ioc.city.masked import masked_as
from ioc.city.parts import Mask
from ioc.city.profile import load_city
from ioc.contract import Principal
from ioc.core.dataclass import DataClass
from ioc.feed.ageing import Ageing
from ioc.feed.pictures import Pictures, Shown
from ioc.feed.ports import Sources
from ioc.feed.wire import Scope
from tests.feed.conftest import Feed, serve
from tests.feed.test_slow import PATIENT, Lazy, slow_sessions
from tests.feed.world import World

SCOPES = {
    "cam-01": Scope(DataClass.INTERNAL, module="camera", owner="camera", lonlat=(105.78, 19.8)),
    "cam-02": Scope(DataClass.SECURITY, module="camera", owner="camera", lonlat=(105.79, 19.81)),
    "cam-03": Scope(DataClass.INTERNAL, module="camera", owner="camera", lonlat=(106.4, 18.0)),
}


class Pictured:
    """A served feed with cameras."""

    def __init__(self, feed: Feed, frames: MemoryFrames) -> None:
        self.feed, self.frames = feed, frames
        self.at_ms = round(time.time() * 1000)

    async def show(self, camera: str, step_ms: int = 0, size: int = 100) -> int:
        """Calls a picture out; its time."""
        self.at_ms += step_ms
        await self.frames.show(Picture(camera, self.at_ms, b"J" * size))
        return self.at_ms


@pytest.fixture
async def pictured() -> AsyncIterator[Any]:
    """Starts feeds with cameras and the options given."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(**options: Any) -> Pictured:
            world, frames = World(), MemoryFrames()
            world.principals["traffic"] = Principal(
                id="p-2", name="Hạnh", role="operator", classes=frozenset(DataClass), modules=frozenset({"traffic"})
            )
            sources: Sources = replace(world.sources, frames=frames, cameras=SCOPES)
            return Pictured(await stack.enter_async_context(serve(world, sources, **options)), frames)

        yield start


@contextlib.asynccontextmanager
async def screen(pictured: Pictured, who: str = "operator", **subscription: Any) -> AsyncIterator[Any]:
    options: dict[str, Any] = {"compression": None, "proxy": None, "close_timeout": 0.3}
    options["additional_headers"] = {"Cookie": f"session={who}"}
    async with websockets.connect(pictured.feed.url, **options) as socket:
        await socket.send(json.dumps({"op": "subscribe", "topics": ["frame"], **subscription}))
        while json.loads(await socket.recv())["t"] != "sys.subscribed":
            pass
        yield socket


async def shown(socket: Any) -> Picture:
    """The next picture."""
    async with asyncio.timeout(10):
        while True:
            message = await socket.recv()
            if isinstance(message, bytes):
                picture = unpacked(message)
                assert picture is not None
                return picture


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


async def test_a_picture_reaches_the_screen_byte_for_byte(pictured: Any) -> None:
    city = await pictured()
    async with screen(city) as socket:
        at_ms = await city.show("cam-01")
        assert await shown(socket) == Picture("cam-01", at_ms, b"J" * 100)


async def test_who_subscribes_later_is_given_the_newest_at_once(pictured: Any) -> None:
    city = await pictured()
    await city.show("cam-01")
    newest = await city.show("cam-01", 1000)
    await until(lambda: city.feed.hub.pictures.newest.get("cam-01"))
    async with screen(city) as socket:
        assert (await shown(socket)).at_ms in (newest, newest - 1000)


async def test_classes_modules_and_boxes_hold_for_pictures(pictured: Any) -> None:
    city = await pictured()
    async with (
        screen(city, "wall") as wall,
        screen(city, "operator", bbox=[105, 19, 106, 20]) as near,
        screen(city, "traffic") as stranger,
    ):
        for camera in ("cam-02", "cam-03", "cam-01"):
            await city.show(camera)
        assert {(await shown(wall)).camera, (await shown(wall)).camera} == {"cam-01", "cam-03"}
        assert {(await shown(near)).camera, (await shown(near)).camera} == {"cam-01", "cam-02"}
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await shown(stranger)


async def test_what_is_said_of_a_camera_follows_its_class(pictured: Any) -> None:
    city = await pictured()
    latest = city.feed.world.latest
    async with city.feed.screen("source", "kpi", "cam", who="wall") as wall:
        for camera in ("cam-02", "cam-01"):
            latest.put("source", f"camera:{camera}", {"module": "camera", "name": f"Ngã tư {camera}"})
            latest.put("kpi", f"camera.{camera}", {"module": "camera", "value": 1})
            latest.put("cam", camera, {"module": "camera", "state": "ok"})
        await wall.until(lambda: wall.state["cam"])
        assert "cam-01" in "".join(wall.frames) and "cam-02" not in "".join(wall.frames)


async def test_a_picture_of_no_camera_or_of_the_past_is_let_go(pictured: Any) -> None:
    city = await pictured()
    async with screen(city) as socket:
        await city.show("cam-99")
        late = await city.show("cam-01", 1000)
        await city.show("cam-01", -500)
        last = await city.show("cam-01", 2000)
        assert [(await shown(socket)).at_ms for _ in range(2)] == [late, last]


async def test_pictures_go_on_when_a_clock_was_set_back(pictured: Any) -> None:
    city = await pictured()
    async with screen(city) as socket:
        for step in (0, -3_600_000, 2_000):
            now = await city.show("cam-01", step)
            assert (await shown(socket)).at_ms == now


async def test_a_picture_that_none_follows_comes_again_with_its_age_burnt_in(pictured: Any) -> None:
    city = await pictured()
    out = io.BytesIO()
    Image.new("RGB", (320, 180)).save(out, "JPEG")
    at_ms = round(time.time() * 1000) - 8_000
    async with screen(city) as socket:
        await city.frames.show(Picture("cam-01", at_ms, out.getvalue()))
        first, second, third = [await shown(socket) for _ in range(3)]
    assert {one.at_ms for one in (first, second, third)} == {at_ms}
    lightest = [Image.open(io.BytesIO(one.jpeg)).convert("L").getextrema()[1] for one in (first, second, third)]
    assert lightest[0] < 20 and min(lightest[1:]) > 150
    assert second.jpeg != third.jpeg  # a second older


def test_of_many_old_pictures_few_are_told_at_a_time_and_all_have_their_turn() -> None:
    now, scope = 1_000_000_000, Scope(DataClass.INTERNAL)
    pictures = Pictures(None, {f"cam-{number}": scope for number in range(40)})
    ages = [2_000, 6_000, 31_000]
    for number in range(40):
        at_ms = now - ages[min(number // 4, 1) if number < 36 else 2]
        pictures.newest[f"cam-{number}"] = Shown(Picture(f"cam-{number}", at_ms, b"J"), scope)
    ageing = Ageing(pictures, lambda: now)
    rounds = [{one.camera for one in ageing.due()} for _ in range(2)]
    assert [len(one) for one in rounds] == [16, 16]
    assert rounds[0] | rounds[1] == {f"cam-{number}" for number in range(4, 36)}


async def test_the_usual_pace_is_one_a_second_and_all_of_the_watched_one(pictured: Any) -> None:
    city = await pictured()
    async with screen(city) as socket:
        await socket.send(json.dumps({"op": "watch", "camera": "cam-01"}))
        await until(lambda: city.feed.hub.audience.watched() == {"cam-01"})
        for _ in range(20):
            await city.show("cam-01", 100)
            await city.show("cam-03", 100)
        await city.show("cam-03", 5000)
        seen: Counter[str] = Counter()
        while seen["cam-01"] < 20 or seen["cam-03"] < 5:
            seen[(await shown(socket)).camera] += 1
        assert seen == {"cam-01": 20, "cam-03": 5}


async def test_what_is_watched_is_told_again_and_again_and_then_no_more(pictured: Any) -> None:
    city = await pictured()
    heard = city.frames.watched()
    async with screen(city) as socket:
        asked = asyncio.create_task(anext(heard))
        await socket.send(json.dumps({"op": "watch", "camera": "cam-01"}))
        assert await asyncio.wait_for(asked, 10) == ["cam-01"]
        assert await asyncio.wait_for(anext(heard), 10) == ["cam-01"]
        await socket.send(json.dumps({"op": "watch", "camera": None}))
        await until(lambda: not city.feed.hub.audience.watched())
    assert not city.feed.hub.audience.watched()


async def test_who_may_not_see_a_camera_cannot_ask_for_more_of_it(pictured: Any) -> None:
    city = await pictured()
    async with screen(city, "wall") as socket:
        await socket.send(json.dumps({"op": "watch", "camera": "cam-02"}))
        await socket.send(json.dumps({"op": "subscribe", "topics": ["frame"]}))
        while json.loads(await socket.recv())["t"] != "sys.subscribed":
            pass
        assert not city.feed.hub.audience.watched()


async def test_a_screen_that_does_not_read_costs_nobody_anything(pictured: Any) -> None:
    city = await pictured(**PATIENT)
    lazy = Lazy(city.feed)
    await lazy.subscribe("frame", "event")
    await until(lambda: len(city.feed.hub.audience) == 1)
    async with screen(city) as socket:
        while not slow_sessions(city.feed):
            assert len(city.feed.hub.audience) == 2, "put out before it was held back"
            await city.show("cam-01", 1000, 20_000)
            assert (await shown(socket)).camera == "cam-01"
        session = slow_sessions(city.feed)[0]
        waiting = session.outbox.size
        for _ in range(50):
            newest = await city.show("cam-01", 1000, 20_000)
            assert (await shown(socket)).at_ms == newest
        assert session.outbox.size < waiting + 1000  # heartbeats, and no picture
        assert session.outbox.dropped == 0
        got = b""
        async for part in lazy.parts():
            got = (got + part)[-70_000:]
            if newest.to_bytes(8, "big") in got:
                break
        assert newest.to_bytes(8, "big") in got
    lazy.socket.close()


async def test_a_removed_camera_and_its_sources_leave_every_screen(pictured: Any) -> None:
    city = await pictured()
    latest, pictures = city.feed.world.latest, city.feed.hub.pictures
    async with city.feed.screen("source", "cam", who="operator") as seen:
        for camera in ("cam-01", "cam-03"):
            latest.put("source", f"traffic:{camera}", {"module": "traffic", "name": camera})
            latest.put("cam", camera, {"module": "camera", "state": "ok"})
        await seen.until(lambda: len(seen.state["cam"]) == 2 and len(seen.state["source"]) == 2)
        pictures.removed = frozenset({"cam-01"})
        pictures.on_removed()
        await seen.until(
            lambda: set(seen.state["cam"]) == {"cam-03"} and set(seen.state["source"]) == {"traffic:cam-03"}
        )
        latest.put("cam", "cam-01", {"module": "camera", "state": "lost"})  # a late word of its process
        latest.put("cam", "cam-03", {"module": "camera", "state": "lost"})
        await seen.until(lambda: seen.state["cam"]["cam-03"]["state"] == "lost")
        assert set(seen.state["cam"]) == {"cam-03"}


async def test_a_picture_taken_under_other_masks_is_nobodys_to_see() -> None:
    city = load_city(Path(__file__).parents[2] / "cities" / "thanh-hoa")
    masked = msgspec.structs.replace(city.cameras[0], masks=(Mask(id="nha", points=((0, 0), (0.5, 0), (0.5, 0.5))),))
    now = msgspec.structs.replace(city, cameras=(masked, *city.cameras[1:]))
    frames, handed_out = MemoryFrames(), list[Shown]()
    pictures = Pictures(frames, {})
    pictures.take_city(city)
    following = asyncio.create_task(pictures.follow(handed_out.append))
    tag, id = masked_as(mask.points for mask in masked.masks), masked.id

    async def show(at_ms: int, masks: str) -> None:
        await asyncio.sleep(0)
        await frames.show(Picture(id, at_ms, b"J", masks))
        for _ in range(5):
            await asyncio.sleep(0)

    await show(1, "")
    assert pictures.newest[id].at_ms == 1
    pictures.take_city(now)
    assert id not in pictures.newest, "what was taken before the mask is gone at once"
    await show(2, "")
    await show(3, tag)
    await show(4, masked_as([((0.1, 0), (0.5, 0), (0.5, 0.5))]))
    assert [one.at_ms for one in handed_out] == [1, 3]
    following.cancel()
