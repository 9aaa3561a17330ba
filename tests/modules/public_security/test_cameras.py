"""Cameras that are tampered with, lost, or see again."""

from __future__ import annotations

import pytest

from ioc.contract import Observation
from modules.public_security.cameras import Fleet
from tests.modules.public_security.conftest import CAMERAS, START, World

OK, LOST, FROZEN, BLACK, COVERED, MOVED, DEFOCUSED = range(7)


@pytest.mark.parametrize(
    ("state", "how", "title"),
    [
        (FROZEN, "frozen", "Camera Camera c1 bị đứng hình"),
        (BLACK, "black", "Camera Camera c1 bị tối đen"),
        (COVERED, "covered", "Camera Camera c1 bị che"),
        (MOVED, "moved", "Camera Camera c1 bị xoay lệch hướng"),
        (DEFOCUSED, "defocused", "Camera Camera c1 bị mất nét"),
    ],
)
async def test_a_blinded_camera_is_said_after_ten_seconds(world: World, state: int, how: str, title: str) -> None:
    await world.see("camera.state", "c1", OK, state, state, every=9)
    assert await world.events("tampered") == []
    await world.see("camera.state", "c1", state, state, every=9)
    (found,) = await world.events("camera.tampered")
    assert (found.severity, found.data["how"]) == (3, how)
    assert found.data["title"]["vi"] == title and found.data["desk"]["priority"] == 3


async def test_a_camera_that_sees_again_ends_the_story(world: World) -> None:
    await world.see("camera.state", "c1", *[COVERED] * 5, *[OK] * 5, every=10)
    tampered, restored = await world.events("public_security.camera")
    assert restored.type == "public_security.camera.restored"
    assert (restored.severity, restored.data["was"], restored.data["lasted_s"]) == (1, "tampered", 50)
    assert restored.correlationid == tampered.correlationid


async def test_a_passing_hand_is_not_tampering(world: World) -> None:
    await world.see("camera.state", "c1", *[COVERED, OK] * 6, every=6)
    assert await world.events("public_security.camera") == []


async def test_a_lost_camera_is_offline_after_a_minute(world: World) -> None:
    await world.see("camera.state", "c1", OK, *[LOST] * 6, every=10)
    assert await world.events("offline") == []
    await world.see("camera.state", "c1", LOST, LOST, every=10)
    (found,) = await world.events("camera.offline")
    assert (found.severity, found.data["offline"], found.data["cameras"], found.data["percent"]) == (1, 1, 20, 5.0)
    await world.see("camera.state", "c1", OK, OK, OK, every=10)
    (back,) = await world.events("camera.restored")
    assert back.data["was"] == "offline" and back.correlationid == found.correlationid


async def test_from_a_tenth_of_all_cameras_on_it_weighs_more(world: World) -> None:
    for _ in range(8):  # a switch dies: all in the same moment and so in the same commit
        at = world.clock.now()
        await world.read(*(Observation("camera.state", f"c{n}", LOST, "", at) for n in range(1, 5)))
        world.wait(10)
    found = await world.events("camera.offline")
    assert [(one.severity, one.data["percent"]) for one in found] == [(1, 5.0), (3, 10.0), (3, 15.0), (3, 20.0)]


async def test_a_covered_camera_that_is_cut_off_is_both(world: World) -> None:
    await world.see("camera.state", "c1", *[COVERED] * 3, *[LOST] * 8, *[OK] * 3, every=10)
    found = [
        (one.type.removeprefix("public_security.camera."), one.data.get("was")) for one in await world.events("camera.")
    ]
    assert found == [("tampered", None), ("offline", None), ("restored", "tampered"), ("restored", "offline")]


async def test_strange_cameras_and_states_say_nothing(world: World) -> None:
    await world.see("camera.state", "c77", *[COVERED] * 5, every=10)
    await world.see("camera.state", "c1", *[9] * 5, every=10)
    assert await world.events("public_security.camera") == []
    assert world.module.health() == {"unknown_readings": 5}


async def test_cameras_that_see_are_an_indicator(world: World) -> None:
    at = world.clock.now()
    states = [OK] * (len(CAMERAS) - 2) + [LOST, COVERED]
    await world.read(
        *(Observation("camera.state", one.id, state, "", at) for one, state in zip(CAMERAS, states, strict=True))
    )
    world.wait(30)
    await world.tick("count")
    shown = (await world.shown("kpi"))["public_security.cameras_up"]
    assert (shown["value"], shown["limit_lo"], shown["unit"]) == (90.0, 95, "%")
    world.wait(60)
    await world.tick("count")
    shown = (await world.shown("kpi"))["public_security.cameras_up"]
    assert shown["value"] == 0.0 and shown["trend"] == [90.0, 0.0]


async def test_an_indicator_without_a_value_says_why(world: World) -> None:
    await world.tick("count")
    shown = (await world.shown("kpi"))["public_security.cameras_up"]
    assert shown["value"] is None and shown["trend"] == [] and shown["reason"]["vi"] and shown["reason"]["en"]


def test_a_lost_camera_that_was_taken_out_of_the_city_is_counted_no_longer() -> None:
    fleet = Fleet()
    for id in ("cam-01", "cam-02"):
        fleet.of(id).offline.condition.began = START
    assert fleet.offline({"cam-01", "cam-02"}) == 2
    assert fleet.offline({"cam-02", "cam-03"}) == 1
