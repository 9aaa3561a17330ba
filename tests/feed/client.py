"""A screen without a screen: the reference client of the feed, for tests of any part.

    async with FeedClient("ws://127.0.0.1:8000/feed", topics=["incident", "unit"]) as screen:
        await screen.until(lambda: "case-1" in screen.state["incident"])

It keeps what a wall keeps: `state[topic][key]` is the newest `d` of every thing, `upto` the last position it was told
it has everything up to. `reconnect()` goes on from there.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Self

import websockets
from websockets.asyncio.client import ClientConnection, connect

PATIENCE_S = 10.0


class FeedClient:
    """One subscription. Filters are those of `subscribe`: bbox, modules, severity."""

    def __init__(
        self,
        url: str,
        *,
        topics: Sequence[str],
        headers: Mapping[str, str] | None = None,
        origin: str | None = None,
        token: str | None = None,
        **filters: Any,
    ) -> None:
        self.url, self.topics, self.filters = url, tuple(topics), filters
        self.headers, self.origin, self.token = dict(headers or {}), origin, token
        self.state: dict[str, dict[str, Any]] = {topic: {} for topic in topics}
        self.times: dict[tuple[str, str], str] = {}
        self.messages: list[dict[str, Any]] = []
        self.frames: list[str] = []
        self.errors: list[dict[str, Any]] = []
        self.hello: dict[str, Any] = {}
        self.beat: dict[str, Any] = {}
        self.recovered: bool | None = None
        self.epoch: str | None = None
        self.upto: int | None = None
        self.dropped = 0
        self.close_code: int | None = None
        self._resume: dict[str, Any] = {}
        self._awaited: set[str] = set()
        self._told = 0
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._pulse = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def connect(self, **subscription: Any) -> None:
        """Connects and subscribes; returns without waiting for anything to arrive."""
        self.close_code, self.recovered, self.upto = None, None, None
        self._socket = await connect(
            self.url,
            additional_headers=self.headers,
            origin=self.origin,  # type: ignore[arg-type]
            compression=None,
            max_size=None,
            proxy=None,
        )
        self._reader = asyncio.create_task(self._read(self._socket))
        with suppress(websockets.ConnectionClosed):  # refused before we could speak: `close_code` tells
            if self.token is not None:
                await self.send({"op": "auth", "token": self.token})
            await self.subscribe(**subscription)

    async def subscribe(self, **more: Any) -> None:
        """Asks for the topics anew, with the filters and what else is given."""
        await self.send({"op": "subscribe", "topics": list(self.topics), **self.filters, **more})

    async def reconnect(self) -> None:
        """Connects again and goes on from the last `upto`."""
        await self.close()
        await self.connect(**self._resume)

    async def close(self) -> None:
        """Leaves."""
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            await self._reader

    async def send(self, message: Any) -> None:
        """Sends JSON, or text and bytes as they are."""
        assert self._socket is not None
        await self._socket.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def until(self, condition: Callable[[], Any], patience_s: float = PATIENCE_S) -> None:
        """Waits until something arrived that makes the condition true; fails with what is there instead."""
        try:
            async with asyncio.timeout(patience_s):
                while not condition():
                    self._pulse.clear()
                    await self._pulse.wait()
        except TimeoutError:
            raise AssertionError(
                f"waited in vain; last messages: {self.messages[-5:]}, closed {self.close_code}"
            ) from None

    async def until_upto(self, position: int) -> None:
        """Waits until everything up to a position has been given."""
        await self.until(lambda: self.upto is not None and self.upto >= position)

    async def until_closed(self) -> int:
        """Waits for the end and returns the close code."""
        await self.until(lambda: self.close_code is not None)
        assert self.close_code is not None
        return self.close_code

    async def _read(self, socket: ClientConnection) -> None:
        with suppress(websockets.ConnectionClosed):  # however it ended, `close_code` tells
            async for frame in socket:
                assert isinstance(frame, str)
                self.frames.append(frame)
                self.apply(json.loads(frame))
                self._pulse.set()
        self.close_code = socket.close_code
        self._pulse.set()

    def apply(self, message: dict[str, Any]) -> None:
        """What a screen does with one message."""
        self.messages.append(message)
        topic = message["t"]
        if topic.startswith("sys."):
            self._system(topic, message["d"])
        elif message["op"] == "snap":
            self.state[topic] = {item["k"]: item["d"] for item in message["d"]}
            self.times.update({(topic, item["k"]): item["ts"] for item in message["d"]})
            self._awaited.discard(topic)
            self._settle()
        elif message["op"] == "del":
            self.state[topic].pop(message["k"], None)
        else:
            self._put(topic, message)

    def _put(self, topic: str, message: dict[str, Any]) -> None:
        key = (topic, message["k"])
        if "position" not in message and message["k"] in self.state[topic] and message["ts"] < self.times.get(key, ""):
            return  # of a last-known value the newest source time wins
        self.times[key] = message["ts"]
        self.state[topic][message["k"]] = message["d"]

    def _system(self, topic: str, d: dict[str, Any]) -> None:
        if topic == "sys.hello":
            self.hello = d
        elif topic == "sys.subscribed":
            self._begin(d)
        elif topic == "sys.hb":
            self.beat, self._told = d, d["upto"]
            self._settle()
        elif topic == "sys.lag":
            self.dropped += d["dropped"]
        elif topic == "sys.error":
            self.errors.append(d)

    def _begin(self, d: dict[str, Any]) -> None:
        # Unless recovered, nothing is kept and no position counts until every snapshot is in.
        self.recovered, self.epoch, self._told = d["recovered"], d["epoch"], d["upto"]
        if not d["recovered"]:
            self.upto, self._resume = None, {}
            self._awaited = set(self.topics)
        self._settle()

    def _settle(self) -> None:
        if not self._awaited:
            self.upto = self._told
            self._resume = {"epoch": self.epoch, "since": self.upto}
