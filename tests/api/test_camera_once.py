"""Cameras set up under an `Idempotency-Key`: the file is written once, the answer with its `ETag` is the first one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from ioc.settings import Settings
from tests.api.conftest import CITY_DIR, World, begin_anew
from tests.api.test_camera_setup import CAMERA, NEW, make_file, rows_of

PATH = "/api/v1/cameras"


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    return tmp_path / "riêng"


@pytest.fixture
def settings(tmp_path: Path, overlay: Path) -> Settings:
    return Settings.model_validate({"city_dir": CITY_DIR, "state_dir": tmp_path, "city_overlay": overlay})


def take_away(file: Path) -> None:
    file.unlink()


async def ask(
    world: World, method: str, path: str, body: Any = None, *, key: str = "k", match: str | None = None
) -> httpx.Response:
    headers = {"Idempotency-Key": key, "Origin": "http://127.0.0.1:8000"} | ({"If-Match": match} if match else {})
    async with world.client("supervisor") as client:
        return await client.request(method, path, json=body, headers=headers)


async def etag_of(world: World, path: str = CAMERA) -> str:
    async with world.client("supervisor") as client:
        return str((await client.get(path)).headers["etag"])


def what_counts(answer: httpx.Response) -> tuple[int, str | None, bytes]:
    return answer.status_code, answer.headers.get("etag"), answer.content


async def same(world: World, *asked: Any, **more: Any) -> httpx.Response:
    """Eight at once, which are all answered alike."""
    answers = await asyncio.gather(*(ask(world, *asked, **more) for _ in range(8)))
    assert len({what_counts(one) for one in answers}) == 1, {one.text for one in answers}
    assert answers[0].is_success, answers[0].text
    return answers[0]


async def lines(world: World, id: str) -> list[str]:
    return [one.action for one in reversed(await world.store.audit.list(object=id))]


async def test_a_camera_is_added_changed_taken_out_and_back_once_each(
    world: World, settings: Settings, overlay: Path
) -> None:
    """Later steps do not change how the earlier ones are answered, nor does a new process."""
    row = NEW | {"lon": 106.29, "lat": 18.07}
    path = f"{PATH}/{row['id']}"
    added = await same(world, "POST", PATH, row)
    assert added.headers["etag"] == f'"{added.json()["version"]}"'
    changed = await same(world, "PATCH", path, {"name": "Tên khác"}, match=added.headers["etag"])
    removed = await same(world, "DELETE", path, match=changed.headers["etag"])
    returned = await same(world, "POST", f"{path}/return")
    done = ["camera.added", "camera.changed", "camera.removed", "camera.returned"]
    assert await lines(world, row["id"]) == done
    file = rows_of(overlay)

    await begin_anew(world, settings)
    again = [
        await ask(world, "POST", PATH, row),
        await ask(world, "PATCH", path, {"name": "Tên khác"}, match=added.headers["etag"]),
        await ask(world, "DELETE", path, match=changed.headers["etag"]),
        await ask(world, "POST", f"{path}/return"),
    ]
    assert [what_counts(one) for one in again] == [what_counts(one) for one in (added, changed, removed, returned)]
    assert await lines(world, row["id"]) == done
    assert rows_of(overlay) == file


async def test_a_key_that_came_with_another_change_is_refused(world: World) -> None:
    etag = await etag_of(world)
    await ask(world, "PATCH", CAMERA, {"name": "Tên khác"}, match=etag)
    reused = await ask(world, "PATCH", CAMERA, {"name": "Tên thứ ba"}, match=await etag_of(world))
    assert (reused.status_code, reused.json()["type"]) == (409, "urn:ioc:problem:key-reused")
    assert (await ask(world, "PATCH", CAMERA, {"name": "Tên khác"}, match=etag, key="new")).status_code == 412


async def test_what_could_not_be_written_is_not_answered_as_if_it_were(world: World, overlay: Path) -> None:
    etag = await etag_of(world)
    make_file(overlay)
    assert (await ask(world, "PATCH", CAMERA, {"name": "Tên khác"}, match=etag)).status_code == 503
    take_away(overlay)
    done = await ask(world, "PATCH", CAMERA, {"name": "Tên khác"}, match=etag)
    assert done.status_code == 200 and rows_of(overlay)["cam-01"]["name"] == "Tên khác"
