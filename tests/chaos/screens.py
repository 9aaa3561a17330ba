"""Screens of the city: what each was sent, connection by connection, for the checker to judge."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psutil
import websockets
from websockets.asyncio.client import ClientConnection, connect

from tests.chaos.world import World
from tests.production.installation import PUBLIC_NAME

RETRY_S = 0.2
DEAD_S = 6.0  # no heartbeat for so long: a wall connects anew
TOPICS = ["incident", "event"]


@dataclass(slots=True)
class Connection:
    """What one connection was told. `seen` are (position, key) of events in the order they came; `beats` pairs of
    `upto` and how many were seen before it; `floor` is where a snapshot stands, or what was asked to go on from."""

    recovered: bool | None = None
    asked: int | None = None
    floor: int = 0
    seen: list[tuple[int, str]] = field(default_factory=list)
    snapshot: set[str] = field(default_factory=set)
    beats: list[tuple[int, int]] = field(default_factory=list)
    closed: int | None = None
    began: float = field(default_factory=time.monotonic)
    ended: float = 0.0


class Screen:
    """One wall: it stays connected, goes on from its last `upto`, and forgets nothing it was told."""

    def __init__(self, city: World, number: int, *, restless: random.Random | None = None) -> None:
        self._city, self.number, self._restless = city, number, restless
        self._port = city.door_port
        self.connections: list[Connection] = []
        self.upto: int | None = None
        self._epoch: str | None = None
        self._awaits: set[str] = set()
        self._leaving = asyncio.Event()
        self._socket: ClientConnection | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._live())

    async def stop(self) -> None:
        self._leaving.set()
        if self._socket is not None:
            await self._socket.close()
        if self._task is not None:
            await self._task

    async def drop(self) -> None:
        """The connection is lost, as by a pulled cable; it connects anew by itself."""
        if self._socket is not None:
            self._socket.transport.abort()

    @property
    def recovered(self) -> int:
        return sum(one.recovered is True for one in self.connections)

    async def _live(self) -> None:
        while not self._leaving.is_set():
            with contextlib.suppress(OSError, TimeoutError, websockets.WebSocketException):
                await self._connect()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._leaving.wait(), RETRY_S)

    async def _connect(self) -> None:
        address = f"198.19.{self.number // 200}.{self.number % 200 + 1}"
        headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": address}
        headers["Authorization"] = f"Bearer {self._city.wall_keys[self.number % len(self._city.wall_keys)]}"
        plain: dict[str, Any] = {"compression": None, "max_size": None, "proxy": None, "open_timeout": 5}
        where = {"host": "127.0.0.1", "port": self._port}
        async with connect(f"ws://{PUBLIC_NAME}/feed", additional_headers=headers, **where, **plain) as wire:
            self._socket = wire
            told = Connection(asked=self.upto)
            self.connections.append(told)
            resume = {"epoch": self._epoch, "since": self.upto} if self.upto is not None else {}
            await wire.send(json.dumps({"op": "subscribe", "topics": TOPICS, **resume}))
            try:
                await self._listen(wire, told)
            finally:
                told.closed, told.ended, self._socket = wire.close_code, time.monotonic(), None

    async def _listen(self, wire: ClientConnection, told: Connection) -> None:
        until = self._restless.uniform(1, 8) if self._restless else None
        began = time.monotonic()
        while not self._leaving.is_set():
            async with asyncio.timeout(DEAD_S):
                message = json.loads(await wire.recv())
            self._take(message, told)
            if until is not None and time.monotonic() - began > until:
                wire.transport.abort()
                return

    def _take(self, message: dict[str, Any], told: Connection) -> None:
        topic, d = message["t"], message.get("d")
        if topic == "sys.subscribed":
            told.recovered, told.floor, self._epoch = d["recovered"], d["upto"], d["epoch"]
            self._awaits = set() if d["recovered"] else set(TOPICS)
        elif topic == "sys.hb":
            if told.recovered is not None and not self._awaits:
                told.beats.append((d["upto"], len(told.seen)))
                self.upto = d["upto"]
        elif message.get("op") == "snap":
            self._awaits.discard(topic)
            if topic == "event":
                told.snapshot |= {item["k"] for item in d}
        elif topic == "event":
            told.seen.append((message["position"], message["k"]))


class Stalled:
    """A client that subscribes and then never reads again."""

    def __init__(self, city: World, number: int) -> None:
        self._city, self._number = city, number
        self._socket: socket.socket | None = None
        self.stalled_at = 0.0

    async def begin(self) -> None:
        """Connects by hand, with the smallest room to receive, and stops reading once it is signed in."""
        loop = asyncio.get_running_loop()
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        raw.setblocking(False)
        await loop.sock_connect(raw, ("127.0.0.1", self._city.port))
        lines = (
            "GET /feed HTTP/1.1",
            f"Host: {PUBLIC_NAME}",
            "X-Forwarded-Proto: https",
            f"X-Forwarded-For: 198.20.0.{self._number + 1}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            f"Authorization: Bearer {self._city.wall_keys[0]}",
            "\r\n",
        )
        await loop.sock_sendall(raw, "\r\n".join(lines).encode())
        async with asyncio.timeout(10):
            answer = await loop.sock_recv(raw, 200)
        if b" 101 " not in answer:
            raise RuntimeError(f"no feed: {answer!r}")
        await loop.sock_sendall(raw, _masked(json.dumps({"op": "subscribe", "topics": TOPICS}).encode()))
        self._socket, self.stalled_at = raw, time.monotonic()

    def dropped(self) -> bool:
        """Whether the web process has let go of it. Our own end cannot tell: the kernel still holds what was sent."""
        assert self._socket is not None
        port = self._socket.getsockname()[1]
        held = psutil.Process(self._city.pid_of("api")).net_connections("tcp")
        return not any(one.raddr and one.raddr.port == port for one in held)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()


def _masked(payload: bytes) -> bytes:
    """One text frame as a client sends it, with a mask of zeros."""
    return bytes([0x81, 0x80 | len(payload)]) + b"\0\0\0\0" + payload


async def dropped_in_time(stalled: Sequence[Stalled], limit_s: float) -> list[float | None]:
    """After how many seconds each was dropped; None for one that was not."""
    took: dict[int, float] = {}
    until = time.monotonic() + limit_s
    while len(took) < len(stalled) and time.monotonic() < until:
        for index, one in enumerate(stalled):
            if index not in took and one.dropped():
                took[index] = time.monotonic() - one.stalled_at
        await asyncio.sleep(0.2)
    return [took.get(index) for index in range(len(stalled))]
