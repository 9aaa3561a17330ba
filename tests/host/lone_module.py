"""One module in a process of its own, to be killed: `python -m tests.host.lone_module URL FOLDER MODULES MQTT NAME`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import modules
from ioc.host.discovery import find_modules
from ioc.host.module_worker import RunningModule
from tests.host.meters import open_test_parts


async def run(sqlite_url: str, folder: str, home: str, mqtt_url: str, name: str) -> None:
    """Runs until it is killed."""
    modules.__path__.append(home)
    async with open_test_parts(sqlite_url, Path(folder), mqtt_url) as parts:
        await RunningModule(parts, find_modules()[name]).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
