"""Pictures of cameras from the process that takes them to the processes that show them.

They are called out, not kept: who does not listen misses them, and a minute later nobody wants them. Before each stand
the masks it was taken under: one byte version, one byte length, ASCII. The rest goes to the screens as it is: one byte
version, one byte length of the camera's id, the id in ASCII, eight bytes of Unix milliseconds (big-endian), JPEG.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Collection
from typing import Any, Protocol

import msgspec

from ioc.bus.keys import frames_channel, watch_channel
from ioc.bus.ports import BusUnavailable
from ioc.bus.reaching import AWAY, Server
from ioc.core.cancelling import cancellation_kept

VERSION = 1
UNDER = 2  # the version of a picture with its masks before it
AGAIN_S = 0.5  # a server that is away is tried again after so long
LISTEN_S = 1.0
MOST_ID = 64
_TIME = struct.Struct(">Q")
_watched: msgspec.json.Decoder[list[str]] = msgspec.json.Decoder(list[str])


class Picture(msgspec.Struct, frozen=True):
    """One picture: of which camera, when it was taken (Unix milliseconds), JPEG, and under which `masks`
    (see `ioc.city.masked`)."""

    camera: str
    at_ms: int
    jpeg: bytes
    masks: str = ""

    def travelling(self) -> bytes:
        """As it travels to the processes that show it."""
        masks = self.masks.encode("ascii")
        return bytes([UNDER, len(masks)]) + masks + self.packed()

    def packed(self) -> bytes:
        """As a screen gets it."""
        id = self.camera.encode("ascii")
        return bytes([VERSION, len(id)]) + id + _TIME.pack(self.at_ms) + self.jpeg


def arrived(data: bytes) -> Picture | None:
    """The picture that travelled; None when it is none of this version."""
    if len(data) < 2 or data[0] != UNDER or not data[2 : 2 + data[1]].isascii():
        return None
    picture = unpacked(data[2 + data[1] :])
    return picture and msgspec.structs.replace(picture, masks=data[2 : 2 + data[1]].decode("ascii"))


def unpacked(data: bytes) -> Picture | None:
    """The picture as a screen gets it; None when it is none of this version."""
    if len(data) < 2 or data[0] != VERSION:
        return None
    end = 2 + data[1]
    if len(data) <= end + _TIME.size or not data[2:end].isascii():
        return None
    return Picture(data[2:end].decode("ascii"), _TIME.unpack_from(data, end)[0], data[end + _TIME.size :])


class Frames(Protocol):
    """Carries pictures one way and the wish to see some of them more often the other way."""

    async def show(self, picture: Picture) -> None:
        """Calls a picture out; raises BusUnavailable."""
        ...

    def pictures(self) -> AsyncIterator[Picture]:
        """Every picture that is called out from now on, for ever; waits while nothing can be heard."""
        ...

    async def watch(self, cameras: Collection[str]) -> None:
        """Says which cameras somebody looks at just now; say it again every few seconds. Raises BusUnavailable."""
        ...

    def watched(self) -> AsyncIterator[list[str]]:
        """What the processes that show say they look at, as they say it, for ever."""
        ...

    async def close(self) -> None:
        """Lets the connections go."""
        ...


class RedisFrames:
    """Over publish and subscribe of one Redis server, reached as `RedisBus` is."""

    def __init__(self, url: str, *, city: str) -> None:
        self._frames, self._watch = frames_channel(city), watch_channel(city)
        self._server = Server(url)
        self._redis = self._server.redis

    async def show(self, picture: Picture) -> None:
        """See Frames."""
        await self._publish(self._frames, picture.travelling())

    async def pictures(self) -> AsyncIterator[Picture]:
        """See Frames."""
        async for data in self._heard(self._frames):
            picture = arrived(data)
            if picture is not None:
                yield picture

    async def watch(self, cameras: Collection[str]) -> None:
        """See Frames."""
        await self._publish(self._watch, msgspec.json.encode(sorted(cameras)))

    async def watched(self) -> AsyncIterator[list[str]]:
        """See Frames."""
        async for data in self._heard(self._watch):
            try:
                yield _watched.decode(data)
            except msgspec.MsgspecError:
                continue  # of another version of this product

    async def close(self) -> None:
        """See Frames."""
        await self._server.close()

    async def _publish(self, channel: str, data: bytes) -> None:
        try:
            with cancellation_kept():
                await self._redis.publish(channel, data)
        except AWAY as error:
            raise BusUnavailable(f"{type(error).__name__}: {error}") from error

    async def _heard(self, channel: str) -> AsyncIterator[bytes]:
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as listening:
                    await listening.subscribe(channel)
                    while True:
                        said: Any = await listening.get_message(timeout=LISTEN_S)
                        if said is not None and isinstance(said.get("data"), bytes):
                            yield said["data"]
            except AWAY:
                await asyncio.sleep(AGAIN_S)


class MemoryFrames:
    """Within one process, held to the same tests as the one on Redis."""

    def __init__(self) -> None:
        self._ears: dict[str, set[asyncio.Queue[Any]]] = {"frames": set(), "watch": set()}

    async def show(self, picture: Picture) -> None:
        """See Frames."""
        self._call("frames", picture)

    def pictures(self) -> AsyncIterator[Picture]:
        """See Frames."""
        return self._listen("frames")

    async def watch(self, cameras: Collection[str]) -> None:
        """See Frames."""
        self._call("watch", sorted(cameras))

    def watched(self) -> AsyncIterator[list[str]]:
        """See Frames."""
        return self._listen("watch")

    async def close(self) -> None:
        """See Frames."""

    def _call(self, channel: str, said: Any) -> None:
        for ear in self._ears[channel]:
            ear.put_nowait(said)

    async def _listen(self, channel: str) -> AsyncIterator[Any]:
        ear: asyncio.Queue[Any] = asyncio.Queue()
        self._ears[channel].add(ear)
        try:
            while True:
                yield await ear.get()
        finally:
            self._ears[channel].discard(ear)
