"""A running feed on a free loopback port, and screens that look at it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
import uvicorn

from ioc.feed.hub import Hub
from ioc.feed.options import Options
from ioc.feed.ports import Sources
from ioc.feed.protocol import gateway
from tests.feed.client import FeedClient
from tests.feed.world import World

QUICK = {
    "city": "test",
    "build": "b1",
    "beat_s": 0.03,
    "poll_s": 0.01,
    "rights_s": 0.05,
    "retry_s": 0.01,
    "close_s": 1.0,
}


class Feed:
    """A served hub."""

    def __init__(self, hub: Hub, world: World, port: int, server: uvicorn.Server) -> None:
        self.hub, self.world, self.port, self.server = hub, world, port, server
        self.url = f"ws://127.0.0.1:{port}/feed"

    def screen(self, *topics: str, who: str = "operator", **filters: Any) -> FeedClient:
        wanted = topics or ("incident", "event", "unit", "kpi", "module")
        return FeedClient(self.url, topics=wanted, headers={"Cookie": f"session={who}"}, **filters)


async def page(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def serve(world: World, sources: Sources | None = None, **options: Any) -> AsyncIterator[Feed]:
    limits, who = Options(**{**QUICK, **options}), world.authenticate
    hub = Hub(limits, sources or world.sources, authenticate=who, recheck=who)
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(page, ws=gateway(hub), lifespan="off", log_level="error", timeout_graceful_shutdown=3)
    server = uvicorn.Server(config)
    await hub.start()
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with asyncio.timeout(5):
            while not server.started:
                await asyncio.sleep(0.005)
        yield Feed(hub, world, listener.getsockname()[1], server)
    finally:
        server.should_exit = True
        await running
        await hub.stop()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def feeds(world: World) -> AsyncIterator[Callable[..., Awaitable[Feed]]]:
    """Starts feeds with the options given."""
    async with AsyncExitStack() as stack:

        async def start(**options: Any) -> Feed:
            return await stack.enter_async_context(serve(world, **options))

        yield start


@pytest.fixture
async def feed(feeds: Callable[..., Awaitable[Feed]]) -> Feed:
    return await feeds()
