"""Who gives no sign of life is put out once, and by the right name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from ioc.feed.keepalive import Keepalive
from ioc.feed.options import Options


@dataclass
class Line:
    """What the keepalive did with its connection."""

    did: list[str] = field(default_factory=list)
    asked: bytes = b""
    happened: asyncio.Event = field(default_factory=asyncio.Event)

    def ping(self, payload: bytes) -> None:
        self.asked = payload
        self.note("ping")

    def note(self, what: str) -> None:
        self.did.append(what)
        self.happened.set()

    async def next(self) -> str:
        async with asyncio.timeout(20):
            await self.happened.wait()
        self.happened.clear()
        return self.did[-1]


Kept = tuple[Keepalive, Line]


@pytest.fixture
async def kept() -> Callable[[], Kept]:
    def make() -> Kept:
        line = Line()
        options = Options(city="thanh-hoa", build="test", ping_s=0.02, pong_s=0.02)
        alive = Keepalive(
            options, ping=line.ping, silent=lambda: line.note("silent"), stalled=lambda: line.note("stalled")
        )
        alive.start()
        return alive, line

    return make


async def test_no_answer_to_a_ping_is_silence(kept: Callable[[], Kept]) -> None:
    _, line = kept()
    assert await line.next() == "ping"
    assert await line.next() == "silent"


async def test_an_answer_begins_anew_and_a_foreign_one_does_not(kept: Callable[[], Kept]) -> None:
    alive, line = kept()
    assert await line.next() == "ping"
    alive.pong(line.asked)
    assert await line.next() == "ping"
    alive.pong(b"another")
    assert await line.next() == "silent"


async def test_held_back_from_the_start_is_stalled_without_a_ping(kept: Callable[[], Kept]) -> None:
    alive, line = kept()
    alive.paused()
    assert await line.next() == "stalled"
    assert line.did == ["stalled"]


async def test_held_back_after_an_unanswered_ping_gets_no_second_time(kept: Callable[[], Kept]) -> None:
    alive, line = kept()
    assert await line.next() == "ping"
    alive.paused()
    assert await line.next() == "stalled"
    assert line.did == ["ping", "stalled"]


async def test_taking_data_again_is_a_sign_of_life(kept: Callable[[], Kept]) -> None:
    alive, line = kept()
    assert await line.next() == "ping"
    alive.paused()
    alive.resumed()
    assert await line.next() == "ping"


async def test_nothing_happens_after_the_end(kept: Callable[[], Kept]) -> None:
    alive, line = kept()
    other, its = kept()
    alive.paused()
    alive.stop()
    alive.resumed()
    assert await its.next() == "ping"
    assert await its.next() == "silent"
    other.stop()
    assert line.did == []
