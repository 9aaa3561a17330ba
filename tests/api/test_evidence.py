"""The doors of evidence: who may know of what, pictures as they were kept, and originals for a reason, all noted."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from ioc.contract.rights import Principal
from ioc.core.dataclass import DataClass
from ioc.core.text import Text
from ioc.evidence.clip import NOTE, pictures_of
from ioc.evidence.folder import CLIP, SEALED, SNAPSHOT
from ioc.store.evidence import EvidenceRow, ref_of, want
from tests.api.conftest import World
from tests.api.test_incidents import limited_to, opened
from tests.evidence.kept import make_evidence, picture, wanted_of

DOOR = "/api/v1/evidence"
REASON = {"reason": "Công văn 12/CV-CA ngày 5-1-2026"}


@pytest.fixture
async def kept(world: World, tmp_path: Path) -> EvidenceRow:
    return await make_evidence(world.store, tmp_path)


async def actions(world: World, row: EvidenceRow) -> list[tuple[str, str]]:
    """What was noted of it, oldest first."""
    lines = await world.store.audit.list(object=ref_of(row.event))
    return [(line.action, str(line.detail.get("file", ""))) for line in reversed(lines)]


async def test_it_is_listed_with_hashes_times_and_what_it_was_taken_under(world: World, kept: EvidenceRow) -> None:
    async with world.client("operator") as client:
        listed = (await client.get(DOOR)).json()
        one = (await client.get(f"{DOOR}/{kept.event}")).json()
    assert listed == {"evidence": [{name: value for name, value in one.items() if name != "frames"}], "next": None}
    assert (one["state"], one["camera"], one["reason"], one["held"]) == ("kept", "cam-01", None, False)
    assert one["clip"]["pictures"] == len(one["frames"]) == 41
    assert (one["clip"]["missing_s"], one["clock"]["jump_s"]) == (0.0, 0.0)
    assert one["keep_until"] < one["original_keep_until"]
    assert one["gone"] == {"open": None, "original": None}
    assert len(one["calibration"]) == 32


async def test_pictures_are_those_that_were_kept_and_who_fetched_them_is_noted(world: World, kept: EvidenceRow) -> None:
    async with world.client("operator") as client:
        one = (await client.get(f"{DOOR}/{kept.event}")).json()
        snapshot = await client.get(one["snapshot"]["url"])
        clip = await client.get(one["clip"]["url"])
        played = await client.get(one["clip"]["play"], params={"speed": 8})
    assert (snapshot.status_code, snapshot.headers["content-type"]) == (200, "image/jpeg")
    assert snapshot.headers["cache-control"] == "no-store"
    for answer, said in ((snapshot, one["snapshot"]), (clip, one["clip"])):
        assert hashlib.sha256(answer.content).hexdigest() == said["sha256"]
        assert len(answer.content) == said["bytes"]
    pictures = pictures_of(clip.content)
    with zipfile.ZipFile(io.BytesIO(clip.content)) as file:
        assert {entry.compress_type for entry in file.infolist()} == {zipfile.ZIP_STORED}
        assert file.namelist()[0] == NOTE
    parts = played.content.split(b"--ioc-picture\r\n")[1:]
    assert [part.partition(b"\r\n\r\n")[2][: len(one.jpeg)] for part, one in zip(parts, pictures, strict=True)] == [
        one.jpeg for one in pictures
    ]
    expected = [("evidence.kept", ""), *[("evidence.viewed", name) for name in (SNAPSHOT, CLIP, CLIP)]]
    assert await actions(world, kept) == expected


async def test_an_original_is_opened_for_a_reason_only_and_comes_back_byte_for_byte(
    world: World, kept: EvidenceRow
) -> None:
    door = f"{DOOR}/{kept.event}/original"
    async with world.client("supervisor") as client:
        refused = [await client.post(f"{door}/snapshot", json=body) for body in ({}, {"reason": "vì"})]
        snapshot = await client.post(f"{door}/snapshot", json=REASON)
        clip = await client.post(f"{door}/clip", json=REASON)
        said = (await client.get(f"{DOOR}/{kept.event}")).json()["original"]
        custody = (await client.get(f"{DOOR}/{kept.event}/custody")).json()["lines"]
    assert [one.status_code for one in refused] == [422, 422]
    assert snapshot.content in {picture(number, masked=False) for number in range(256)}
    assert all(one.jpeg == picture(number + 10, masked=False) for number, one in enumerate(pictures_of(clip.content)))
    assert hashlib.sha256(snapshot.content).hexdigest() == said["snapshot_sha256"]
    assert hashlib.sha256(clip.content).hexdigest() == said["clip_sha256"]
    assert [line["action"] for line in custody] == [*["evidence.original.opened"] * 2, "evidence.kept"]
    assert custody[0]["detail"]["reason"] == REASON["reason"]
    async with world.client("operator") as client:
        assert (await client.post(f"{door}/snapshot", json=REASON)).status_code == 403
        assert (await client.get(f"{DOOR}/{kept.event}/custody")).status_code == 403


@pytest.mark.parametrize(("role", "status"), [("anyone", 401), ("wall", 403), ("device", 403)])
async def test_others_see_nothing(world: World, kept: EvidenceRow, role: str, status: int) -> None:
    async with world.client(role) as client:
        for door in ("", f"/{kept.event}", f"/{kept.event}/snapshot.jpg", f"/{kept.event}/clip.mjpeg"):
            assert (await client.get(f"{DOOR}{door}")).status_code == status
    assert await actions(world, kept) == [("evidence.kept", "")]


async def test_what_one_may_not_know_of_is_not_there(world: World, tmp_path: Path) -> None:
    secret = await make_evidence(world.store, tmp_path, dataclass=DataClass.SECURITY)
    guard = await make_evidence(world.store, tmp_path, module="public_security")
    gone = await make_evidence(world.store, tmp_path, camera="cam-đã-bỏ")
    async with world.client("operator") as client:
        ids = {one["id"] for one in (await client.get(DOOR)).json()["evidence"]}
        assert ids == {guard.event, gone.event}
        for door in ("", "/snapshot.jpg", "/clip.zip", "/clip.mjpeg"):
            assert (await client.get(f"{DOOR}/{secret.event}{door}")).status_code == 404
    async with world.client("supervisor") as client:
        assert len((await client.get(DOOR)).json()["evidence"]) == 3
        assert (await client.get(f"{DOOR}/{secret.event}/snapshot.jpg")).status_code == 200


async def test_a_person_limited_to_modules_sees_only_those_and_needs_cameras_among_them(
    world: World, tmp_path: Path
) -> None:
    road = await make_evidence(world.store, tmp_path)
    yard = await make_evidence(world.store, tmp_path, module="public_security")
    operator = next(one for one in await world.auth.people.list() if one.role == "operator")
    for modules, seen in ((["traffic"], set()), (["traffic", "camera"], {road.event})):
        await world.auth.people.set_rights(operator.id, modules=modules, by="test")
        opened = await world.auth.sessions.open(Principal(id=operator.id, name="x", role="operator"))
        world.cookies["operator"] = f"ioc-session-ky-anh={opened.value}"
        async with world.client("operator") as client:
            assert {one["id"] for one in (await client.get(DOOR)).json()["evidence"]} == seen
            assert (await client.get(f"{DOOR}/{yard.event}")).status_code == 404


async def test_an_altered_file_is_shown_to_nobody_and_a_lost_one_is_said(
    world: World, kept: EvidenceRow, tmp_path: Path
) -> None:
    home = tmp_path / "evidence" / str(kept.body.folder)
    (home / SNAPSHOT).write_bytes(picture(200, masked=True))
    (home / CLIP).unlink()
    raw = bytearray((home / (CLIP + SEALED)).read_bytes())
    raw[-1] ^= 1
    (home / (CLIP + SEALED)).write_bytes(raw)
    async with world.client("supervisor") as client:
        altered = await client.get(f"{DOOR}/{kept.event}/snapshot.jpg")
        lost = await client.get(f"{DOOR}/{kept.event}/clip.zip")
        original = await client.post(f"{DOOR}/{kept.event}/original/clip", json=REASON)
    assert (altered.status_code, altered.json()["type"]) == (409, "urn:ioc:problem:evidence-altered")
    assert "không còn đúng" in altered.json()["title"]
    assert (lost.status_code, lost.headers["retry-after"]) == (503, "60")
    assert original.status_code == 409
    noted = [one for one in await actions(world, kept) if one[0] == "evidence.refused"]
    assert noted == [("evidence.refused", SNAPSHOT), ("evidence.refused", CLIP), ("evidence.refused", CLIP)]


async def test_what_is_past_its_time_and_what_never_was_are_told_apart(
    world: World, kept: EvidenceRow, tmp_path: Path
) -> None:
    for part in ("open", "original"):
        await world.store.evidence.give_away(kept.event, part, Text("hết hạn", "past its time"), by="retention")
    missed = wanted_of(world.store)
    await world.store.write(lambda tx: want(tx, missed, Text("không có hình", "no pictures")))
    async with world.client("supervisor") as client:
        for door in ("snapshot.jpg", "clip.zip", "clip.mjpeg"):
            assert (await client.get(f"{DOOR}/{kept.event}/{door}")).status_code == 410
            assert (await client.get(f"{DOOR}/{missed.event}/{door}")).status_code == 404
        assert (await client.post(f"{DOOR}/{kept.event}/original/clip", json=REASON)).status_code == 410
        assert (await client.post(f"{DOOR}/{missed.event}/original/clip", json=REASON)).status_code == 404
        one = (await client.get(f"{DOOR}/{kept.event}")).json()
        none = (await client.get(f"{DOOR}/{missed.event}")).json()
    assert (one["state"], one["keep_until"]) == ("deleted", None)
    assert one["gone"]["open"] and one["gone"]["original"]
    assert (none["state"], none["snapshot"], none["clip"], none["gone"]) == (
        "missed", None, None, {"open": None, "original": None},
    )  # fmt: skip
    assert none["reason"] == {"vi": "không có hình", "en": "no pictures"}


async def test_pages_follow_each_other_and_bad_questions_are_refused(world: World, tmp_path: Path) -> None:
    made = [wanted_of(world.store) for _ in range(5)]
    for one in made:
        await world.store.write(lambda tx, one=one: want(tx, one, Text("không", "none")))
    found: list[str] = []
    async with world.client("operator") as client:
        page = (await client.get(DOOR, params={"limit": 2})).json()
        while True:
            found += [one["id"] for one in page["evidence"]]
            if page["next"] is None:
                break
            page = (await client.get(DOOR, params={"limit": 2, "before": page["next"]})).json()
        one = (await client.get(DOOR, params={"event": made[0].event})).json()["evidence"]
        bad = [
            await client.get(DOOR, params=params)
            for params in ({"before": "hôm qua"}, {"limit": 0}, {"incident": "lạ"}, {"before": "9999|x"})
        ]
        strange = await client.get(f"{DOOR}/..%2F..%2Fetc/snapshot.jpg")
    assert found == [one.event for one in reversed(made)]
    assert [it["id"] for it in one] == [made[0].event]
    assert [answer.status_code for answer in bad] == [422, 422, 404, 422]
    assert strange.status_code == 404


async def test_a_case_has_all_evidence_of_its_story(world: World, tmp_path: Path) -> None:
    [case] = await opened(world, module="traffic")
    async with world.client("operator") as client:
        story = (await client.get(f"/api/v1/incidents/{case}")).json()["correlation"]
        its = [await make_evidence(world.store, tmp_path, correlation=story) for _ in range(2)]
        await make_evidence(world.store, tmp_path)
        found = (await client.get(DOOR, params={"incident": case})).json()["evidence"]
    assert {one["id"] for one in found} == {row.event for row in its}
    await limited_to(world, "citizen")
    async with world.client("limited") as client:
        answer = await client.get(DOOR, params={"incident": case})
    assert answer.json() == {"evidence": [], "next": None}
