"""What cameras show is what happens where they stand."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

import numpy as np
import pytest
from PIL import Image

from ioc.city.profile import City
from ioc.core.clock import VIETNAM, SetClock
from ioc.demo.pictures.road import RoadScene, Stream
from ioc.demo.pictures.square import SquareScene
from ioc.demo.rhythm import mix
from ioc.demo.studio import Studio, daylight
from ioc.demo.traffic import Traffic
from ioc.demo.world import Blind, Block, World
from tests.demo.conftest import MORNING

SHARES = mix(datetime(2026, 11, 23, 7, tzinfo=VIETNAM), national=True)


def pixels(frame: bytes) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(frame)).convert("L"), dtype=int)


def watched(studio: Studio, camera: str, clock: SetClock, seconds: float) -> bytes:
    frame = b""
    for _ in range(int(seconds * 5)):
        clock.move(timedelta(milliseconds=200))
        frame = studio.frame(camera)
    return frame


@pytest.fixture
def studio(city: City, world: World, traffic: Traffic, clock: SetClock) -> Studio:
    return Studio(city, world, traffic, clock)


def test_vehicles_cross_the_picture_both_ways():
    scene = RoadScene(1)
    stream = Stream(2000, 40, SHARES)
    for _ in range(200):
        scene.move(0.2, stream, stream)
    before = scene.draw(1.0).astype(int)
    scene.move(0.2, stream, stream)
    moved = np.abs(scene.draw(1.0).astype(int) - before).sum(axis=2) > 30
    assert moved[:, :320].any(), "towards the camera"
    assert moved[:, 320:].any(), "away from it"


def test_vehicles_stop_behind_a_crash_and_go_on_afterwards():
    scene = RoadScene(1)
    free, blocked = Stream(1500, 40, SHARES), Stream(1500, 40, SHARES, blocked_at_m=60)
    for _ in range(400):
        scene.move(0.2, blocked, Stream(0, 40, SHARES))
    before = scene.draw(1.0)
    scene.move(0.2, blocked, Stream(0, 40, SHARES))
    still = np.abs(scene.draw(1.0).astype(int) - before.astype(int)).sum(axis=2) > 30
    assert still.mean() < 0.02
    for _ in range(300):
        scene.move(0.2, free, Stream(0, 40, SHARES))
    before = scene.draw(1.0)
    scene.move(0.2, free, Stream(0, 40, SHARES))
    assert (np.abs(scene.draw(1.0).astype(int) - before.astype(int)).sum(axis=2) > 30).any()


def test_people_gather_and_go_again():
    scene = SquareScene(1)

    def people_after(gathered: int) -> float:
        for _ in range(100):
            scene.move(0.2, strolling=0, gathered=gathered, intruding=0)
        empty = SquareScene(1).draw(1.0).astype(int)
        return float((np.abs(scene.draw(1.0).astype(int) - empty).sum(axis=2) > 30).mean())

    assert people_after(36) > 3 * people_after(8) > 0
    assert people_after(0) == 0


def test_an_intruder_is_seen_in_the_yard_and_nowhere_else():
    scene = SquareScene(1)
    scene.move(0.2, strolling=0, gathered=0, intruding=1)
    changed = np.abs(scene.draw(1.0).astype(int) - SquareScene(1).draw(1.0).astype(int)).sum(axis=2) > 30
    assert changed[:, 470:].any()
    assert not changed[:, :450].any()


def test_night_is_darker_than_day(city: City, world: World, traffic: Traffic):
    means = {}
    for hour in (5, 17):  # noon and midnight in the city
        clock = SetClock(MORNING.replace(hour=hour))
        means[hour] = pixels(Studio(city, world, traffic, clock).frame("cam-03")).mean()
    assert means[17] < 0.6 * means[5]


@pytest.mark.parametrize(("hour", "light"), [(12, 1.0), (0, 0.0), (23, 0.0)])
def test_daylight(hour: int, light: float):
    assert daylight(datetime(2026, 11, 23, hour, tzinfo=VIETNAM)) == light


def test_a_blind_camera_lies_as_it_is_told(studio: Studio, world: World, clock: SetClock):
    first = watched(studio, "cam-01", clock, 1)
    assert watched(studio, "cam-01", clock, 1) != first
    for how, mean in (("black", (0, 3)), ("covered", (90, 130))):
        effect = Blind(begin=clock.now(), end=clock.now() + timedelta(seconds=2), camera="cam-01", how=how)
        world.put(effect)
        picture = pixels(watched(studio, "cam-01", clock, 1))
        assert mean[0] <= picture.mean() <= mean[1]
        assert picture.std() < 3
        clock.move(timedelta(seconds=3))
    world.put(Blind(begin=clock.now(), end=clock.now() + timedelta(seconds=9), camera="cam-01", how="frozen"))
    assert watched(studio, "cam-01", clock, 1) == watched(studio, "cam-01", clock, 1)


def test_a_crash_is_seen_by_the_camera_there_and_not_by_others(studio: Studio, world: World, clock: SetClock, traffic):
    def moving(camera: str) -> float:
        watched(studio, camera, clock, 30)
        before = pixels(watched(studio, camera, clock, 0.2))
        after = pixels(watched(studio, camera, clock, 0.2))
        return float((np.abs(after - before)[110:, :310] > 25).mean())

    position = traffic.roads.cameras["cam-02"]
    world.put(
        Block(
            begin=clock.now(),
            end=clock.now() + timedelta(minutes=10),
            segment="ql1a-hoang-long",
            metres=position.metres,
            share_left=0.0,
        )
    )
    assert moving("cam-02") < 0.03 < moving("cam-01")


def test_one_frame_is_drawn_once_for_all_who_watch(studio: Studio, clock: SetClock):
    assert studio.frame("cam-01") is studio.frame("cam-01")
