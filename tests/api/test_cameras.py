"""The doors of the cameras: who may see which, the newest picture, and what stays secret."""

from __future__ import annotations

import io
import time

import pytest
from PIL import Image

from ioc.bus import Picture
from ioc.contract import Latest
from ioc.core.clock import SystemClock
from ioc.core.dataclass import DataClass
from ioc.feed.pictures import Shown
from ioc.feed.wire import Scope
from ioc.store import Transaction
from tests.api.conftest import World

FRAME = "/api/v1/cameras/cam-01/frame.jpg"


def jpeg(light: int = 90) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 360), (light, light, light)).save(out, "JPEG")
    return out.getvalue()


PICTURE = jpeg()


def show(world: World, camera: str, age_s: float, data: bytes = PICTURE) -> None:
    picture = Picture(camera, round((time.time() - age_s) * 1000), data)
    world.app.state.feed.pictures.newest[camera] = Shown(picture, Scope(DataClass.INTERNAL))


@pytest.mark.parametrize("role", ["wall", "operator"])
async def test_cameras_are_listed_without_their_addresses(world: World, role: str) -> None:
    body = {"state": "black", "since": "2026-04-24T09:30:00Z", "fps": 9.5, "reason": None}
    await world.store.write(lambda tx: tx.latest(Latest("cam", "cam-01", body, SystemClock().now())))
    async with world.client(role) as client:
        answer = await client.get("/api/v1/cameras")
    rows = {row["id"]: row for row in answer.json()["cameras"]}
    assert set(rows) == {camera.id for camera in world.app.state.city.cameras}
    assert rows["cam-01"]["state"] == "black"
    assert rows["cam-02"]["state"] == "unknown"
    for camera in world.app.state.city.cameras:
        assert camera.source not in answer.text


async def test_the_newest_picture_with_its_age(world: World) -> None:
    show(world, "cam-01", 0)
    async with world.client("wall") as client:
        answer = await client.get(FRAME)
    assert (answer.status_code, answer.content) == (200, PICTURE)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store"
    assert int(answer.headers["age"]) < 5


async def test_an_old_picture_carries_its_age_in_itself(world: World) -> None:
    show(world, "cam-01", 12)
    async with world.client("wall") as client:
        answer = await client.get(FRAME)
    assert int(answer.headers["age"]) >= 12
    with Image.open(io.BytesIO(answer.content)) as seen:
        assert seen.size == (640, 360)
        lights = [pair for pair in (band.getextrema() for band in seen.split())]
    assert lights[0][1] > 200, "nothing is written on it"


async def test_an_old_picture_that_cannot_be_read_is_none(world: World) -> None:
    show(world, "cam-01", 12, b"\xff\xd8jpeg")
    async with world.client("wall") as client:
        assert (await client.get(FRAME)).status_code == 503


async def test_operators_see_which_process_has_which_camera(world: World) -> None:
    word = {"worker": "máy-a/1", "cameras": 7, "alone_since": None, "decoder_restarts": 0, "readings_dropped": 0}
    now = SystemClock().now()

    def job(tx: Transaction) -> None:
        tx.latest(Latest("cam", "cam-01", {"state": "ok", "worker": "máy-a/1", "fence": 3}, now))
        tx.latest(Latest("camera-worker", "a/1", word, now))

    await world.store.write(job)
    async with world.client("operator") as client:
        said = (await client.get("/api/v1/cameras")).json()
    assert said["workers"] == [{"worker": "máy-a/1", "cameras": 1, "alone_since": None}]
    rows = {row["id"]: row for row in said["cameras"]}
    assert rows["cam-01"]["worker"] == "máy-a/1" and rows["cam-02"]["worker"] is None


@pytest.mark.parametrize("age_s", [None, 31])
async def test_no_picture_is_said_in_both_languages(world: World, age_s: float | None) -> None:
    if age_s is not None:
        show(world, "cam-01", age_s)
    async with world.client("operator") as client:
        answer = await client.get(FRAME)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "không có hình" in answer.json()["detail"]
    assert "no picture" in answer.json()["detail_en"]


@pytest.mark.parametrize("id", ["cam-99", "..%2F..%2Fetc", "x" * 64, "%F0%9F%93%B7"])
async def test_what_is_no_camera_is_not_found(world: World, id: str) -> None:
    async with world.client("operator") as client:
        answer = await client.get(f"/api/v1/cameras/{id}/frame.jpg")
    assert answer.status_code == 404


@pytest.mark.parametrize(("role", "status"), [("anyone", 401), ("device", 403)])
async def test_others_see_nothing(world: World, role: str, status: int) -> None:
    show(world, "cam-01", 0)
    async with world.client(role) as client:
        assert (await client.get(FRAME)).status_code == status
        assert (await client.get("/api/v1/cameras")).status_code == status
