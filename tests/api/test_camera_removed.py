"""A camera taken out of the city at a screen: gone from all of them, what was said of it still of its class."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from ioc.city.camera_class import camera_classes
from ioc.city.profile import load_city
from ioc.contract import Latest
from ioc.core.dataclass import DataClass
from ioc.settings import Settings
from tests.api.conftest import CITY_DIR, World
from tests.api.test_camera_setup import CAMERA, NEW, rows_of, write_by_hand

NOW = datetime.now(UTC)


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    return tmp_path / "riêng"


@pytest.fixture
def settings(tmp_path: Path, overlay: Path) -> Settings:
    return Settings.model_validate({"city_dir": CITY_DIR, "state_dir": tmp_path, "city_overlay": overlay})


async def removed(client: httpx.AsyncClient, path: str = CAMERA) -> httpx.Response:
    etag = (await client.get(path)).headers["etag"]
    return await client.delete(path, headers={"If-Match": etag})


async def test_a_removed_camera_is_nowhere_and_may_be_taken_back(world: World, overlay: Path) -> None:
    body = {"id": "traffic:cam-01", "module": "traffic", "key": "cam-01", "name": "x", "state": "live", "life": "live"}
    body |= {"last_at": None, "reason": None}
    await world.store.write(lambda tx: tx.latest(Latest("source", "traffic:cam-01", body, NOW)))
    async with world.client("supervisor") as client:
        before = (await client.get(CAMERA)).json()["camera"]
        assert "traffic:cam-01" in (await client.get("/api/v1/sources")).text
        assert (await removed(client)).status_code == 204
        listed = (await client.get("/api/v1/cameras")).json()
        assert "cam-01" not in {row["id"] for row in listed["cameras"]}
        assert listed["removed"] == [{"id": "cam-01", "name": before["name"]}]
        assert "traffic:cam-01" not in (await client.get("/api/v1/sources")).text
        for path in (CAMERA, f"{CAMERA}/frame.jpg", f"{CAMERA}/stream.mjpeg"):
            assert (await client.get(path)).status_code == 404
        assert rows_of(overlay)["cam-01"] == {"id": "cam-01", "removed": True}
        assert "cam-01" not in {one.id for one in load_city(CITY_DIR, overlay).cameras}
        back = await client.post(f"{CAMERA}/return")
        assert back.status_code == 200 and back.json()["camera"] == before
        assert (await client.post(f"{CAMERA}/return")).status_code == 404
    actions = [line.action for line in await world.store.audit.list(object="cam-01")]
    assert actions == ["camera.returned", "camera.removed"]


async def test_what_was_said_of_it_keeps_its_class_and_nobody_takes_its_id(world: World, overlay: Path) -> None:
    write_by_hand(overlay, '[[camera]]\nid = "cam-01"\ndata_class = "security"\nremoved = true\n')
    assert camera_classes(load_city(CITY_DIR, overlay))["cam-01"] is DataClass.SECURITY
    lonlat = {"lon": 105.78, "lat": 19.8}
    async with world.client("supervisor") as client, world.client("operator") as operator:
        assert [one["id"] for one in (await client.get("/api/v1/cameras")).json()["removed"]] == []
        taken = await client.post("/api/v1/cameras", json={**NEW, **lonlat, "id": "cam-01"})
        assert taken.status_code == 409, taken.text
        assert [one["id"] for one in (await client.get("/api/v1/cameras")).json()["removed"]] == ["cam-01"]
        assert (await operator.get("/api/v1/cameras")).json()["removed"] == []
        assert (await operator.post(f"{CAMERA}/return")).status_code == 403


@pytest.mark.parametrize(("role", "status"), [("anyone", 401), ("wall", 403), ("operator", 403)])
async def test_only_supervisors_take_cameras_out(world: World, role: str, status: int) -> None:
    async with world.client(role) as client:
        assert (await client.delete(CAMERA, headers={"If-Match": '"x"'})).status_code == status


async def test_who_has_looked_at_another_row_takes_nothing_out(world: World) -> None:
    async with world.client("admin") as client:
        assert (await client.delete(CAMERA)).status_code == 428
        assert (await client.delete(CAMERA, headers={"If-Match": '"another"'})).status_code == 412
        assert (await client.get(CAMERA)).status_code == 200
