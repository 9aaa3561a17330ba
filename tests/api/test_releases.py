"""A camera's picture leaves the control room only blurred, as a person has seen it, and known to the audit chain."""

from __future__ import annotations

import hashlib
import io
import time
from pathlib import Path
from typing import Any

import httpx
import msgspec
import numpy as np
import pytest
from PIL import Image

from ioc.api.buckets import Buckets
from ioc.api.release_book import MOST_BEGUN
from ioc.bus import Picture
from ioc.city.parts import Mask
from ioc.contract.rights import Principal
from ioc.core.dataclass import DataClass
from ioc.core.ids import new_id
from ioc.feed.pictures import Shown
from ioc.feed.wire import Scope
from ioc.store.evidence import ref_of
from streams.marks import Marks, with_marks
from tests.api.conftest import PLENTY, World
from tests.evidence.kept import make_evidence

BOX = (0.25, 0.25, 0.25, 0.5)
PURPOSE = "Công văn 12/CV-CA gửi Công an phường"


def jpeg() -> bytes:
    out = io.BytesIO()
    picture = Image.effect_noise((320, 180), 90).convert("RGB")
    picture.save(out, "JPEG", quality=90)
    return out.getvalue()


ORIGINAL = with_marks(jpeg(), Marks("detector", (BOX,)))


def show(world: World, camera: str = "cam-01", data: bytes = ORIGINAL) -> None:
    picture = Picture(camera, round(time.time() * 1000), data)
    world.app.state.feed.pictures.newest[camera] = Shown(picture, Scope(DataClass.INTERNAL))


async def begun(client: httpx.AsyncClient, camera: str = "cam-01") -> dict[str, Any]:
    answer = await client.post("/api/v1/releases", json={"camera": camera})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def looked_at(client: httpx.AsyncClient, id: str, **blur: Any) -> tuple[bytes, dict[str, Any]]:
    """The blurred picture, and what a person then sends to confirm it."""
    shown = await client.post(f"/api/v1/releases/{id}/blurred", json=blur)
    assert shown.status_code == 200, shown.text
    return shown.content, {**blur, "sha256": shown.headers["etag"].strip('"'), "purpose": PURPOSE}


def differs(one: bytes, other: bytes, box: tuple[int, int, int, int]) -> bool:
    first, second = (Image.open(io.BytesIO(data)).convert("L").crop(box).tobytes() for data in (one, other))
    return max(abs(a - b) for a, b in zip(first, second, strict=True)) > 60


async def test_a_picture_is_blurred_seen_confirmed_and_only_then_released(world: World) -> None:
    show(world)
    async with world.client("operator") as client:
        draft = await begun(client)
        assert (draft["by"], draft["whole"], draft["width"], draft["height"]) == ("detector", False, 320, 180)
        (box,) = draft["boxes"]
        assert box[2] > BOX[2] and draft["sha256"] == hashlib.sha256(ORIGINAL).hexdigest()
        path = f"/api/v1/releases/{draft['id']}"
        assert (await client.get(f"{path}/original.jpg")).content == ORIGINAL
        blurred, seen = await looked_at(client, draft["id"], boxes=[box, [0.7, 0.1, 0.2, 0.2]])
        assert (await client.get(f"{path}/{seen['sha256']}.jpg")).status_code == 404
        confirmed = await client.post(f"{path}/confirm", json=seen)
        assert confirmed.json()["url"] == f"{path}/{seen['sha256']}.jpg"
        taken = await client.get(confirmed.json()["url"])
    assert taken.content == blurred
    assert taken.headers["content-disposition"].startswith('attachment; filename="cam-01-')
    assert hashlib.sha256(taken.content).hexdigest() == seen["sha256"]
    assert differs(ORIGINAL, taken.content, (90, 60, 140, 120)) and differs(ORIGINAL, taken.content, (230, 22, 280, 50))
    assert not differs(ORIGINAL, taken.content, (10, 150, 60, 178))
    lines = {line.action: line for line in await world.store.audit.list(object=draft["id"])}
    detail = lines["picture.released"].detail
    assert detail["purpose"] == PURPOSE and detail["boxes"] == 2 and detail["proposed"] == 1
    assert (detail["original"], detail["released"]) == (draft["sha256"], seen["sha256"])
    looks = await world.store.audit.list(object=f"release:{draft['id']}")
    assert {line.action for line in looks} == {"personal.revealed"} and len(looks) >= 4


@pytest.mark.parametrize(("marks", "by"), [(None, "nothing"), (Marks("motion"), "motion")])
async def test_of_a_picture_nothing_is_known_of_everything_is_blurred(world: World, marks: Any, by: str) -> None:
    show(world, data=jpeg() if marks is None else with_marks(jpeg(), marks))
    async with world.client("operator") as client:
        draft = await begun(client)
    assert (draft["whole"], draft["boxes"], draft["by"]) == (True, [], by)


async def test_what_was_not_looked_at_is_not_released(world: World) -> None:
    show(world)
    async with world.client("operator") as client:
        id = (await begun(client))["id"]
        _, seen = await looked_at(client, id, boxes=[BOX])
        confirm = f"/api/v1/releases/{id}/confirm"
        for changed, status in (
            ({"boxes": [[0.1, 0.1, 0.1, 0.1]]}, 409),
            ({"sha256": "0" * 64}, 409),
            ({"purpose": "x"}, 422),
            ({"purpose": "          "}, 422),
            ({"sha256": "không"}, 422),
            ({"boxes": [[0, 0, 3, 1]]}, 422),
            ({"boxes": [[1, 1, 0, 0]]}, 422),
            ({"boxes": [[0.5, 0.5, 0.3, 0.001]]}, 422),
            ({"boxes": [[0.999, 0.1, 0.5, 0.5]]}, 422),
        ):
            assert (await client.post(confirm, json=seen | changed)).status_code == status, changed
        without = {key: value for key, value in seen.items() if key != "sha256"}
        assert (await client.post(confirm, json=without)).status_code == 422
    assert "picture.released" not in {line.action for line in await world.store.audit.list(object=id)}


async def test_who_was_not_shown_the_blurred_picture_confirms_nothing(world: World) -> None:
    show(world)
    async with world.client("operator") as client, world.client("supervisor") as other:
        id = (await begun(client))["id"]
        confirm = f"/api/v1/releases/{id}/confirm"
        _, first = await looked_at(client, id, boxes=[BOX])
        unseen = await other.post(confirm, json=first)
        assert (unseen.status_code, unseen.json()["type"]) == (409, "urn:ioc:problem:not-watched")
        assert unseen.json()["title"] and "shown" in unseen.json()["title_en"]
        _, second = await looked_at(client, id, whole=True)
        assert (await client.post(confirm, json=first)).status_code == 409, "another one was looked at since"
        assert (await other.post(confirm, json=second)).status_code == 409, "each for themselves"
        assert "picture.released" not in {line.action for line in await world.store.audit.list(object=id)}
        _, theirs = await looked_at(other, id, whole=True)
        assert theirs == second
        assert (await other.post(confirm, json=theirs)).status_code == 200


async def test_who_leaves_the_boxes_out_is_told_that_it_is_another_picture(world: World) -> None:
    show(world)
    async with world.client("operator") as client:
        id = (await begun(client))["id"]
        _, seen = await looked_at(client, id, boxes=[BOX])
        left_out = {key: value for key, value in seen.items() if key != "boxes"}
        refused = await client.post(f"/api/v1/releases/{id}/confirm", json=left_out)
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:ioc:problem:not-as-seen")
        assert "boxes" in refused.json()["detail_en"]


async def test_a_picture_of_before_a_mask_was_drawn_leaves_no_more(world: World) -> None:
    show(world)
    masks = world.app.state.feed.pictures.masks
    masks["cam-01"] = "trước"
    async with world.client("operator") as client:
        id = (await begun(client))["id"]
        _, seen = await looked_at(client, id, boxes=[BOX])
        masks["cam-01"] = "sau"
        refused = await client.post(f"/api/v1/releases/{id}/confirm", json=seen)
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:ioc:problem:masked-since")
        masks["cam-01"] = "trước"
        assert (await client.post(f"/api/v1/releases/{id}/confirm", json=seen)).status_code == 200


async def test_nothing_blurred_must_be_stood_for(world: World) -> None:
    show(world)
    async with world.client("operator") as client:
        id = (await begun(client))["id"]
        _, seen = await looked_at(client, id, boxes=[])
        refused = await client.post(f"/api/v1/releases/{id}/confirm", json=seen)
        assert refused.status_code == 422
        assert "nhận ra" in str(refused.json()["errors"]) and "recognised" in str(refused.json()["errors"])
        assert (await client.post(f"/api/v1/releases/{id}/confirm", json=seen | {"clear": True})).status_code == 200


async def test_no_picture_no_camera_no_release(world: World) -> None:
    async with world.client("operator") as client:
        assert (await client.post("/api/v1/releases", json={"camera": "cam-01"})).status_code == 503
        show(world, data=b"\xff\xd8jpeg")
        assert (await client.post("/api/v1/releases", json={"camera": "cam-01"})).status_code == 503
        assert (await client.post("/api/v1/releases", json={"camera": "cam-99"})).status_code == 404
        for id in (new_id(), "khong-co", "x" * 36):
            assert (await client.get(f"/api/v1/releases/{id}/original.jpg")).status_code == 404


async def test_of_a_hidden_camera_only_those_who_may_see_it_release_pictures(world: World) -> None:
    state = world.app.state
    hidden = msgspec.structs.replace(state.city.cameras[0], id="cam-kin", data_class=DataClass.SECURITY)
    state.city = msgspec.structs.replace(state.city, cameras=(*state.city.cameras, hidden))
    show(world, "cam-kin")
    async with world.client("supervisor") as supervisor, world.client("operator") as operator:
        assert (await operator.post("/api/v1/releases", json={"camera": "cam-kin"})).status_code == 404
        id = (await begun(supervisor, "cam-kin"))["id"]
        assert (await supervisor.get(f"/api/v1/releases/{id}")).status_code == 200
        for path in ("", "/original.jpg"):
            assert (await operator.get(f"/api/v1/releases/{id}{path}")).status_code == 404


@pytest.mark.parametrize(("role", "status"), [("anyone", 401), ("device", 403), ("wall", 403)])
async def test_nobody_else_takes_pictures_out(world: World, role: str, status: int) -> None:
    show(world)
    async with world.client(role) as client:
        assert (await client.post("/api/v1/releases", json={"camera": "cam-01"})).status_code == status


async def test_the_snapshot_of_an_evidence_leaves_by_the_same_road(world: World, tmp_path: Path) -> None:
    kept = await make_evidence(world.store, tmp_path)
    async with world.client("operator") as client:
        answer = await client.post("/api/v1/releases", json={"evidence": kept.event})
        assert answer.status_code == 201, answer.text
        draft = answer.json()
        assert (draft["camera"], draft["whole"]) == ("cam-01", True)
        original = (await client.get(f"/api/v1/releases/{draft['id']}/original.jpg")).content
        assert Image.open(io.BytesIO(original)).size == (draft["width"], draft["height"])
        _, seen = await looked_at(client, draft["id"], whole=True)
        assert (await client.post(f"/api/v1/releases/{draft['id']}/confirm", json=seen)).status_code == 200
        assert (await client.post("/api/v1/releases", json={"evidence": new_id()})).status_code == 404
        for wrong in ({}, {"camera": "cam-01", "evidence": kept.event}):
            assert (await client.post("/api/v1/releases", json=wrong)).status_code == 422
    noted = [line.action for line in await world.store.audit.list(object=ref_of(kept.event))]
    assert "evidence.viewed" in noted


async def test_a_snapshot_is_black_under_masks_drawn_since_and_says_that_it_is_simulated(
    world: World, tmp_path: Path
) -> None:
    kept = await make_evidence(world.store, tmp_path, shown=lambda number: jpeg())
    told = await make_evidence(world.store, tmp_path, shown=lambda number: jpeg(), simulated=True)
    state = world.app.state
    mask = Mask(id="nha", points=((0.5, 0.2), (1.0, 0.2), (1.0, 0.8), (0.5, 0.8)))
    masked = msgspec.structs.replace(state.city.cameras[0], masks=(mask,))
    state.city = msgspec.structs.replace(state.city, cameras=(masked, *state.city.cameras[1:]))
    pictures = []
    async with world.client("operator") as client:
        for event in (kept.event, told.event):
            id = (await client.post("/api/v1/releases", json={"evidence": event})).json()["id"]
            data = (await client.get(f"/api/v1/releases/{id}/original.jpg")).content
            pictures.append(np.asarray(Image.open(io.BytesIO(data)).convert("L"), int))
        _, seen = await looked_at(client, id, whole=True)
        state.feed.pictures.masks["cam-01"] = "khác"
        assert (await client.post(f"/api/v1/releases/{id}/confirm", json=seen)).status_code == 409
    assert all(one[42:138, 168:].max() < 30 and one[42:138, :150].std() > 40 for one in pictures)
    assert np.abs(pictures[0] - pictures[1])[168:, 100:].max() > 100, "other words stand in the second"


async def test_who_may_not_see_a_module_sees_no_release_of_its_evidence(world: World, tmp_path: Path) -> None:
    kept = await make_evidence(world.store, tmp_path)
    await world.admit_limited("an.ninh", "operator", "public_security")
    async with world.client("operator") as client:
        id = (await client.post("/api/v1/releases", json={"evidence": kept.event})).json()["id"]
    async with world.client("an.ninh") as client:
        for path in ("", "/original.jpg"):
            assert (await client.get(f"/api/v1/releases/{id}{path}")).status_code == 404


async def released(client: httpx.AsyncClient, camera: str = "cam-01") -> tuple[str, str]:
    """A release that was confirmed, and where its picture is to be had."""
    id = (await begun(client, camera))["id"]
    _, seen = await looked_at(client, id, boxes=[BOX])
    return id, str((await client.post(f"/api/v1/releases/{id}/confirm", json=seen)).json()["url"])


async def test_one_person_begins_so_many_and_others_go_on(world: World) -> None:
    show(world)
    async with world.client("operator") as operator, world.client("supervisor") as supervisor:
        answers = [await operator.post("/api/v1/releases", json={"camera": "cam-01"}) for _ in range(12)]
        assert [one.status_code for one in answers[:10]] == [201] * 10
        refused = answers[-1]
        assert refused.status_code == 429 and 1 <= int(refused.headers["retry-after"]) <= 7
        assert refused.json()["title"] and refused.json()["title_en"]
        assert (await supervisor.post("/api/v1/releases", json={"camera": "cam-01"})).status_code == 201
        assert (await operator.get(f"/api/v1/releases/{answers[0].json()['id']}")).status_code == 200


async def test_of_what_a_person_never_confirms_the_newest_stay(world: World) -> None:
    show(world)
    world.app.state.begun_releases = Buckets(PLENTY)
    async with world.client("operator") as client, world.client("supervisor") as other:
        confirmed, url = await released(client)
        others = (await begun(other))["id"]
        held, *ids = [(await begun(client))["id"] for _ in range(MOST_BEGUN)]
        await world.store.holds.add("person", f"release:{held}", by="admin", reason="Công văn 3/VKS")
        newest = [(await begun(client))["id"] for _ in range(2)]
        gone = [id for id in ids if (await client.get(f"/api/v1/releases/{id}")).status_code == 404]
        assert gone == ids[:1]
        for id in (confirmed, held, others, *newest):
            assert (await client.get(f"/api/v1/releases/{id}")).status_code == 200
        assert (await client.get(url)).status_code == 200
        listed = (await client.get("/api/v1/releases", params={"begun": True})).json()["releases"]
    assert len(listed) == MOST_BEGUN + 3 and gone[0] not in {one["id"] for one in listed}
    (line,) = [it for it in await world.store.audit.list(object=f"release:{gone[0]}") if it.action == "personal.erased"]
    assert "newer ones" in line.detail["reason"]


async def test_what_left_is_listed_newest_first_and_by_pages(world: World) -> None:
    show(world)
    show(world, "cam-02")
    async with world.client("operator") as client:
        ids = [(await released(client, camera))[0] for camera in ("cam-01", "cam-02", "cam-01")]
        waiting = (await begun(client))["id"]
        body = (await client.get("/api/v1/releases")).json()
        assert [one["id"] for one in body["releases"]] == ids[::-1] and body["next"] is None
        first = body["releases"][0]
        assert (first["camera"], first["state"], first["withdrawn"]) == ("cam-01", "released", None)
        assert first["name"] and first["released"]["purpose"] == PURPOSE and first["released"]["at"]
        me = (await client.get("/api/v1/me")).json()["id"]
        assert first["begun"]["by"] == first["released"]["by"] == me
        assert first["released"]["sign"] == "operator" * 2
        assert (await client.get(first["url"])).status_code == 200
        seen: list[str] = []
        page: dict[str, Any] = {"next": ""}
        while page["next"] is not None:
            before = {"before": page["next"]} if page["next"] else {}
            page = (await client.get("/api/v1/releases", params={"limit": 2, "begun": True, **before})).json()
            seen += [one["id"] for one in page["releases"]]
        assert seen == [waiting, *ids[::-1]]
        only = (await client.get("/api/v1/releases", params={"camera": "cam-02"})).json()["releases"]
        assert [one["id"] for one in only] == [ids[1]]
        assert (await client.get("/api/v1/releases", params={"before": "hôm qua"})).status_code == 422


async def test_a_withdrawn_picture_is_gone_and_both_stand_in_the_audit_chain(world: World) -> None:
    show(world)
    async with world.client("operator") as client, world.client("supervisor") as supervisor:
        id, url = await released(client)
        path = f"/api/v1/releases/{id}"
        assert (await client.post(f"{path}/withdraw", json={"reason": "   x   "})).status_code == 422
        why = "Còn nhận ra biển số xe"
        assert (await supervisor.post(f"{path}/withdraw", json={"reason": why})).status_code == 204
        gone = await client.get(url)
        assert (gone.status_code, gone.json()["type"]) == (410, "urn:ioc:problem:release-withdrawn")
        _, seen = await looked_at(client, id, whole=True)
        assert (await client.post(f"{path}/confirm", json=seen)).status_code == 410
        assert (await client.post(f"{path}/withdraw", json={"reason": why})).status_code == 410
        (listed,) = (await client.get("/api/v1/releases")).json()["releases"]
        assert (listed["state"], listed["url"], listed["withdrawn"]["reason"]) == ("withdrawn", None, why)
        assert (await client.get(path)).json()["state"] == "withdrawn"
        waiting = (await begun(client))["id"]
        assert (await client.post(f"/api/v1/releases/{waiting}/withdraw", json={"reason": why})).status_code == 404
        assert (await client.post(f"/api/v1/releases/{new_id()}/withdraw", json={"reason": why})).status_code == 404
        me = (await supervisor.get("/api/v1/me")).json()["id"]
    line = next(it for it in await world.store.audit.list(object=id) if it.action == "picture.withdrawn")
    assert (line.who, line.detail["reason"], line.detail["camera"]) == (me, why, "cam-01")


async def test_a_picture_past_its_time_is_listed_without_a_way_to_it(world: World) -> None:
    show(world)
    async with world.client("operator") as client, world.client("admin") as admin:
        id, url = await released(client)
        by = Principal(id=(await admin.get("/api/v1/me")).json()["id"], name="admin", classes=frozenset(DataClass))
        await world.store.personal.erase(f"release:{id}", by=by, reason="quá hạn")
        (listed,) = (await client.get("/api/v1/releases")).json()["releases"]
        assert (listed["state"], listed["url"]) == ("released", None)
        assert (await client.get(url)).status_code == 404


async def test_the_list_holds_only_what_its_reader_may_know(world: World, tmp_path: Path) -> None:
    kept = await make_evidence(world.store, tmp_path)
    state = world.app.state
    hidden = msgspec.structs.replace(state.city.cameras[0], id="cam-kin", data_class=DataClass.SECURITY)
    state.city = msgspec.structs.replace(state.city, cameras=(*state.city.cameras, hidden))
    show(world)
    show(world, "cam-kin")
    await world.admit_limited("an.ninh", "operator", "public_security")
    async with world.client("supervisor") as supervisor:
        secret, open_to_all = (await released(supervisor, "cam-kin"))[0], (await released(supervisor))[0]
        id = (await supervisor.post("/api/v1/releases", json={"evidence": kept.event})).json()["id"]
        _, seen = await looked_at(supervisor, id, whole=True)
        assert (await supervisor.post(f"/api/v1/releases/{id}/confirm", json=seen)).status_code == 200

    async def known_to(role: str) -> set[str]:
        async with world.client(role) as client:
            return {one["id"] for one in (await client.get("/api/v1/releases")).json()["releases"]}

    assert await known_to("supervisor") == {secret, open_to_all, id}
    assert await known_to("operator") == {open_to_all, id}
    assert await known_to("an.ninh") == set()
    async with world.client("operator") as operator:
        refused = await operator.post(f"/api/v1/releases/{secret}/withdraw", json={"reason": "không được biết"})
        assert refused.status_code == 404
    state.city = msgspec.structs.replace(state.city, cameras=state.city.cameras[:-1])
    assert await known_to("operator") == {open_to_all, id}, "what a deleted camera wrote keeps the class it had"
    raised = msgspec.structs.replace(state.city.cameras[0], data_class=DataClass.SECURITY)
    state.city = msgspec.structs.replace(state.city, cameras=(raised, *state.city.cameras[1:]))
    assert await known_to("operator") == set()
    async with world.client("operator") as operator:
        assert (await operator.get(f"/api/v1/releases/{open_to_all}")).status_code == 404
    for role, status in (("anyone", 401), ("device", 403), ("wall", 403)):
        async with world.client(role) as client:
            assert (await client.get("/api/v1/releases")).status_code == status
