"""Zones: closed hours, intrusion and crowd, one story for one incident."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ioc.city.hours import closed
from ioc.contract import Observation
from ioc.core.clock import VIETNAM
from tests.modules.public_security.conftest import SQUARE, START, World


@pytest.mark.parametrize(
    ("hours", "clock", "is_closed"),
    [
        ("22:00-05:00", "21:59", False),
        ("22:00-05:00", "22:00", True),
        ("22:00-05:00", "00:00", True),
        ("22:00-05:00", "04:59", True),
        ("22:00-05:00", "05:00", False),
        ("09:00-17:00", "12:00", True),
        ("09:00-17:00", "17:00", False),
        ("08:00-08:00", "03:00", True),
        ("", "12:00", True),
    ],
)
def test_closed_hours(hours: str, clock: str, is_closed: bool) -> None:
    at = datetime.fromisoformat(f"2026-11-21T{clock}:00").replace(tzinfo=VIETNAM)
    assert closed(hours, at) is is_closed


async def test_somebody_in_a_closed_yard_is_an_intrusion_on_the_desk(world: World) -> None:
    await world.see("camera.objects", "c1/yard", 1, 2, 1)
    (found,) = await world.events("intrusion.detected")
    assert (found.severity, found.data["zone"], found.data["count"]) == (3, "yard", 2)
    assert found.data["geometry"]["coordinates"] == list(SQUARE)
    assert found.data["ward"]["name"] == "Phường Hạc Thành"
    assert found.data["desk"]["title"] == {
        "vi": "Xâm nhập vùng cấm: Camera c1 · Sân sau",
        "en": "Intrusion: Camera c1 · Sân sau",
    }
    assert found.data["attach"]["facts"]["zone"] == "Sân sau"


async def test_a_moment_is_no_intrusion(world: World) -> None:
    await world.see("camera.objects", "c1/yard", 1, 0, 1, 0, 1, 0)
    assert await world.events("intrusion") == []


async def test_an_open_yard_may_be_walked_through(world: World) -> None:
    world.wait(7 * 3600)  # half past six in the morning
    await world.see("camera.objects", "c1/yard", *[3] * 10)
    assert await world.events("intrusion") == []
    await world.see("camera.objects", "c1/track", *[3] * 10)
    assert len(await world.events("intrusion.detected")) == 1


async def test_it_is_said_once_and_its_end_too(world: World) -> None:
    await world.see("camera.objects", "c1/yard", *[1] * 20)
    await world.see("camera.objects", "c1/yard", *[0] * 8, every=10)
    begun, ended = await world.events("public_security.intrusion")
    assert (begun.type, ended.type) == ("public_security.intrusion.detected", "public_security.intrusion.cleared")
    assert begun.correlationid == ended.correlationid
    assert ended.data["lasted_s"] == 40


async def test_coming_back_soon_and_the_next_zone_are_the_same_story(world: World) -> None:
    for _ in range(2):
        await world.see("camera.objects", "c1/yard", 1, 1, 1)
        await world.see("camera.objects", "c1/yard", *[0] * 8, every=10)
    await world.see("camera.objects", "c1/track", 1, 1, 1)
    found = await world.events("intrusion.detected")
    assert len(found) == 3 and len({one.correlationid for one in found}) == 1


async def test_much_later_is_another_story(world: World) -> None:
    await world.see("camera.objects", "c1/yard", 1, 1, 1)
    await world.see("camera.objects", "c1/yard", *[0] * 8, every=10)
    world.wait(1800)
    await world.see("camera.objects", "c1/yard", 1, 1, 1)
    found = await world.events("intrusion.detected")
    assert len(found) == 2 and len({one.correlationid for one in found}) == 2


async def test_more_people_than_the_ground_holds_are_a_crowd(world: World) -> None:
    await world.see("camera.objects", "c2/gate", *[40] * 15)  # exactly 4 on a square metre
    assert await world.events("crowd") == []
    await world.see("camera.objects", "c2/gate", *[41, 55, 43] * 5)
    (found,) = await world.events("crowd.detected")
    assert (found.severity, found.data["desk"]["priority"]) == (4, 2)
    assert found.data["count"] == 55 and found.data["density"] == 5.5
    assert found.data["title"]["vi"] == "Tụ tập đông người: Camera c2 · Cổng chợ, 5,5 người/m²"


async def test_a_crowd_is_over_only_well_below_its_limit(world: World) -> None:
    await world.see("camera.objects", "c2/gate", *[50] * 12)
    await world.see("camera.objects", "c2/gate", *[35] * 12, every=10)
    assert await world.events("crowd.cleared") == []
    await world.see("camera.objects", "c2/gate", *[20] * 8, every=10)
    (found,) = await world.events("crowd.cleared")
    assert found.severity == 1 and found.data["most"] == 50


async def test_a_restart_in_between_forgets_nothing(world: World) -> None:
    await world.see("camera.objects", "c2/gate", *[50] * 6)
    world.restart()
    await world.see("camera.objects", "c2/gate", *[50] * 6)
    world.restart()
    await world.see("camera.objects", "c2/gate", *[50] * 6)
    assert len(await world.events("crowd.detected")) == 1


async def test_unknown_zones_and_late_readings_are_left_out(world: World) -> None:
    await world.see("camera.objects", "c1/nowhere", *[9] * 10)
    await world.see("camera.objects", "c99/yard", *[9] * 10)
    assert world.module.health() == {"unknown_readings": 20}
    await world.see("camera.objects", "c1/yard", *[9] * 10, late=True)
    assert await world.events("public_security") == []


async def test_what_a_simulated_camera_sees_is_marked(world: World) -> None:
    await world.see("camera.objects", "c1/yard", 1, 1, 1, simulated=True)
    assert [one.simulated for one in await world.events("public_security")] == [True, True]


async def test_a_left_object_is_told_with_the_cameras_to_look_through_and_its_end(world: World) -> None:
    await world.see("camera.left", "c2/door", 1, 1)
    assert await world.events("object.left") == []
    await world.see("camera.left", "c2/door", 1, 1, *[0] * 10)
    (found,) = await world.events("object.left")
    (over,) = await world.events("object.removed")
    assert (found.severity, found.data["zone"], found.data["desk"]["category"]) == (3, "door", "abandoned_object")
    assert found.data["desk"]["title"]["vi"] == "Nghi có vật bị bỏ lại: Camera c2 · Cửa ga"
    assert found.data["ward"]["name"] == "Phường Hạc Thành"
    cameras = found.data["attach"]["facts"]["cameras"]
    assert cameras[0]["id"] == "c2" and len(cameras) == 3
    assert over.correlationid == found.correlationid
    assert len(await world.events("patrol.proposed")) == 1


async def test_many_in_a_zone_for_something_else_are_no_crowd(world: World) -> None:
    await world.see("camera.objects", "c2/door", *[50] * 30)
    assert await world.events("crowd") == []


def seen(zone: str, value: float, *seconds: float) -> list[Observation]:
    return [Observation("camera.objects", zone, value, "", START + timedelta(seconds=one)) for one in seconds]


async def test_two_zones_that_begin_in_one_commit_are_one_story(world_anywhere: World) -> None:
    """Neither sees in the store what the other is about to write."""
    world = world_anywhere
    both = [*seen("c1/yard", 1, 0, 2, 4, 6), *seen("c1/track", 1, 1, 3, 5, 7)]
    await world.read(*sorted(both, key=lambda one: one.at))
    found = await world.events("intrusion.detected")
    assert {one.data["zone"] for one in found} == {"yard", "track"}
    assert len({one.correlationid for one in found}) == 1
    world.wait(20)
    gone = [*seen("c1/yard", 0, *range(20, 120, 10)), *seen("c1/track", 0, *range(21, 121, 10))]
    await world.read(*sorted(gone, key=lambda one: one.at))
    ended = await world.events("intrusion.cleared")
    assert len(ended) == 2 and {one.correlationid for one in ended} == {one.correlationid for one in found}


async def test_what_begins_and_ends_in_one_commit_is_over(world_anywhere: World) -> None:
    world = world_anywhere
    await world.read(*seen("c1/yard", 1, 0, 2, 4, 6), *seen("c1/yard", 0, *range(10, 120, 10)))
    begun, ended = await world.events("public_security.intrusion")
    assert begun.correlationid == ended.correlationid
    world.wait(120)
    await world.tick("count")
    assert (await world.shown("kpi"))["public_security.open_intrusions"]["value"] == 0
