"""Faults that more than one scenario makes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psutil

from tests.chaos.night import Night

_STARTER = ThreadPoolExecutor(1, thread_name_prefix="chaos-servers")  # servers end with the thread that started them


async def by_starter(work: Callable[..., object], *values: object) -> None:
    """Does what starts a server, in the one thread that lasts as long as this process."""
    await asyncio.get_running_loop().run_in_executor(_STARTER, work, *values)


async def kill_postgres(night: Night, away_s: tuple[float, float] = (0.2, 2.0)) -> None:
    """SIGKILL of the postmaster and all its children, a while of nothing, and the start that recovers."""
    database = night.city.database
    assert database is not None and database.process is not None
    for one in night.city.database_processes():
        with suppress(psutil.NoSuchProcess):
            one.kill()
    database.process.wait(10)
    database.process = None
    await night.wait(*away_s)
    await by_starter(database.start)
