"""What follows from what cameras see of traffic: candidates for an officer, in the right ward, told once."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from ioc.city.parts import CountingLine, Zone
from ioc.city.profile import City
from ioc.contract import Latest, Observation
from ioc.host.module_step import Batch
from tests.modules.traffic.conftest import World, open_world
from tests.modules.traffic.replay import city_with

WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
LINE = CountingLine(id="cau", start=(0.0, 0.5), end=(1.0, 0.5), allowed="in")
PARKING = Zone(id="cam-do", name="Cấm đỗ", purpose="no_parking", closed="06:00-22:00", points=WHOLE)
WAITING = Zone(id="cho", name="Hàng chờ", purpose="queue", points=WHOLE)


def looking_city() -> City:
    city = city_with(60)
    first = msgspec.structs.replace(city.cameras[0], lines=(LINE,), zones=(PARKING, WAITING))
    return msgspec.structs.replace(city, cameras=(first, *city.cameras[1:]))


@pytest.fixture
async def looking(traffic_template: Path, tmp_path: Path) -> AsyncIterator[World]:
    """The module in a city whose first camera looks for all it can."""
    shutil.copytree(traffic_template, tmp_path / "store")
    made = await open_world(f"sqlite:///{tmp_path}/store/ioc.db", tmp_path, looking_city())
    yield made
    await made.store.close()


async def see(world: World, kind: str, part: str, *values: float, every: float = 2.0) -> None:
    """The city's first camera says these values, one every so many seconds."""
    for value in values:
        at = world.clock.now()
        key = f"{world.city.cameras[0].id}/{part}"
        reading = Observation(f"camera.{kind}", key, value, "", at, simulated=True)
        running = world.running
        batch = Batch(running.ctx)
        for handler in running.marks.handlers[reading.kind]:
            batch.add(await running.step.call(handler, reading), None, reading.simulated)
        batch.states = running.step.touched()
        await world.store.write(batch.write)
        world.clock.move(timedelta(seconds=every))


async def test_a_wrong_way_is_a_candidate_for_an_officer_and_one_case(looking: World) -> None:
    camera, now = looking.city.cameras[0], looking.clock.now()
    for one in looking.city.cameras:
        await looking.show(Latest("cam", one.id, {"id": one.id, "state": "ok"}, now))
    await see(looking, "wrong_way", "cau", 1, 2, 1, every=5)
    looking.clock.move(timedelta(minutes=5))
    await see(looking, "wrong_way", "cau", 1)
    first, second, third, later = await looking.events("traffic.wrong_way.suspected")
    assert first.severity == 3 and first.simulated
    assert first.data["desk"]["title"]["vi"] == f"Nghi có xe đi ngược chiều, cần cán bộ xác minh: {camera.name}"
    assert "officer to verify" in first.data["desk"]["title"]["en"]
    assert first.data["ward"]["name"] == "Phường Hạc Thành"
    assert first.data["geometry"]["coordinates"] == [camera.lon, camera.lat]
    named = first.data["attach"]["facts"]["cameras"]
    assert named[0]["id"] == camera.id and len(named) == 3
    assert named[0]["state"] == "ok" and 0 < named[1]["distance_m"] <= named[2]["distance_m"]
    assert {second.correlationid, third.correlationid} == {first.correlationid}
    assert not second.data.get("desk") and second.data["count"] == 2
    assert later.correlationid != first.correlationid and later.data["desk"]
    facts = [one.data["attach"]["facts"] for one in (first, second, third, later)]
    assert [one["vehicles"] for one in facts] == [1, 3, 4, 1], "the case tells of all its vehicles"
    assert len({one["since"] for one in facts[:3]}) == 1 and facts[3]["since"] > facts[0]["since"]


async def test_a_vehicle_that_stands_in_forbidden_hours_is_told_once_and_its_end(looking: World) -> None:
    await see(looking, "stopped", "cam-do", *[1] * 4)
    assert await looking.events("traffic.vehicle.stopped") == []
    await see(looking, "stopped", "cam-do", *[2] * 4, *[0] * 8)
    (told,) = await looking.events("traffic.vehicle.stopped")
    (over,) = await looking.events("traffic.vehicle.moved")
    assert (told.severity, told.data["zone"], told.data["count"]) == (2, "cam-do", 2)
    assert told.data["desk"]["category"] == "traffic.stopped_vehicle"
    assert told.data["attach"]["facts"]["zone"] == "Cấm đỗ"
    assert over.correlationid == told.correlationid and over.data["lasted_s"] == 16


async def test_at_night_one_may_stop_there(looking: World) -> None:
    looking.clock.move(timedelta(hours=15))  # eleven at night
    await see(looking, "stopped", "cam-do", *[1] * 12)
    assert await looking.events("traffic.vehicle.stopped") == []


async def test_a_queue_must_last_and_be_over_for_a_while(looking: World) -> None:
    await see(looking, "occupancy", "cho", 64.5)
    await see(looking, "congestion", "cho", 1)
    await see(looking, "queue", "cho", 7, 2, 7, 2, every=8)
    assert await looking.events("traffic.queue.detected") == []
    await see(looking, "queue", "cho", 8, 7, 9, 7, 4, 4, 4, every=8)
    (told,) = await looking.events("traffic.queue.detected")
    assert (told.severity, told.data["congested"], told.data["occupancy"]) == (3, True, 64.5)
    assert told.data["count"] == 9
    await see(looking, "queue", "cho", *[4] * 5, every=8)  # between both limits: it goes on
    assert await looking.events("traffic.queue.cleared") == []
    await see(looking, "queue", "cho", *[1] * 6, every=8)
    (over,) = await looking.events("traffic.queue.cleared")
    assert over.data["most"] == 9 and over.correlationid == told.correlationid


async def test_readings_of_what_the_city_does_not_have_change_nothing(looking: World) -> None:
    await see(looking, "wrong_way", "nowhere", 1)
    await see(looking, "stopped", "nowhere", *[1] * 12)
    assert await looking.events("traffic.wrong_way.suspected") == []
    assert await looking.events("traffic.vehicle.stopped") == []
