"""The desk's process: opens incidents from events."""

from __future__ import annotations

import asyncio
from functools import partial

from ioc.core.clock import iso
from ioc.core.text import Text
from ioc.host.announce import announce, part_health
from ioc.host.children import Pulse
from ioc.host.follower import Follower
from ioc.host.parts import Parts, open_parts
from ioc.host.process import run_together, run_until_stopped
from ioc.host.turns import turns_of
from ioc.incidents import CONSUMER, Desk, rule_of
from ioc.logs import configure
from ioc.settings import Settings
from ioc.store import Seated

TITLE = Text("Bàn trực", "Desk")


def desk_worker(settings: Settings, pulse: Pulse) -> None:
    """Runs the desk until SIGTERM."""
    configure("desk", level=settings.log_level)

    async def main(stopping: asyncio.Event) -> None:
        async with open_parts(settings, "desk") as parts:
            await turns_of(parts, CONSUMER).run(stopping, partial(_work, parts, stopping))

    run_until_stopped(main, pulse)


async def _work(parts: Parts, stopping: asyncio.Event, seated: Seated) -> None:
    desk = Desk(parts.city.id, parts.city.desk_severity, partial(rule_of, parts.city))
    follower = Follower(parts.store, CONSUMER, parts.owner, desk, parts.log, seated=seated)
    since = iso(parts.clock.now())

    async def health() -> dict[str, object]:
        return part_health(TITLE, since, going=follower.going, position=follower.position)

    following, telling = follower.run(parts.tail.after), announce(parts.store, CONSUMER, health, parts.log)
    await run_together(stopping, [following, telling])
