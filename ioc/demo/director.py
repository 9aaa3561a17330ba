"""Which story is told when: the city's own stories in turn, and those asked for by a file laid down in a folder."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import msgspec
import structlog

from ioc.city.profile import City
from ioc.core.ids import new_id
from ioc.demo.scenario.checks import Known
from ioc.demo.scenario.model import CameraFaultStep, GatheringStep, IntruderStep, Scenario
from ioc.demo.scenario.playing import Stage, Telling
from ioc.demo.scenario.reading import ScenarioInvalid, read_scenario

ORDERS = "orders"
STORIES = "scenarios"
LOOK_S = 0.5
PAUSE_S = 120.0  # at least so long all is well again before a story begins anew

_log = structlog.get_logger("simulator")


class Order(msgspec.Struct, frozen=True):
    """A story asked for: the text of its file, and how much quicker than written it is told."""

    text: str
    speed: float = 1.0


class Director:
    """Tells stories on one stage."""

    def __init__(self, stage: Stage, city: City, state_dir: Path) -> None:
        self._stage = stage
        self._city = city
        self._orders = state_dir / ORDERS
        self._turns: dict[str, int] = {}

    async def repeat(self, stories: Sequence[Scenario], first_s: float, apart_s: float, every_s: float) -> None:
        """Tells each story again and again, for ever, each time at the next of its places; they begin `apart_s` apart,
        and each begins anew after `every_s` or its own length."""
        async with asyncio.TaskGroup() as tellings:
            for number, story in enumerate(stories):
                tellings.create_task(self._again(story, first_s + number * apart_s, every_s))

    async def _again(self, story: Scenario, first_s: float, every_s: float) -> None:
        await asyncio.sleep(first_s)
        while True:
            await self._tell(story, new_id(), 1.0)
            await asyncio.sleep(max(every_s - story.length_s, PAUSE_S))

    async def obey(self) -> None:
        """Tells what is asked for in the folder of orders, as it comes."""
        self._orders.mkdir(parents=True, exist_ok=True, mode=0o700)
        async with asyncio.TaskGroup() as tellings:
            while True:
                for path in sorted(self._orders.glob("*.json")):
                    order = msgspec.json.decode(path.read_bytes(), type=Order)
                    path.unlink()
                    tellings.create_task(self._told(order, path.stem))
                await asyncio.sleep(LOOK_S)

    async def _told(self, order: Order, run: str) -> None:
        try:
            story = read_scenario(order.text, run, self._city, Known())
        except ScenarioInvalid as invalid:
            _log.warning("a story cannot be told", run=run, mistakes=_named(invalid))
            return
        await self._tell(story, run, order.speed)

    async def _tell(self, story: Scenario, run: str, speed: float) -> None:
        turn = self._turns.get(story.head.id, 0)
        self._turns[story.head.id] = turn + 1
        await Telling(self._stage, story, run, turn, speed).tell()


def lay_order(state_dir: Path, run: str, order: Order) -> None:
    """Asks the simulator of a running city for a story; it appears whole or not at all."""
    folder = state_dir / ORDERS
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f"{run}.draft"
    draft.write_text(json.dumps(msgspec.to_builtins(order)), encoding="utf-8")
    draft.rename(folder / f"{run}.json")


def stories_of(city_dir: Path, city: City) -> list[Scenario]:
    """The stories that come with a profile, by the names of their files; those that cannot be told are left out, and
    those that need people before a camera which shows a clip."""
    stories = []
    for path in sorted((city_dir / STORIES).glob("*.toml")):
        try:
            story = read_scenario(path.read_text(encoding="utf-8"), path.name, city, Known())
        except ScenarioInvalid as invalid:
            _log.warning("a story cannot be told", file=path.name, mistakes=_named(invalid))
            continue
        if not _on_clips(story, city):
            stories.append(story)
    return stories


def _on_clips(story: Scenario, city: City) -> bool:
    clips = {camera.id for camera in city.cameras if camera.source.startswith("file:")}
    acted = {step.place for step in story.steps if isinstance(step, GatheringStep | IntruderStep | CameraFaultStep)}
    return any(row.camera in clips for id in acted for row in story.places[id])


def _named(invalid: ScenarioInvalid) -> list[str]:
    return [f"{one.field}: {one.text.vi} / {one.text.en}" for one in invalid.mistakes]
