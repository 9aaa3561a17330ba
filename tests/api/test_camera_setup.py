"""Setting cameras up at a screen: who may, what is refused and why, and the file that comes of it."""

from __future__ import annotations

import asyncio
import shutil
import stat
import tomllib
from pathlib import Path
from typing import Any

import httpx
import pytest

from ioc.auth import Auth, AuthSettings
from ioc.city.profile import check_city, load_city
from ioc.cli.city_check import every_mistake, refuse_mistakes
from ioc.host.camera_file import BY_HAND
from ioc.settings import Settings
from ioc.store import Store
from tests.api.conftest import CITY_DIR, SECRET, World, build

CAMERA = "/api/v1/cameras/cam-01"
LINE = {"id": "bac", "start": [0.2, 0.6], "end": [0.8, 0.6], "allowed": "in"}
ZONE = {
    "id": "via-he",
    "name": "Vỉa hè cấm đỗ",
    "purpose": "no_parking",
    "closed": "06:00-22:00",
    "points": [[0.1, 0.7], [0.4, 0.7], [0.4, 0.9], [0.1, 0.9]],
}
NEW = {"id": "cam-moi", "name": "Ngã tư mới", "heading_deg": 90, "source": "rtsp://10.20.0.99:554/stream2"}


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    return tmp_path / "riêng"


@pytest.fixture
def settings(tmp_path: Path, overlay: Path) -> Settings:
    logins = tmp_path / "logins.toml"
    logins.write_text('[cam-02]\nuser = "xem"\npassword = "bí mật"\n', encoding="utf-8")
    logins.chmod(0o600)
    values = {"city_dir": CITY_DIR, "state_dir": tmp_path, "city_overlay": overlay, "camera_secrets": logins}
    return Settings.model_validate(values)


async def changed(client: httpx.AsyncClient, fields: dict[str, Any], path: str = CAMERA) -> httpx.Response:
    """A change of the row as it stands now."""
    etag = (await client.get(path)).headers["etag"]
    return await client.patch(path, json=fields, headers={"If-Match": etag})


def write_by_hand(overlay: Path, text: str) -> None:
    overlay.mkdir()
    (overlay / "cameras.toml").write_text(text, encoding="utf-8")
    (overlay / "cameras.toml").chmod(0o640)


def lines_in(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def make_file(path: Path) -> None:
    path.write_text("một tệp, không phải thư mục", encoding="utf-8")


def rows_of(overlay: Path) -> dict[str, Any]:
    tables = tomllib.loads((overlay / "cameras.toml").read_text(encoding="utf-8"))
    return {row["id"]: row for row in tables["camera"]}


async def lines_of(world: World, id: str) -> list[tuple[str, str, list[str]]]:
    found = await world.store.audit.list(object=id)
    return [(one.who, one.action, one.detail["fields"]) for one in found]


async def test_what_is_saved_is_a_file_of_the_profile_and_is_seen_at_once(world: World, overlay: Path) -> None:
    async with world.client("supervisor") as client:
        answer = await changed(client, {"lines": [LINE], "zones": [ZONE], "name": "Cầu mới", "analysis_fps": 8})
        listed = {row["id"]: row for row in (await client.get("/api/v1/cameras")).json()["cameras"]}
        again = (await client.get(CAMERA)).json()
    assert answer.status_code == 200, answer.text
    assert answer.json()["camera"]["zones"][0]["closed"] == "06:00-22:00"
    assert answer.json()["own"] == ["analysis_fps", "lines", "name", "zones"]
    assert again == answer.json()
    assert (listed["cam-01"]["name"], listed["cam-01"]["lines"]) == ("Cầu mới", ["bac"])
    file = overlay / "cameras.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert rows_of(overlay)["cam-01"]["lines"] == [LINE]
    assert any(line.strip().startswith('{ id = "via-he", name = "Vỉa hè cấm đỗ"') for line in lines_in(file))
    assert load_city(CITY_DIR, overlay).camera("cam-01").zones[0].name == "Vỉa hè cấm đỗ"
    assert check_city(CITY_DIR, overlay) == []
    people = {one.role: one.id for one in await world.auth.people.list()}
    expected = ["analysis_fps", "lines", "name", "zones"]
    assert await lines_of(world, "cam-01") == [(people["supervisor"], "camera.changed", expected)]


async def test_the_same_change_again_writes_nothing_and_null_takes_ones_own_word_back(
    world: World, overlay: Path
) -> None:
    before = load_city(CITY_DIR).camera("cam-01").name
    async with world.client("admin") as client:
        await changed(client, {"name": "Tên khác"})
        written = (overlay / "cameras.toml").stat()
        await changed(client, {"name": "Tên khác"})
        assert (overlay / "cameras.toml").stat() == written
        back = await changed(client, {"name": None})
    assert back.json()["camera"]["name"] == before
    assert back.json()["own"] == []
    assert len(await lines_of(world, "cam-01")) == 2


MISTAKES: list[tuple[dict[str, Any], str, str]] = [
    ({"lines": [LINE | {"end": [1.2, 0.6]}]}, "lines[bac]", "lies outside the picture"),
    ({"lines": [LINE | {"end": [320, 900]}]}, "lines[bac]", "swapped"),
    ({"lines": [LINE | {"end": LINE["start"]}]}, "lines[bac]", "too short"),
    ({"lines": [LINE, LINE]}, "lines[bac]", "used 2 times"),
    ({"lines": [LINE | {"id": "một hai"}]}, "lines[một hai]", "letters, digits"),
    ({"lines": "không"}, "lines", "list"),
    ({"zones": [ZONE | {"points": [[0, 0], [1, 1], [1, 0], [0, 1]]}]}, "zones[via-he]", "crosses itself"),
    ({"zones": [ZONE | {"points": [[0.5, 0.5]] * 65}]}, "zones[via-he]", "At most 64 points"),
    ({"zones": [ZONE | {"purpose": "no_parkin"}]}, "zones", "no_parking"),
    ({"zones": [ZONE | {"closed": "25:00-26:00"}]}, "zones[via-he].closed", "22:00-05:00"),
    ({"zones": [ZONE | {"closed": "22:00-22:00"}]}, "zones[via-he].closed", "22:00-05:00"),
    ({"zones": [ZONE | {"purpose": "crowd"}]}, "zones[via-he].area_m2", "needs its area"),
    ({"zones": [ZONE | {"purpose": "crowd", "area_m2": 1e300}]}, "zones[via-he].area_m2", "square kilometre"),
    ({"masks": [{"id": "nha", "points": [[0, 0], [1, 0]]}]}, "masks[nha]", "three different points"),
    ({"masks": [{"id": "nha", "points": [[0, 0], [1, 0], [1, 1e-6]]}]}, "masks[nha]", "too small"),
    ({"masks": [{"id": f"m{n}", "points": [[0, 0], [1, 0], [1, 1]]} for n in range(33)]}, "masks", "At most 32"),
    ({"analysis_fps": 99}, "analysis_fps", "0.5 to 30"),
    ({"analysis_width": 20}, "analysis_width", "160 to 1280"),
    ({"heading_deg": 400}, "heading_deg", "heading"),
    ({"lon": 19.8, "lat": 105.8}, "lon", ""),
    ({"lon": 10**400}, "lon", ""),
    ({"detector": "../../x"}, "detector", "name of a detector"),
    ({"segment": "khong-co"}, "segment", ""),
    ({"source": "ftp://10.0.0.1/"}, "source", "begin with"),
    ({"name": "ngã tư " * 30}, "name", "At most 120 letters"),
    ({"source": "rtsp://"}, "source", "rtsp://host:port"),
    ({"source": "rtsp://10.0.0.1:99999/"}, "source", "rtsp://host:port"),
    ({"source": "http://10.0.0.1/hai chữ"}, "source", "rtsp://host:port"),
    ({"source": "rtsp://xem:mat-khau@10.0.0.1/"}, "source", "No user name or password"),
    ({"source": "file:/etc/passwd"}, "source", "administrator"),
    ({"life": "sống"}, "life", "commissioning"),
    ({"data_class": "public"}, "data_class", "Unknown key"),
]


@pytest.mark.parametrize(("fields", "field", "words"), MISTAKES, ids=[f"{f}-{w}" for _, f, w in MISTAKES])
async def test_every_mistake_is_named_in_both_languages_and_nothing_is_written(
    world: World, overlay: Path, fields: dict[str, Any], field: str, words: str
) -> None:
    async with world.client("supervisor") as client:
        answer = await changed(client, fields)
    assert answer.status_code == 422, answer.text
    errors = {error["field"]: error for error in answer.json()["errors"]}
    assert field in errors or any(name.startswith(field) for name in errors), errors
    found = next(error for name, error in errors.items() if name.startswith(field))
    assert words in found["en"]
    assert found["vi"] and found["vi"] != found["en"]
    assert "mat-khau" not in answer.text
    assert not (overlay / "cameras.toml").exists()
    assert await lines_of(world, "cam-01") == []


async def test_several_mistakes_are_named_at_once(world: World) -> None:
    async with world.client("supervisor") as client:
        answer = await changed(client, {"lines": [LINE | {"end": LINE["start"]}], "analysis_fps": 99})
    assert {error["field"] for error in answer.json()["errors"]} == {"lines[bac]", "analysis_fps"}


async def test_who_may_look_and_who_may_change(world: World) -> None:
    for role, may_look, may_change in [
        ("anyone", 401, 401),
        ("wall", 403, 403),
        ("device", 403, 403),
        ("operator", 200, 403),
        ("supervisor", 200, 428),
        ("admin", 200, 428),
    ]:
        async with world.client(role) as client:
            assert (await client.get(CAMERA)).status_code == may_look, role
            assert (await client.patch(CAMERA, json={})).status_code == may_change, role
    async with world.client("admin") as client:
        assert (await client.get("/api/v1/cameras/khong-co")).status_code == 404
        assert (await client.patch("/api/v1/cameras/khong-co", json={})).status_code == 404


async def test_an_operator_sees_the_machine_of_a_source_and_nobody_a_password(world: World) -> None:
    async with world.client("supervisor") as client:
        await changed(client, {"source": "rtsp://10.20.0.7:554/stream2?k=abc"})
        whole = (await client.get(CAMERA)).json()
    async with world.client("operator") as client:
        part = (await client.get(CAMERA)).json()
    assert whole["camera"]["source"] == "rtsp://10.20.0.7:554/stream2?k=abc"
    assert part["camera"]["source"] == "rtsp://10.20.0.7:554"
    assert whole["login"] == "missing"


async def test_a_file_of_logins_that_others_may_read_is_said_at_each_camera_and_stops_nothing(world: World) -> None:
    world.app.state.settings.camera_secrets.chmod(0o644)
    async with world.client("supervisor") as client:
        for camera in (CAMERA, "/api/v1/cameras/cam-02"):
            shown = await client.get(camera)
            assert (shown.status_code, shown.json()["login"]) == (200, "unfit")
        assert (await changed(client, {"name": "Cổng chợ"})).status_code == 200
        assert (await client.get("/api/v1/cameras")).status_code == 200


async def test_a_login_is_not_sent_to_another_machine_by_who_may_not_know_it(world: World) -> None:
    camera = "/api/v1/cameras/cam-02"
    async with world.client("admin") as client:
        moved = await changed(client, {"source": "rtsp://10.20.0.77:554/stream2"}, camera)
    async with world.client("supervisor") as client:
        shown = await client.get(camera)
        elsewhere = await changed(client, {"source": "http://10.66.6.6/steal"}, camera)
        added = await client.post("/api/v1/cameras", json=NEW | {"id": "cam-02", "source": "http://10.66.6.6/"})
        same = await changed(client, {"source": "rtsp://10.20.0.77:554/stream1"}, camera)
    assert shown.json()["login"] == "given"
    assert "bí mật" not in shown.text
    for refused in (elsewhere, added):
        assert refused.status_code == 422
        assert "another machine" in refused.json()["errors"][0]["en"]
    assert (same.status_code, moved.status_code) == (200, 200)


async def test_who_is_limited_to_other_modules_neither_sees_nor_adds_cameras(world: World) -> None:
    await world.admit_limited("hạn.chế", "supervisor", "citizen")
    place = world.app.state.city.cameras[0]
    async with world.client("hạn.chế") as client:
        looked = await client.get(CAMERA)
        added = await client.post("/api/v1/cameras", json=NEW | {"lon": place.lon, "lat": place.lat})
    assert (looked.status_code, added.status_code) == (404, 403)
    assert await lines_of(world, "cam-moi") == []


async def test_two_people_do_not_overwrite_each_other(world: World, overlay: Path) -> None:
    async with world.client("supervisor") as one, world.client("admin") as other:
        etag = (await one.get(CAMERA)).headers["etag"]
        assert (await other.get(CAMERA)).headers["etag"] == etag
        both = await asyncio.gather(
            one.patch(CAMERA, json={"name": "Một"}, headers={"If-Match": etag}),
            other.patch(CAMERA, json={"name": "Hai"}, headers={"If-Match": etag}),
        )
    assert sorted(answer.status_code for answer in both) == [200, 412]
    won = next(answer for answer in both if answer.status_code == 200)
    assert rows_of(overlay)["cam-01"]["name"] == won.json()["camera"]["name"]
    assert len(await lines_of(world, "cam-01")) == 1


async def test_many_who_change_different_cameras_at_once_all_come_through(world: World, overlay: Path) -> None:
    ids = [camera.id for camera in world.app.state.city.cameras][:4]
    async with world.client("admin") as client:
        paths = [f"/api/v1/cameras/{id}" for id in ids]
        answers = await asyncio.gather(*(changed(client, {"name": f"Tên {path[-2:]}"}, path) for path in paths))
    assert [answer.status_code for answer in answers] == [200] * len(ids)
    assert {id: row["name"] for id, row in rows_of(overlay).items()} == {id: f"Tên {id[-2:]}" for id in ids}


async def test_a_new_camera_is_listed_and_the_same_words_again_change_nothing(world: World, overlay: Path) -> None:
    place = world.app.state.city.cameras[0]
    row = NEW | {"lon": place.lon, "lat": place.lat}
    async with world.client("supervisor") as client:
        made, again = await client.post("/api/v1/cameras", json=row), await client.post("/api/v1/cameras", json=row)
        other = await client.post("/api/v1/cameras", json=row | {"name": "Khác"})
        listed = [one["id"] for one in (await client.get("/api/v1/cameras")).json()["cameras"]]
        changes = await changed(client, {"zones": [ZONE]}, "/api/v1/cameras/cam-moi")
    assert (made.status_code, again.status_code, other.status_code) == (201, 201, 409)
    assert made.json()["camera"]["life"] == "commissioning"
    assert made.json()["login"] == "missing"
    assert "cam-moi" in listed
    assert "cam-moi" in world.app.state.feed.pictures.scopes
    assert changes.status_code == 200
    assert rows_of(overlay)["cam-moi"]["source"] == NEW["source"]
    actions = [action for _, action, _ in await lines_of(world, "cam-moi")]
    assert sorted(actions) == ["camera.added", "camera.changed"]


async def test_a_new_camera_with_nothing_but_an_id_is_told_what_is_missing(world: World) -> None:
    async with world.client("supervisor") as client:
        answer = await client.post("/api/v1/cameras", json={"id": "cam-moi"})
        nameless = await client.post("/api/v1/cameras", json={"name": "Không mã"})
        bad = await client.post("/api/v1/cameras", json=NEW | {"id": "Cam Mới", "lon": 0, "lat": 0})
    assert {error["field"] for error in answer.json()["errors"]} >= {"name", "lon", "lat", "heading_deg", "source"}
    assert [error["field"] for error in nameless.json()["errors"]] == ["id"]
    assert bad.status_code == 422
    assert "id" in {error["field"] for error in bad.json()["errors"]}


async def test_what_was_written_by_hand_is_kept_and_its_fields_stay(world: World, overlay: Path) -> None:
    by_hand = '# chú thích của kỹ sư\n[[camera]]\nid = "cam-01"\nheading_deg = 12\n'
    write_by_hand(overlay, by_hand)
    async with world.client("supervisor") as client:
        assert (await client.get(CAMERA)).json()["camera"]["heading_deg"] == 12
        assert (await changed(client, {"name": "Tên"})).status_code == 200
        assert (await changed(client, {"name": "Tên hai"})).status_code == 200
    assert rows_of(overlay)["cam-01"] == {"id": "cam-01", "heading_deg": 12, "name": "Tên hai"}
    assert (overlay / BY_HAND).read_text(encoding="utf-8") == by_hand
    assert stat.S_IMODE((overlay / "cameras.toml").stat().st_mode) == 0o640
    assert names_in(overlay) == [".cameras.lock", "cameras.toml", BY_HAND]


async def test_a_file_gone_wrong_by_hand_is_told_and_the_last_good_cameras_stay(world: World, overlay: Path) -> None:
    async with world.client("supervisor") as client:
        await changed(client, {"name": "Tên tốt"})
        good = (overlay / "cameras.toml").read_text(encoding="utf-8")
        (overlay / "cameras.toml").write_text(good + "[[camera]\n", encoding="utf-8")
        shown = (await client.get(CAMERA)).json()
        refused = await changed(client, {"name": "Tên khác"})
        listed = (await client.get("/api/v1/cameras")).json()
        (overlay / "cameras.toml").write_text(good, encoding="utf-8")
        healed = (await client.get(CAMERA)).json()
    assert shown["camera"]["name"] == "Tên tốt"
    assert "cameras.toml" in shown["trouble"]["vi"]
    assert listed["trouble"] == shown["trouble"]
    assert refused.status_code == 409
    assert "TOML" in refused.json()["detail"]
    assert healed["trouble"] is None


async def test_a_folder_that_cannot_be_written_to_is_said_and_leaves_no_line(world: World, overlay: Path) -> None:
    make_file(overlay)
    async with world.client("supervisor") as client:
        answer = await changed(client, {"name": "Tên"})
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:ioc:problem:overlay-unwritable"
    assert await lines_of(world, "cam-01") == []


async def test_without_an_overlay_folder_it_says_so(api_store: Store, tmp_path: Path) -> None:
    auth = Auth(api_store, AuthSettings(city="ky-anh", secret=SECRET, secure=False))
    bare = Settings.model_validate({"city_dir": CITY_DIR, "state_dir": tmp_path})
    world = World(await build(api_store, auth, bare), auth, api_store, {}, {})
    await world.admit()
    async with world.client("supervisor") as client:
        shown = (await client.get(CAMERA)).json()
        answers = [await changed(client, {"name": "Tên"}), await client.post("/api/v1/cameras", json=NEW)]
    assert (shown["own"], shown["login"]) == (None, "no_file")
    for answer in answers:
        assert answer.status_code == 409
        assert "IOC_CITY_OVERLAY" in answer.json()["detail"]
        assert "IOC_CITY_OVERLAY" in answer.json()["detail_en"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("rtsp://169.254.10.20:554/live", "link-local"),
        ("http://169.254.169.254/latest/meta-data", "link-local"),
        ("snapshot+http://0xa9fea9fe/still.jpg", "link-local"),
        ("rtsp://[fe80::1234]/live", "link-local"),
        ("rtsp://[::ffff:169.254.10.20]/live", "link-local"),
        ("rtsp://239.1.2.3/live", "nhóm máy"),
        ("rtsp://0.0.0.0/live", "nhóm máy"),
    ],
)
async def test_an_address_that_is_never_asked_is_refused_with_its_reason(
    world: World, overlay: Path, source: str, words: str
) -> None:
    supervisor, place = world.client("supervisor"), world.app.state.city.cameras[0]
    for answer in (
        await changed(supervisor, {"source": source}),
        await supervisor.post("/api/v1/cameras", json={**NEW, "lon": place.lon, "lat": place.lat, "source": source}),
    ):
        assert answer.status_code == 422, answer.text
        (error,) = answer.json()["errors"]
        assert error["field"] == "source"
        assert words in error["vi"]
        assert error["en"] != error["vi"]
    assert not (overlay / "cameras.toml").exists()


async def test_masks_that_together_hide_all_of_the_picture_are_refused_and_smaller_ones_are_not(world: World) -> None:
    supervisor = world.client("supervisor")
    left = {"id": "trai", "points": [[0, 0], [0.6, 0], [0.6, 1], [0, 1]]}
    right = {"id": "phai", "points": [[0.5, 0], [1, 0], [1, 1], [0.5, 1]]}
    answer = await changed(supervisor, {"masks": [left, right]})
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["field"] == "masks"
    assert "không thấy gì" in error["vi"]
    assert "sees nothing" in error["en"]
    assert (await changed(supervisor, {"masks": [left]})).status_code == 200


async def test_what_is_blind_by_hand_already_is_said_by_the_check_and_may_be_changed_otherwise(
    world: World, overlay: Path, tmp_path: Path
) -> None:
    write_by_hand(overlay, '[[camera]]\nid = "cam-01"\nsource = "rtsp://169.254.10.20/live"\n')
    answer = await changed(world.client("supervisor"), {"name": "Tên khác"})
    assert answer.status_code == 200, answer.text
    profile = tmp_path / "profile"
    shutil.copytree(CITY_DIR, profile)
    rows = (profile / "cameras.toml").read_text(encoding="utf-8")
    masked = '\n[[camera.masks]]\nid = "het"\npoints = [[0, 0], [1, 0], [1, 1], [0, 1]]\n'
    first = rows.index("[[camera]]", rows.index("[[camera]]") + 1)
    (profile / "cameras.toml").write_text(rows[:first] + masked + "\n" + rows[first:], encoding="utf-8")
    told = [one for one in every_mistake(profile) if one.field.endswith(".masks")]
    assert ["không thấy gì" in one.text.vi for one in told] == [True]
    refuse_mistakes(profile)  # which would keep the city from starting
