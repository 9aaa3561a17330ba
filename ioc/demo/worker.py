"""The simulator's process."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from gis.layers import read_wards
from ioc.city.profile import City, load_city
from ioc.core.clock import SystemClock
from ioc.demo.actors import Callers, Citizens
from ioc.demo.addresses import saved_feeds
from ioc.demo.background import CommunePolice, Newsroom, Posters
from ioc.demo.broker import Broker
from ioc.demo.client import DoorClient
from ioc.demo.crews import Crews
from ioc.demo.detectors import Detectors
from ioc.demo.director import Director, stories_of
from ioc.demo.doors import CityDoors
from ioc.demo.duty import DutyOperator
from ioc.demo.history import History
from ioc.demo.press import Press, saved_answer
from ioc.demo.recordings import Recordings
from ioc.demo.replay import recorded_requests
from ioc.demo.scenario.places import Finder
from ioc.demo.scenario.playing import Stage
from ioc.demo.script import Script
from ioc.demo.servers import serving
from ioc.demo.spots import Spots
from ioc.demo.studio import Studio
from ioc.demo.traffic import Traffic
from ioc.demo.truth import TruthBook
from ioc.demo.world import World
from ioc.host.children import Pulse
from ioc.host.city_map import holds_wards, wards_of_folder
from ioc.host.process import run_together, run_until_stopped
from ioc.logs import configure


def simulator_worker(script: Script, pulse: Pulse) -> None:
    """Runs the simulated city until SIGTERM."""
    configure("simulator", level="warning")

    async def main(stopping: asyncio.Event) -> None:
        await Simulation(script, load_city(script.city_dir, script.overlay)).run(stopping)

    run_until_stopped(main, pulse)


class Simulation:
    """The city's streets, cameras, press and people, and their rhythm."""

    def __init__(self, script: Script, city: City) -> None:
        self._script = script
        self._city = city
        self._chance = random.Random(script.seed)  # noqa: S311 - a story, no secret
        self._clock = SystemClock()
        self._world = World()
        self._traffic = Traffic(city, self._world, script.seed)
        own = read_wards(city.wards_file).wards
        data = script.data_dir
        self._wards = list(wards_of_folder(data, own) if data and holds_wards(data) else own)
        self._spots = Spots([ward.geometry for ward in self._wards], self._chance)
        saved = [saved_answer(path) for path in saved_feeds(script.data_dir)]
        self._press = Press([(feed.id, feed.name) for feed in city.media_feeds], saved)
        self._studio = Studio(city, self._world, self._traffic, self._clock)

    async def run(self, stopping: asyncio.Event) -> None:
        """Everyone at once."""
        client = DoorClient(self._script.base_url, self._script.key)
        broker = Broker(self._script.mqtt_url)
        base = f"http://127.0.0.1:{self._script.servers_port}"
        Newsroom(self._press, self._city.name.vi, self._ward_names, self._chance).open(self._clock.now())
        try:
            async with serving(
                self._script.servers_port, lambda feed: self._press.answer(feed, base), self._studio.frames
            ):
                tasks: list[Awaitable[None]] = [self._live(client, broker)]
                if broker.known:
                    tasks += [broker.run(), self._devices(broker)]
                await run_together(stopping, tasks)
        finally:
            await client.close()

    @property
    def _ward_names(self) -> list[str]:
        return [ward.name for ward in self._wards]

    async def _devices(self, broker: Broker) -> None:
        """Detectors speak from the first moment: nobody tells them that the city is ready."""
        recordings = Recordings(self._city, self._script.data_dir, self._clock, broker.publish)
        detectors = Detectors(self._city, self._traffic, self._world, self._clock, broker.publish)
        async with asyncio.TaskGroup() as devices:
            devices.create_task(detectors.run(but=recordings.detectors))
            devices.create_task(recordings.run())

    async def _live(self, client: DoorClient, broker: Broker) -> None:
        await client.wait_ready()
        doors = CityDoors(client, broker, self._chance)
        director = Director(self._stage(doors), self._city, self._script.state_dir)
        async with asyncio.TaskGroup() as lives:
            lives.create_task(director.obey())
            if self._script.cast == "everyone":
                lives.create_task(self._past(client, doors))
                lives.create_task(self._stories(director))
                lives.create_task(self._people(client, doors))

    async def _past(self, client: DoorClient, doors: CityDoors) -> None:
        """What the city remembers when it begins: the week on its roads, and some weeks of records."""
        now = self._clock.now()
        history = History(self._traffic, self._script.state_dir)
        if history.is_first:
            police = CommunePolice(self._spots, self._chance)
            await police.enter_past(doors, now, self._city.center, self._script.seed)
        await history.send(client, now)

    def _stage(self, doors: CityDoors) -> Stage:
        return Stage(
            doors=doors,
            world=self._world,
            press=self._press,
            finder=Finder(self._city, self._traffic.roads, self._wards, self._chance),
            truth=TruthBook(self._script.state_dir),
            clock=self._clock,
            chance=self._chance,
        )

    async def _stories(self, director: Director) -> None:
        script = self._script
        stories = stories_of(script.city_dir, self._city)
        await director.repeat(stories, script.first_story_s, script.stories_apart_s, script.stories_every_s)

    async def _people(self, client: DoorClient, doors: CityDoors) -> None:
        script, chance, now = self._script, self._chance, self._clock.now
        recorded = recorded_requests(script.data_dir) if script.data_dir else []
        citizens, callers = Citizens(self._city, self._spots, chance, recorded), Callers(self._spots, chance)
        posters = Posters(chance)
        newsroom = Newsroom(self._press, self._city.name.vi, self._ward_names, chance)
        police = CommunePolice(self._spots, chance)
        crews = Crews(self._city, chance)
        duty = DutyOperator(self._city, crews, chance)
        async with asyncio.TaskGroup() as people:
            people.create_task(self._now_and_then(lambda: citizens.speak(client), script.reports_every_s))
            people.create_task(self._now_and_then(lambda: callers.speak(client), script.calls_every_s))
            people.create_task(self._now_and_then(lambda: posters.speak(doors, now()), script.posts_every_s))
            people.create_task(self._now_and_then(lambda: police.enter(doors, now()), script.records_every_s))
            people.create_task(self._now_and_then(lambda: newsroom.write(now()), script.news_every_s))
            people.create_task(self._steadily(lambda: crews.report(client, now())))
            people.create_task(self._steadily(lambda: duty.work(client, now())))

    async def _now_and_then(self, act: Callable[[], Awaitable[None]], mean_s: float) -> None:
        while True:
            await act()
            await asyncio.sleep(min(self._chance.expovariate(1 / mean_s), 3 * mean_s))

    async def _steadily(self, act: Callable[[], Awaitable[None]]) -> None:
        while True:
            await act()
            await asyncio.sleep(self._script.positions_every_s)
