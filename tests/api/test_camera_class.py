"""What is said of a camera follows the camera's class, whatever door one asks at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from fastapi.routing import iter_route_contexts

from ioc.city.camera_class import camera_classes, class_of
from ioc.contract import Latest
from ioc.core.clock import iso
from ioc.core.dataclass import DataClass
from ioc.feed.wire import latest_change
from ioc.store.latest import LatestRow
from ioc.store.series import Taken
from tests.api.conftest import World

HIDDEN = "cam-kin-77"
NAME = "Camera kín cổng trụ sở"
SEES_ALL, SEES_LESS = ("supervisor", "admin"), ("anyone", "wall", "device", "operator")
NOW = datetime.now(UTC).replace(microsecond=0)
SERIES = (("camera.state", HIDDEN), ("camera.crossings", f"{HIDDEN}/vạch/in"), ("public_security.analytics", HIDDEN))


@dataclass(frozen=True)
class Said:
    """A city with a camera of class `security`, of which everything has been said."""

    world: World

    async def body(self, role: str, path: str) -> str:
        async with self.world.client(role) as client:
            answer = await client.get(path, headers={"X-Metrics-Token": "đếm".encode()} if path == "/metrics" else {})
        return answer.text


@pytest.fixture
async def said(world: World) -> Said:
    state = world.app.state
    hidden = msgspec.structs.replace(state.city.cameras[0], id=HIDDEN, name=NAME, data_class=DataClass.SECURITY)
    await state.followed.look()  # the files do not know of it
    state.followed.cameras = (*state.city.cameras, hidden)
    state.city = msgspec.structs.replace(state.city, cameras=state.followed.cameras)
    for owner in ("camera", "public_security"):
        for camera in (hidden, state.city.cameras[0]):
            id = f"{owner}:{camera.id}"
            body = {"id": id, "module": owner, "key": camera.id, "name": camera.name, "state": "live", "life": "live"}
            body |= {"last_at": iso(NOW), "reason": None}
            await world.store.write(lambda tx, id=id, body=body: tx.latest(Latest("source", id, body, NOW)))
    for kind, key in SERIES:
        held = await world.store.series.take(kind.partition(".")[0], "test")
        known = (await world.store.series.known(kind.partition(".")[0], {(kind, key): "code"}, 10))[kind, key]
        at_ms = round((NOW - timedelta(minutes=5)).timestamp() * 1000)
        await world.store.series.keep(held, Taken(1, points={(known.id, at_ms): (1.0, 0)}))
    return Said(world)


@pytest.mark.parametrize("role", SEES_ALL)
async def test_who_may_see_the_camera_sees_its_sources_and_series(said: Said, role: str) -> None:
    assert NAME in await said.body(role, "/api/v1/sources")
    listed = await said.body(role, "/api/v1/series/list")
    assert all(kind in listed for kind, _ in SERIES) and HIDDEN in listed
    assert '"n":1' in await said.body(role, f"/api/v1/series?kind=camera.state&key={HIDDEN}")
    assert NAME in await said.body(role, "/api/v1/cameras")


@pytest.mark.parametrize("role", SEES_LESS)
async def test_nobody_else_finds_it_behind_any_door(said: Said, role: str) -> None:
    paths = {re.sub(r"\{[^}]*\}", HIDDEN, found.path or "") for found in iter_route_contexts(said.world.app.routes)}
    asked = [*sorted(paths), *(f"/api/v1/series/list?owner={owner}" for owner in ("camera", "public_security"))]
    assert len(asked) > 50
    for path in asked:
        text = await said.body(role, path)
        assert NAME not in text, path
        assert HIDDEN not in text.replace(path, ""), path


@pytest.mark.parametrize("role", ["wall", "operator"])
async def test_its_points_are_as_if_there_were_none_and_others_stay(said: Said, role: str) -> None:
    for kind, key in SERIES:
        async with said.world.client(role) as client:
            answer = await client.get("/api/v1/series", params={"kind": kind, "key": key})
        assert (answer.status_code, answer.json()["points"]) == (200, [])
    assert said.world.app.state.city.cameras[0].name in await said.body(role, "/api/v1/sources")


@pytest.mark.parametrize(
    ("topic", "key"),
    [("source", f"camera:{HIDDEN}"), ("cam", HIDDEN), ("kpi", f"camera.{HIDDEN}"), ("kpi.camera", HIDDEN)],
)
async def test_the_feed_gives_every_topic_the_class_of_the_camera(said: Said, topic: str, key: str) -> None:
    classes = camera_classes(said.world.app.state.city)
    for marked, cameras, expected in (
        ({}, classes, "security"),
        ({"dataclass": "public"}, classes, "security"),
        ({}, {HIDDEN: DataClass.PUBLIC}, "internal"),
    ):
        row = LatestRow(topic, key, NOW, NOW, msgspec.json.encode({"name": NAME} | marked), 1)
        change = latest_change(row, cameras)
        assert change is not None and change.scope.data_class == expected


def test_only_a_camera_named_whole_counts() -> None:
    cameras = {"cam-1": DataClass.SECURITY, "cam.2": DataClass.PERSONAL}
    assert class_of("cam-10", cameras) == class_of("traffic:xcam-1", cameras) == DataClass.INTERNAL
    assert class_of("camera:cam.2/vùng", cameras) == DataClass.PERSONAL
