"""Many screens in one process, cheap enough to watch a server with: they count messages and note when each came.

usage: python -m bench.screens PORT NUMBER SHARED_FILE count|stamp
On stdin: `quit`, or `report` which is answered by one line of JSON. The first 8 bytes of the shared file hold how many
messages of things (no `sys.` ones) all screens have received together.
"""

from __future__ import annotations

import asyncio
import mmap
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol, cast

import msgspec
import uvloop

from bench.children import READY

SUBSCRIBE = b'{"op":"subscribe","topics":["incident","event"]}'
ROLES = ("operator", "wall", "supervisor", "admin")  # one principal may have 64 screens at most
AT_ONCE = 50
_TEXT, _PING = 0x81, 0x89


def upgrade(*headers: str) -> str:
    """The request that opens the feed, with these headers of the caller's own."""
    usual = (
        "GET /feed HTTP/1.1",
        "Host: 127.0.0.1",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Version: 13",
    )
    return "\r\n".join([*usual, *headers, "", ""])


UPGRADE = upgrade("ioc-role: {role}")


class Counter:
    """A number that another process can read."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(8))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 8)

    @property
    def value(self) -> int:
        """The number."""
        return int.from_bytes(self._memory[:], "little")

    def set(self, value: int) -> None:
        """Changes it."""
        self._memory[:] = value.to_bytes(8, "little")


class Audience:
    """All screens of this process and what they have seen."""

    def __init__(self, number: int, counter: Counter, *, stamps: bool) -> None:
        self.number, self._counter, self._stamps = number, counter, stamps
        self.live = asyncio.Event()
        self._alive = 0
        self._count = 0
        self._seen: dict[bytes, list[float]] = {}

    def alive(self) -> None:
        """One more screen gets changes."""
        self._alive += 1
        if self._alive == self.number:
            self.live.set()

    def received(self, messages: Sequence[bytes]) -> None:
        """Messages of things came to one screen, in one read."""
        self._count += len(messages)
        self._counter.set(self._count)
        if self._stamps:
            now = time.time()
            for message in messages:
                self._seen.setdefault(message, []).append(now)

    def report(self) -> list[dict[str, Any]]:
        """Every message that came, with the times of its arrivals; from here on they are forgotten."""
        seen, self._seen = self._seen, {}
        return [_entry(message, arrivals) for message, arrivals in seen.items()]


def _entry(message: bytes, arrivals: list[float]) -> dict[str, Any]:
    said = msgspec.json.decode(message)
    d = said["d"]
    return {
        "topic": said["t"],
        "type": d.get("type"),
        "correlation": d.get("correlation"),
        "rt": said["rt"],
        "arrivals": arrivals,
    }


class Watcher(Protocol):
    """Who hears of what a screen gets."""

    def alive(self) -> None:
        """It gets changes from now on."""
        ...

    def received(self, messages: Sequence[bytes]) -> None:
        """Messages of things came, in one read."""
        ...


class Screen(asyncio.Protocol):
    """One WebSocket client."""

    def __init__(self, audience: Watcher, role: str) -> None:
        self._audience, self._role = audience, role
        self._transport: asyncio.Transport
        self._buffer = bytearray()
        self._open = False
        self._alive = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks to be upgraded."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self.upgrade())

    def upgrade(self) -> bytes:
        """The request to become a WebSocket."""
        return UPGRADE.format(role=self._role).encode()

    def subscription(self) -> bytes:
        """What it asks for."""
        return SUBSCRIBE

    def data_received(self, data: bytes) -> None:
        """The answer to the upgrade, then frames."""
        self._buffer += data
        if not self._open:
            self._shake_hands()
        if self._open:
            self._read_frames()

    def connection_lost(self, error: Exception | None) -> None:
        """A benchmark whose screens are thrown out is worth nothing."""
        print(f"a screen lost its connection: {error!r}", file=sys.stderr, flush=True)

    def _shake_hands(self) -> None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        if not self._buffer.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(bytes(self._buffer[:200]))
        del self._buffer[: end + 4]
        self._open = True
        self._transport.write(client_frame(_TEXT, self.subscription()))

    def _read_frames(self) -> None:
        buffer, at, things = self._buffer, 0, []
        while (place := _frame_at(buffer, at)) is not None:
            start, end = place
            if buffer[at] == _PING:
                self._transport.write(client_frame(0x8A, bytes(buffer[start:end])))
            elif not buffer.startswith(b'{"t":"sys.', start):
                # A snapshot is no news; a change has a key.
                if buffer.startswith(b'","k":', buffer.find(b'"', start + 6)):
                    things.append(bytes(buffer[start:end]))
            elif not self._alive and buffer.startswith(b'{"t":"sys.hb"', start):
                self._alive = True
                self._audience.alive()
            at = end
        del buffer[:at]
        if things:
            self._audience.received(things)


def _frame_at(buffer: bytearray, at: int) -> tuple[int, int] | None:
    """Where the payload of the next frame begins and ends; None while it is not all there. Servers do not mask."""
    if len(buffer) - at < 2:
        return None
    size, start = buffer[at + 1], at + 2
    if size >= 126:
        width = 2 if size == 126 else 8
        size = int.from_bytes(buffer[start : start + width], "big")
        start += width
    end = start + size
    return (start, end) if end <= len(buffer) else None


def client_frame(head: int, payload: bytes) -> bytes:
    """A frame as clients must send it, masked with zeros."""
    assert len(payload) < 126
    return bytes((head, 0x80 | len(payload))) + bytes(4) + payload


async def _main(port: int, number: int, path: Path, *, stamps: bool) -> None:
    loop = asyncio.get_running_loop()
    audience = Audience(number, Counter(path), stamps=stamps)
    for start in range(0, number, AT_ONCE):
        roles = [ROLES[index % len(ROLES)] for index in range(start, min(start + AT_ONCE, number))]
        made = [loop.create_connection(partial(Screen, audience, role), "127.0.0.1", port) for role in roles]
        await asyncio.gather(*made)
    await audience.live.wait()
    print(READY, flush=True)
    while (command := await loop.run_in_executor(None, sys.stdin.readline)).strip() == "report":
        sys.stdout.write(msgspec.json.encode(audience.report()).decode() + "\n")
        sys.stdout.flush()
    assert command.strip() in ("quit", "")


def main(port: str, number: str, path: str, kind: str) -> None:
    """Watches until told to quit."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_main(int(port), int(number), Path(path), stamps=kind == "stamp"))


if __name__ == "__main__":
    main(*sys.argv[1:])
