"""The simulator's process."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from gis.layers import read_wards
from ioc.city.profile import City, load_city
from ioc.core.clock import SystemClock
from ioc.demo.actors import Callers, Citizens, DutyOperator, Patrols
from ioc.demo.client import DoorClient
from ioc.demo.replay import recorded_requests
from ioc.demo.script import Script
from ioc.demo.spots import Spots
from ioc.host.children import Pulse
from ioc.host.process import run_together, run_until_stopped
from ioc.logs import configure


def simulator_worker(script: Script, pulse: Pulse) -> None:
    """Runs the simulated city until SIGTERM."""
    configure("simulator", level="warning")

    async def main(stopping: asyncio.Event) -> None:
        await Simulation(script, load_city(script.city_dir)).run(stopping)

    run_until_stopped(main, pulse)


class Simulation:
    """The actors and their rhythm."""

    def __init__(self, script: Script, city: City) -> None:
        self._script = script
        self._chance = random.Random(script.seed)  # noqa: S311 - a story, no secret
        self._clock = SystemClock()
        spots = Spots([ward.geometry for ward in read_wards(city.wards_file).wards], self._chance)
        recorded = recorded_requests(script.data_dir) if script.data_dir else []
        self._citizens = Citizens(city, spots, self._chance, recorded)
        self._callers = Callers(spots, self._chance)
        self._patrols = Patrols(city, self._chance)
        self._duty = DutyOperator(city, self._chance)

    async def run(self, stopping: asyncio.Event) -> None:
        """Everyone at once."""
        client = DoorClient(self._script.base_url, self._script.key)
        try:
            await run_together(stopping, [self._everyone(client)])
        finally:
            await client.close()

    async def _everyone(self, client: DoorClient) -> None:
        await client.wait_ready()
        script = self._script
        async with asyncio.TaskGroup() as actors:
            actors.create_task(self._now_and_then(lambda: self._citizens.speak(client), script.reports_every_s))
            actors.create_task(self._now_and_then(lambda: self._callers.speak(client), script.calls_every_s))
            actors.create_task(self._steadily(lambda: self._patrols.report(client, self._clock.now())))
            actors.create_task(self._steadily(lambda: self._duty.work(client, self._clock.now())))

    async def _now_and_then(self, act: Callable[[], Awaitable[None]], mean_s: float) -> None:
        while True:
            await act()
            await asyncio.sleep(min(self._chance.expovariate(1 / mean_s), 3 * mean_s))

    async def _steadily(self, act: Callable[[], Awaitable[None]]) -> None:
        while True:
            await act()
            await asyncio.sleep(self._script.positions_every_s)
