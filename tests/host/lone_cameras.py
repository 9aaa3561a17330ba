"""One worker of cameras on a machine of its own: `python -m tests.host.lone_cameras URL REDIS FOLDER PROFILE NUMBER`;
SIGTERM ends it. As its process runs it, without a supervisor."""

from __future__ import annotations

import asyncio
import base64
import sys
from pathlib import Path

from ioc.host.cameras import run_cameras
from ioc.host.children import Pulse
from ioc.host.parts import open_parts
from ioc.host.process import run_until_stopped
from ioc.settings import Settings
from tests.host.meters import MASTER_KEY


class Alone(Pulse):
    """Of a process that nobody watches."""

    def __init__(self) -> None:
        """There is no pipe."""

    def beat(self) -> None:
        """Nobody hears it."""


def run(url: str, redis: str, folder: str, profile: str, number: str) -> None:
    """Until SIGTERM."""
    values = {
        "mode": "demo",
        "city_dir": Path(profile),
        "state_dir": Path(folder),
        "database_url": url,
        "redis_url": redis,
        "personal_key": base64.b64encode(MASTER_KEY).decode(),
    }

    async def main(stopping: asyncio.Event) -> None:
        async with open_parts(Settings.model_validate(values), "cameras") as parts:
            await run_cameras(parts, int(number), stopping)

    run_until_stopped(main, Alone())


if __name__ == "__main__":
    run(*sys.argv[1:])
