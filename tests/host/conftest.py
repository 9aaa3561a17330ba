"""A module running in its real host, on a real store."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from ioc.bus import MemoryBus, Tail
from ioc.host.follower import Follower
from ioc.host.ports import free_port
from ioc.store import Store
from tests.host.following import Marks
from tests.servers import wait_until

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[int]:
    """A real MQTT broker on a free port of loopback."""
    port = free_port()
    config = tmp_path / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n", encoding="utf-8")
    process = subprocess.Popen(
        ["/usr/sbin/mosquitto", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: _answers(port), "the MQTT broker answers")
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def files_of_page(page: Path) -> dict[str, str]:
    """The files a how-to page tells its reader to write: fenced blocks marked `file=NAME`."""
    text = page.read_text(encoding="utf-8")
    return {name: body for name, body in re.findall(r"```\w+ file=(\S+)\n(.*?)```", text, re.S)}


@pytest.fixture
def tail(sqlite_store: Store) -> Tail:
    return Tail(sqlite_store, MemoryBus())


@pytest.fixture
async def follow(sqlite_store: Store, tail: Tail) -> AsyncIterator:
    """Starts a follower over a step; all of them end with the test."""
    tasks: list[asyncio.Task[None]] = []

    def start(step: Marks, owner: str = "one") -> Follower:
        follower = Follower(sqlite_store, "test", owner, step, structlog.get_logger())
        tasks.append(asyncio.create_task(follower.run(tail.after)))
        return follower

    yield start
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
