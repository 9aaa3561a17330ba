"""The clip of an evidence leaves only blurred, as a person has watched it to its end, and known to the audit chain."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import cv2
import httpx
import msgspec
import numpy as np
import pytest
from PIL import Image, ImageDraw

from ioc.api.buckets import Buckets
from ioc.city.parts import Mask
from ioc.core.clock import SetClock
from ioc.core.dataclass import DataClass
from ioc.core.ids import new_id
from ioc.core.text import Text
from ioc.evidence.folder import CLIP, EvidenceFolder
from ioc.host import leaving_clips
from ioc.settings import Settings
from ioc.store.evidence import EvidenceRow, ref_of, want
from streams.marks import Marks, with_marks
from tests.api.conftest import PLENTY, World, build
from tests.evidence.kept import make_evidence, wanted_of

PURPOSE = "Công văn 12/CV-CA gửi Công an phường"
WHY = "Còn nhận ra người đi đường"
SIZE = (320, 180)
LOST = (20, 21)  # the pictures in which nothing was found, though the thing is there


def chequered(number: int) -> bytes:
    """Fine fields of black and white, in which every detail can be told, and a box that moves over them."""
    rows, columns = np.indices((SIZE[1], SIZE[0])) // 4
    image = Image.fromarray(((rows + columns) % 2 * 255).astype(np.uint8)).convert("RGB")
    ImageDraw.Draw(image).rectangle((0, 0, 320, 90), (0, 0, 0))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95)
    boxes = () if number % 60 in LOST else ((0.3 + 0.004 * (number % 60), 0.6, 0.15, 0.3),)
    return with_marks(out.getvalue(), Marks("motion", boxes))


@pytest.fixture
async def kept(world: World, tmp_path: Path) -> EvidenceRow:
    """Evidence of the settings' own folder, forty pictures of twenty seconds."""
    return await make_evidence(world.store, tmp_path, shown=chequered)


@pytest.fixture
def clock(world: World) -> SetClock:
    """The clock by which the door knows how long ago a film was given out."""
    made = SetClock(world.store.now())
    world.app.state.auth.clock = made
    return made


_CUTS: list[Callable[[int], bytes]] = [
    lambda number: chequered(number)[:3] + bytes(9),
    lambda number: b"",
    lambda number: chequered(number)[:15_000],
]


async def begun(client: httpx.AsyncClient, event: str) -> dict[str, Any]:
    answer = await client.post("/api/v1/releases", json={"evidence": event, "clip": True})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def watched(client: httpx.AsyncClient, id: str, **blur: Any) -> tuple[bytes, dict[str, Any]]:
    """The film, and what a person then sends to confirm it."""
    shown = await client.post(f"/api/v1/releases/{id}/blurred", json=blur)
    assert shown.status_code == 200, shown.text
    assert shown.headers["content-type"] == "video/webm"
    return shown.content, {**blur, "sha256": shown.headers["etag"].strip('"'), "purpose": PURPOSE}


def pictures(film: bytes, at: Path) -> list[np.ndarray[Any, Any]]:
    """Every picture of a film, in grey."""
    at.write_bytes(film)
    capture, found = cv2.VideoCapture(str(at)), []
    while (read := capture.read())[0]:
        found.append(cv2.cvtColor(read[1], cv2.COLOR_BGR2GRAY))
    return found


def detail(picture: np.ndarray[Any, Any], box: Sequence[float]) -> float:
    """How much can be told apart within the middle of a box: some 120 in the clear, next to nothing blurred."""
    x, y, w, h = box[0] * SIZE[0], box[1] * SIZE[1], box[2] * SIZE[0], box[3] * SIZE[1]
    return float(picture[int(y + h / 4) : int(y + 3 * h / 4), int(x + w / 4) : int(x + 3 * w / 4)].std())


async def test_a_clip_is_blurred_watched_to_its_end_confirmed_and_only_then_released(
    world: World, kept: EvidenceRow, clock: SetClock, tmp_path: Path
) -> None:
    folder = EvidenceFolder(tmp_path / "evidence")
    assert kept.body.clip is not None and kept.body.folder is not None
    before = folder.get(kept.body.folder, CLIP, kept.body.clip.file)
    async with world.client("operator") as client:
        draft = await begun(client, kept.event)
        clip, path = draft["clip"], f"/api/v1/releases/{draft['id']}"
        assert (draft["by"], draft["whole"], draft["width"], draft["height"]) == ("motion", False, *SIZE)
        assert len(clip["at_ms"]) == len(kept.body.clip.frames) and clip["evidence"] == kept.event
        (thing,) = clip["things"]
        assert (thing["first"], len(thing["boxes"])) == (0, len(clip["at_ms"])), "held where it was lost"
        by_hand: dict[str, Any] = {"box": [0.8, 0.6, 0.15, 0.3], "first": 5, "last": 9}
        film, seen = await watched(client, draft["id"], spans=[by_hand])
        assert (await client.get(f"{path}/{seen['sha256']}.webm")).status_code == 404
        early = await client.post(f"{path}/confirm", json=seen)
        assert (early.status_code, early.json()["type"]) == (409, "urn:ioc:problem:not-watched")
        assert 1 <= int(early.headers["retry-after"]) <= clip["lasts_ms"] / 1000
        clock.move(timedelta(milliseconds=clip["lasts_ms"]))
        confirmed = await client.post(f"{path}/confirm", json=seen)
        assert confirmed.status_code == 200, confirmed.text
        assert confirmed.json()["url"] == f"{path}/{seen['sha256']}.webm"
        taken = await client.get(confirmed.json()["url"])
        assert (await client.get(f"{path}/{seen['sha256']}.jpg")).status_code == 404
        assert (await client.get(f"{path}/original.jpg")).status_code == 404
        (listed,) = (await client.get("/api/v1/releases")).json()["releases"]
    assert taken.content == film and hashlib.sha256(film).hexdigest() == seen["sha256"]
    assert taken.headers["content-type"] == "video/webm" and taken.headers["content-disposition"].endswith('.webm"')
    assert (listed["kind"], listed["url"]) == ("clip", confirmed.json()["url"])
    shown = pictures(film, tmp_path / "film.webm")
    assert len(shown) == len(clip["at_ms"])
    for number, picture in enumerate(shown):
        assert detail(picture, thing["boxes"][number]) < 12, f"in picture {number}"
        assert (detail(picture, by_hand["box"]) < 12) == (5 <= number <= 9), f"in picture {number}"
        assert detail(picture, (0.02, 0.55, 0.2, 0.3)) > 60, "what nobody covers stays"
    assert folder.get(kept.body.folder, CLIP, kept.body.clip.file) == before, "the evidence is as it was"
    lines = {line.action: line for line in await world.store.audit.list(object=draft["id"])}
    told = lines["clip.released"].detail
    assert (told["purpose"], told["boxes"], told["proposed"], told["evidence"]) == (PURPOSE, 1, 1, kept.event)
    assert (told["original"], told["released"]) == (kept.body.clip.file.sha256, seen["sha256"])
    assert "clip.proposed" in lines
    looks = [line.action for line in await world.store.audit.list(object=ref_of(kept.event))]
    assert looks.count("evidence.viewed") == 3, "begun, looked at, made again"


async def test_of_a_clip_nothing_is_known_of_everything_is_blurred(world: World, tmp_path: Path) -> None:
    kept = await make_evidence(world.store, tmp_path)
    async with world.client("operator") as client:
        draft = await begun(client, kept.event)
    assert (draft["whole"], draft["by"], draft["clip"]["things"]) == (True, "nothing", [])


async def test_what_was_not_watched_is_not_released(world: World, kept: EvidenceRow, clock: SetClock) -> None:
    async with world.client("operator") as client, world.client("supervisor") as other:
        draft = await begun(client, kept.event)
        id = draft["id"]
        confirm = f"/api/v1/releases/{id}/confirm"
        _, whole = await watched(client, id, whole=True)
        _, seen = await watched(client, id)
        clock.move(timedelta(minutes=2))
        for changed, status in (
            ({"without": [0]}, 422),  # nothing is blurred then, and nobody says that nothing need be
            ({"without": [0], "clear": True}, 409),
            ({"spans": [{"box": [0.05, 0.6, 0.1, 0.1], "first": 0, "last": 1}]}, 409),
            ({"sha256": "0" * 64}, 409),
            (whole, 409),  # another one was watched since
            ({"purpose": "x"}, 422),
            ({"spans": [{"box": [0.1, 0.1, 0.1, 0.001], "first": 0, "last": 1}]}, 422),
            ({"spans": [{"box": [0.1, 0.1, 0.1, 0.1], "first": 2, "last": 1}]}, 422),
            ({"spans": [{"box": [0.1, 0.1, 0.1, 0.1], "first": 0, "last": 400}]}, 422),
            ({"spans": [{"box": [0.1, 0.1, 0.1, 0.1], "first": -1, "last": 4}]}, 422),
            ({"spans": [{"box": [0.1, 0.1, 0.1, 0.1], "first": 0, "last": 1}] * 201}, 422),
            ({"without": [7]}, 422),
            ({"without": [-1]}, 422),
        ):
            answer = await client.post(confirm, json=seen | changed)
            assert answer.status_code == status, (changed, answer.text)
            assert answer.json()["title"] and answer.json()["title_en"]
        unseen = await other.post(confirm, json=seen)
        assert (unseen.status_code, unseen.json()["type"]) == (409, "urn:ioc:problem:not-watched"), (
            "each for themselves"
        )
        clock.move(timedelta(days=-1))
        set_back = await client.post(confirm, json=seen)
        assert set_back.status_code == 409 and int(set_back.headers["retry-after"]) <= 60
        clock.move(timedelta(days=1))
        assert (await client.post(confirm, json=seen)).status_code == 200
    assert [line.action for line in await world.store.audit.list(object=id)].count("clip.released") == 1


async def test_what_was_begun_and_watched_lasts_through_a_restart(
    world: World, kept: EvidenceRow, clock: SetClock, settings: Settings
) -> None:
    async with world.client("operator") as client:
        id = (await begun(client, kept.event))["id"]
        _, seen = await watched(client, id)
    world.app = await build(world.store, world.auth, settings)
    world.app.state.auth.clock = clock
    clock.move(timedelta(minutes=1))
    async with world.client("operator") as client:
        confirmed = await client.post(f"/api/v1/releases/{id}/confirm", json=seen)
        assert confirmed.status_code == 200, confirmed.text
    world.app = await build(world.store, world.auth, settings)
    async with world.client("operator") as client:
        assert (await client.get(confirmed.json()["url"])).status_code == 200


async def test_two_persons_look_at_once_and_each_confirms_what_they_saw(
    world: World, kept: EvidenceRow, clock: SetClock
) -> None:
    async with world.client("operator") as client, world.client("supervisor") as other:
        id = (await begun(client, kept.event))["id"]
        (_, mine), (_, theirs) = await asyncio.gather(watched(client, id), watched(other, id, whole=True))
        clock.move(timedelta(minutes=1))
        confirm = f"/api/v1/releases/{id}/confirm"
        answers = await asyncio.gather(client.post(confirm, json=mine), other.post(confirm, json=theirs))
        assert [one.status_code for one in answers] == [200, 200]
        for one in answers:
            assert (await client.get(one.json()["url"])).status_code == 200


async def test_a_released_clip_is_taken_back(world: World, kept: EvidenceRow, clock: SetClock) -> None:
    async with world.client("operator") as client, world.client("supervisor") as supervisor:
        id = (await begun(client, kept.event))["id"]
        _, seen = await watched(client, id)
        clock.move(timedelta(minutes=1))
        url = (await client.post(f"/api/v1/releases/{id}/confirm", json=seen)).json()["url"]
        late = await client.post(f"/api/v1/releases/{id}/refuse", json={"reason": WHY})
        assert (late.status_code, late.json()["type"]) == (409, "urn:ioc:problem:released")
        assert (await supervisor.post(f"/api/v1/releases/{id}/withdraw", json={"reason": WHY})).status_code == 204
        gone = await client.get(url)
        assert (gone.status_code, gone.json()["type"]) == (410, "urn:ioc:problem:release-withdrawn")
        assert (await client.post(f"/api/v1/releases/{id}/confirm", json=seen)).status_code == 410
    assert "clip.withdrawn" in [line.action for line in await world.store.audit.list(object=id)]


async def test_who_looked_may_refuse_and_nothing_is_left_of_it_but_that(world: World, kept: EvidenceRow) -> None:
    async with world.client("operator") as client:
        id, held = (await begun(client, kept.event))["id"], (await begun(client, kept.event))["id"]
        await world.store.holds.add("person", f"release:{held}", by="admin", reason="Công văn 3/VKS")
        _, seen = await watched(client, held)
        assert (await client.post(f"/api/v1/releases/{id}/refuse", json={"reason": "  x "})).status_code == 422
        for one in (id, held):
            assert (await client.post(f"/api/v1/releases/{one}/refuse", json={"reason": WHY})).status_code == 204
        assert (await client.get(f"/api/v1/releases/{id}")).status_code == 404
        assert (await client.post(f"/api/v1/releases/{id}/refuse", json={"reason": WHY})).status_code == 404
        assert (await client.post(f"/api/v1/releases/{held}/refuse", json={"reason": WHY})).status_code == 410
        assert (await client.get(f"/api/v1/releases/{held}")).json()["state"] == "refused"
        world.app.state.auth.clock = SetClock(world.store.now() + timedelta(minutes=2))
        assert (await client.post(f"/api/v1/releases/{held}/confirm", json=seen)).status_code == 410
        assert (await client.get("/api/v1/releases")).json()["releases"] == []
        listed = (await client.get("/api/v1/releases", params={"begun": True})).json()["releases"]
        assert {one["id"]: (one["state"], one["refused"]["reason"]) for one in listed} == {
            id: ("refused", WHY),
            held: ("refused", WHY),
        }
    (line,) = [it for it in await world.store.audit.list(object=id) if it.action == "clip.refused"]
    assert line.detail["reason"] == WHY
    assert await world.store.evidence.get(kept.event) == kept, "the evidence stays"


async def test_a_clip_that_is_gone_or_another_leaves_no_more(
    world: World, kept: EvidenceRow, clock: SetClock, tmp_path: Path
) -> None:
    """Its time is past, or its file is damaged, between looking and confirming; a hold keeps the time off."""
    world.app.state.begun_releases = world.app.state.blurred_clips = Buckets(PLENTY)
    assert kept.body.folder is not None
    file = tmp_path / "evidence" / kept.body.folder / CLIP
    whole = file.read_bytes()
    async with world.client("operator") as client:
        id = (await begun(client, kept.event))["id"]
        _, seen = await watched(client, id)
        clock.move(timedelta(minutes=1))

        async def refusals() -> set[tuple[int, str]]:
            path = f"/api/v1/releases/{id}"
            answers = [
                await client.post("/api/v1/releases", json={"evidence": kept.event, "clip": True}),
                await client.post(f"{path}/blurred", json={}),
                await client.post(f"{path}/confirm", json=seen),
            ]
            assert all(one.json()["title"] and one.json()["title_en"] for one in answers)
            return {(one.status_code, one.json()["type"].rpartition(":")[2]) for one in answers}

        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        assert await refusals() == {(409, "evidence-altered")}
        file.rename(file.with_suffix(".away"))
        assert await refusals() == {(503, "evidence-elsewhere")}
        file.write_bytes(whole)
        gone = Text("hết hạn", "past its time")
        await world.store.evidence.give_away(kept.event, "open", gone, by="retention")
        assert await refusals() == {(410, "evidence-deleted")}
    assert "clip.released" not in [line.action for line in await world.store.audit.list(object=id)]


async def test_a_clip_whose_pictures_cannot_be_read_is_told_and_ends_nothing(world: World, tmp_path: Path) -> None:
    async with world.client("operator") as client:
        for cut in _CUTS:
            kept = await make_evidence(world.store, tmp_path, shown=cut)
            answer = await client.post("/api/v1/releases", json={"evidence": kept.event, "clip": True})
            if answer.status_code == 201:
                answer = await client.post(f"/api/v1/releases/{answer.json()['id']}/blurred", json={})
            assert (answer.status_code, answer.json()["type"]) == (409, "urn:ioc:problem:clip-unreadable")
            assert answer.json()["title"] and answer.json()["title_en"]


async def test_a_clip_that_is_still_cut_is_no_clip_yet(world: World) -> None:
    wanted = wanted_of(world.store)
    await world.store.write(lambda tx: want(tx, wanted))
    missed = wanted_of(world.store)
    await world.store.write(lambda tx: want(tx, missed, Text("không có hình", "no picture")))
    async with world.client("operator") as client:
        waits = await client.post("/api/v1/releases", json={"evidence": wanted.event, "clip": True})
        assert (waits.status_code, waits.json()["type"]) == (409, "urn:ioc:problem:clip-not-ready")
        assert int(waits.headers["retry-after"]) > 0
        for none in (missed.event, new_id(), "khong-co"):
            answer = await client.post("/api/v1/releases", json={"evidence": none, "clip": True})
            assert answer.status_code == 404
        wrong = await client.post("/api/v1/releases", json={"camera": "cam-01", "clip": True})
        assert wrong.status_code == 422


async def test_limits_of_length_and_of_how_many_at_once(
    world: World, kept: EvidenceRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world.client("operator") as client:
        with monkeypatch.context() as patched:
            patched.setattr(leaving_clips, "MOST_PICTURES", 10)
            long = await client.post("/api/v1/releases", json={"evidence": kept.event, "clip": True})
            assert (long.status_code, long.json()["type"]) == (422, "urn:ioc:problem:clip-too-long")
        with monkeypatch.context() as patched:
            patched.setattr(leaving_clips, "MOST_WAITING", 0)
            busy = await client.post("/api/v1/releases", json={"evidence": kept.event, "clip": True})
            assert (busy.status_code, busy.json()["type"]) == (429, "urn:ioc:problem:clips-waiting")
            assert int(busy.headers["retry-after"]) > 0
        id = (await begun(client, kept.event))["id"]
        with monkeypatch.context() as patched:
            patched.setattr(leaving_clips, "FILM_S", 0.01)
            slow = await client.post(f"/api/v1/releases/{id}/blurred", json={})
            assert (slow.status_code, slow.json()["type"]) == (409, "urn:ioc:problem:clip-too-slow")
        answers = [await client.post(f"/api/v1/releases/{id}/blurred", json={"without": [9]}) for _ in range(12)]
        assert {one.status_code for one in answers} == {422, 429}


async def test_a_mask_drawn_since_is_black_in_the_film_and_ends_what_was_begun_before(
    world: World, kept: EvidenceRow, clock: SetClock, tmp_path: Path
) -> None:
    state = world.app.state
    first = state.city.cameras[0]
    mask = Mask(id="nha", points=((0.0, 0.6), (0.3, 0.6), (0.3, 0.9), (0.0, 0.9)))
    masked = msgspec.structs.replace(first, masks=(mask,))
    async with world.client("operator") as client:
        id = (await begun(client, kept.event))["id"]
        _, seen = await watched(client, id)
        clock.move(timedelta(minutes=1))
        state.city = msgspec.structs.replace(state.city, cameras=(masked, *state.city.cameras[1:]))
        refused = await client.post(f"/api/v1/releases/{id}/confirm", json=seen)
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:ioc:problem:masked-since")
        film, _ = await watched(client, (await begun(client, kept.event))["id"])
    assert pictures(film, tmp_path / "film.webm")[8][115:155, 10:80].max() < 40


async def test_only_who_may_see_the_camera_takes_its_clips_out(world: World, tmp_path: Path) -> None:
    """Also of a camera that the profile does not know any more: what it wrote keeps the class it had then."""
    kept = await make_evidence(
        world.store, tmp_path, shown=chequered, camera="cam-da-bo", dataclass=DataClass.SECURITY, simulated=True
    )
    async with world.client("supervisor") as supervisor, world.client("operator") as operator:
        draft = await begun(supervisor, kept.event)
        assert (draft["name"], draft["dataclass"]) == ("cam-da-bo", "security")
        await watched(supervisor, draft["id"])
        assert (await operator.post("/api/v1/releases", json={"evidence": kept.event, "clip": True})).status_code == 404
        for path, body in (("blurred", {}), ("confirm", {"sha256": "0" * 64, "purpose": PURPOSE})):
            assert (await operator.post(f"/api/v1/releases/{draft['id']}/{path}", json=body)).status_code == 404
        assert (await operator.get("/api/v1/releases", params={"begun": True})).json()["releases"] == []
    for role, status in (("anyone", 401), ("device", 403), ("wall", 403)):
        async with world.client(role) as client:
            asked = await client.post("/api/v1/releases", json={"evidence": kept.event, "clip": True})
            assert asked.status_code == status
