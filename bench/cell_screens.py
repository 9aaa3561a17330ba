"""Walls of one city in production, each of which looks at one cell of a grid: what came to each, and how late.

usage: python -m bench.cell_screens PORT NUMBER KEYS_FILE
On stdin: `quit`, or `report` which is answered by one line of JSON: see `Digest`. KEYS_FILE holds walls' keys, one a
line, of which one serves at most 64 screens.
"""

from __future__ import annotations

import asyncio
import sys
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from bench.appender import TAKEN
from bench.cells import CELLS, box_of
from bench.children import READY
from bench.frame import percentile
from bench.screens import Screen, upgrade

AT_ONCE = 50
RETRY_S = 0.5
PER_KEY = 64
PER_ADDRESS = 200
UPGRADE = upgrade("X-Forwarded-For: {address}", "Authorization: Bearer {key}")


class What(msgspec.Struct):
    """The part of an event that is looked at."""

    type: str


class Message(msgspec.Struct):
    """The part of a change that is looked at."""

    position: int
    rt: datetime
    d: What


class Digest(msgspec.Struct):
    """What came, screen by screen: how many events and the sum of their positions. Lags in ms, of all deliveries."""

    counts: list[int]
    sums: list[int]
    lag_p99: float
    lag_max: float
    lost: int


class Walls:
    """All screens of this process."""

    def __init__(self, number: int) -> None:
        self.lags = array("f")
        self.lost = 0
        self.seen = [Seen(self) for _ in range(number)]

    def digest(self) -> Digest:
        """What came until now."""
        return Digest(
            counts=[one.count for one in self.seen],
            sums=[one.positions for one in self.seen],
            lag_p99=percentile(self.lags, 99) if self.lags else 0.0,
            lag_max=max(self.lags, default=0.0),
            lost=self.lost,
        )


@dataclass
class Seen:
    """What one screen was sent; it stands between the screen and all of them."""

    walls: Walls
    count: int = 0
    positions: int = 0
    live: bool = False
    turned: asyncio.Event = field(default_factory=asyncio.Event)  # it became live, or was put out
    _decode: Any = field(default_factory=lambda: msgspec.json.Decoder(Message).decode)

    def alive(self) -> None:
        """It gets changes."""
        self.live = True
        self.turned.set()

    def gone(self) -> None:
        """It was put out: told in the report, unless it only has to come again because it never got in."""
        self.walls.lost += self.live
        self.turned.set()

    def received(self, messages: Sequence[bytes]) -> None:
        """Changes came."""
        now = time.time()
        for text in messages:
            message = self._decode(text)
            if message.d.type != TAKEN:
                continue  # the platform's own events belong to no module and are shown to all
            self.count += 1
            self.positions += message.position
            self.walls.lags.append((now - message.rt.timestamp()) * 1000)


class CellScreen(Screen):
    """One wall with a key and a cell."""

    def __init__(self, seen: Seen, number: int, key: str) -> None:
        super().__init__(seen, "wall")
        self._seen, self._number, self._key = seen, number, key

    def upgrade(self) -> bytes:
        """With its key, from an address it shares with others."""
        address = f"198.18.0.{self._number // PER_ADDRESS + 1}"
        return UPGRADE.format(address=address, key=self._key).encode()

    def subscription(self) -> bytes:
        """The notes of its cell; what other modules say and has no place would be shown in every cell."""
        box = ",".join(f"{degrees:.4f}" for degrees in box_of(self._number % CELLS))
        return f'{{"op":"subscribe","topics":["event"],"modules":["notes"],"bbox":[{box}]}}'.encode()

    def connection_lost(self, error: Exception | None) -> None:
        """Put out."""
        self._seen.gone()


async def _bring(seen: Seen, number: int, key: str, port: int) -> None:
    """Connects one wall until it is live, as walls do: a busy server may turn one away at first."""
    loop = asyncio.get_running_loop()
    while not seen.live:
        seen.turned.clear()
        await loop.create_connection(partial(CellScreen, seen, number, key), "127.0.0.1", port)
        await seen.turned.wait()
        if not seen.live:
            await asyncio.sleep(RETRY_S)


async def _main(port: int, number: int, keys: list[str]) -> None:
    loop = asyncio.get_running_loop()
    walls = Walls(number)
    for start in range(0, number, AT_ONCE):
        some = range(start, min(start + AT_ONCE, number))
        await asyncio.gather(*(_bring(walls.seen[one], one, keys[one // PER_KEY], port) for one in some))
    print(READY, flush=True)
    while (command := await loop.run_in_executor(None, sys.stdin.readline)).strip() == "report":
        sys.stdout.write(msgspec.json.encode(walls.digest()).decode() + "\n")
        sys.stdout.flush()
    assert command.strip() in ("quit", "")


def main(port: str, number: str, keys: str) -> None:
    """Watches until told to quit."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_main(int(port), int(number), Path(keys).read_text(encoding="ascii").split()))


if __name__ == "__main__":
    main(*sys.argv[1:])
