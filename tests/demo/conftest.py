"""One city to simulate, and doors that only remember."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gis.layers import read_wards
from ioc.city.profile import City, load_city
from ioc.core.clock import SetClock, SystemClock
from ioc.demo.press import Press
from ioc.demo.roads import Roads
from ioc.demo.scenario.places import Finder
from ioc.demo.scenario.playing import Stage
from ioc.demo.traffic import Traffic
from ioc.demo.truth import TruthBook
from ioc.demo.world import World

ROOT = Path(__file__).resolve().parents[2]
THANH_HOA = ROOT / "cities" / "thanh-hoa"
MORNING = datetime(2026, 11, 23, 0, 10, tzinfo=UTC)  # a Monday, 07:10 in the city


class Doors:
    """Takes everything and remembers it."""

    def __init__(self) -> None:
        self.said: list[tuple[str, Any]] = []

    def of(self, kind: str) -> list[Any]:
        return [what for one, what in self.said if one == kind]

    async def call(self, body: dict[str, Any]) -> None:
        self.said.append(("call", body))

    async def report(self, form: dict[str, Any]) -> None:
        self.said.append(("report", form))

    async def post(self, text: str, at: datetime) -> None:
        self.said.append(("post", text))

    async def record(self, type: str, method: str, at: datetime, place: tuple[float, float], key: str = "") -> None:
        self.said.append(("record", (type, method, place, key)))

    async def analytics(self, camera: str, topic: str, begins: bool, at: datetime) -> None:
        self.said.append(("analytics", (camera, topic, begins)))


@pytest.fixture(scope="session")
def city() -> City:
    return load_city(THANH_HOA, THANH_HOA / "demo")


@pytest.fixture
def clock() -> SetClock:
    return SetClock(MORNING)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def traffic(city: City, world: World) -> Traffic:
    return Traffic(city, world, seed=1)


@pytest.fixture
def doors() -> Doors:
    return Doors()


@pytest.fixture
def press(city: City) -> Press:
    return Press([(feed.id, feed.name) for feed in city.media_feeds])


@pytest.fixture
def stage(city: City, world: World, press: Press, doors: Doors, tmp_path: Path) -> Stage:
    chance = random.Random(1)
    finder = Finder(city, Roads(city), read_wards(city.wards_file).wards, chance)
    return Stage(doors, world, press, finder, TruthBook(tmp_path), SystemClock(), chance)
