"""One machine that runs one module: `python -m tests.host.lone_machine URL FOLDER MODULES NAME`; SIGTERM ends it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import msgspec

import modules
from ioc.core.ids import new_id
from ioc.host.module_worker import run_module
from tests.host.meters import open_test_parts


async def run(url: str, folder: str, home: str, name: str) -> None:
    """As the module's worker does, without a supervisor."""
    modules.__path__.append(home)
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    async with open_test_parts(url, Path(folder), "") as parts:
        owner = f"module.{name}:{os.getpid()}:{new_id()[-6:]}"
        await run_module(msgspec.structs.replace(parts, owner=owner), name, stopping)


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
