"""The frame every child runs in: an event loop, a heartbeat, and an orderly end on SIGTERM."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable

import uvloop

from ioc.host.children import HEARTBEAT_S, Pulse

SETTLED_S = 3.0


def run_until_stopped(main: Callable[[asyncio.Event], Awaitable[None]], pulse: Pulse) -> None:
    """Runs `main(stopping)`; SIGTERM sets `stopping`, and main is expected to end soon after."""
    uvloop.run(_frame(main, pulse))


async def _frame(main: Callable[[asyncio.Event], Awaitable[None]], pulse: Pulse) -> None:
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    asides = [asyncio.create_task(_beat(pulse)), asyncio.create_task(_settle())]
    try:
        await main(stopping)
    finally:
        for aside in asides:
            aside.cancel()


async def _beat(pulse: Pulse) -> None:
    while True:
        pulse.beat()
        await asyncio.sleep(HEARTBEAT_S)


async def _settle() -> None:
    """Once everything is loaded, tells the collector to leave it alone.

    The city, the routes and the libraries are some hundred thousand objects that live as long as the process; looking
    through them again and again stops the loop for a tenth of a second at a time.
    """
    await asyncio.sleep(SETTLED_S)
    gc.collect()
    gc.freeze()


async def run_together(stopping: asyncio.Event, tasks: list[Awaitable[None]]) -> None:
    """Runs all tasks until `stopping` is set or one of them fails, which is raised after the others were cancelled."""
    running = [asyncio.ensure_future(task) for task in tasks]
    waiter = asyncio.create_task(stopping.wait())
    try:
        done, _ = await asyncio.wait([waiter, *running], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {waiter}:
            task.result()
    finally:
        for task in [waiter, *running]:
            task.cancel()
        await asyncio.gather(waiter, *running, return_exceptions=True)
