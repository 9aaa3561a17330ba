"""Still pictures over HTTP and folders of them, in decoders of their own: what is taken, what is refused and why."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import cv2
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.city.addresses import holds_password
from streams.address import shown, with_login
from streams.children import DecoderGone, Nursery
from streams.messages import Plan, Report, Trouble
from streams.settings import USUAL_LIMITS
from streams.source import pictures
from streams.stills import picture_of, size_of
from streams.taken import Gone
from tests.streams.scenes import Scene, write_clip
from tests.streams.snapshot_camera import PASSWORD, USER, Server, snapshot_camera
from tests.streams.test_decoders import heard, is_picture, is_trouble, raw_avi

LOGIN = (USER, PASSWORD)


@pytest.fixture
def server() -> Iterator[Server]:
    with snapshot_camera() as made:
        yield made


def plan(address: str, login: tuple[str, str] | None = None) -> Plan:
    return Plan(address=with_login(address, login), limits=USUAL_LIMITS, analysed_fps=5.0, open_s=3.0, read_s=2.0)


async def trouble_of(nursery: Nursery, address: str, login: tuple[str, str] | None = None) -> Trouble | None:
    decoder = await nursery.decoder("cam-01", plan(address, login))
    said = (await heard(decoder, is_trouble))[-1]
    assert not is_picture(said)
    return said.trouble


async def test_pictures_come_on_one_connection_at_the_rate_they_are_looked_at(nursery: Nursery, server: Server) -> None:
    decoder = await nursery.decoder("cam-01", plan(f"snapshot+{server.url}good"))
    said = await heard(decoder, lambda one: not is_picture(one) and one.frames > 0 and server.pictures > 8)
    assert server.connections == 1
    assert any(map(is_picture, said))
    rates = [one.fps for one in said if not is_picture(one) and one.fps]
    assert rates[-1] <= 7


@pytest.mark.parametrize("way", ["basic", "digest"])
async def test_a_login_is_given_to_who_asks_for_it_and_stands_nowhere(
    nursery: Nursery, server: Server, way: str
) -> None:
    decoder = await nursery.decoder("cam-01", plan(f"snapshot+{server.url}{way}", LOGIN))
    await heard(decoder, is_picture)
    for process in (psutil.Process(nursery.pid), psutil.Process(decoder.pid)):
        told = " ".join([*process.cmdline(), process.name(), *process.environ().values()])
        assert "s3cret" not in told
    assert await trouble_of(nursery, f"snapshot+{server.url}{way}", (USER, "wrong")) is Trouble.REFUSED
    assert await trouble_of(nursery, f"snapshot+{server.url}{way}") is Trouble.REFUSED


async def test_what_the_server_says_of_a_picture_does_not_count(nursery: Nursery, server: Server) -> None:
    decoder = await nursery.decoder("cam-01", plan(f"snapshot+{server.url}lying"))
    await heard(decoder, is_picture)


BAD = {
    "elsewhere": Trouble.ELSEWHERE,
    "cut-off": Trouble.BROKEN,
    "half": Trouble.BROKEN,
    "scans": Trouble.BROKEN,
    "empty": Trouble.NO_PICTURE,
    "page": Trouble.NO_PICTURE,
    "missing": Trouble.CANNOT_OPEN,
    "huge-head": Trouble.TOO_LARGE,
    "endless": Trouble.TOO_LARGE,
    "slow": Trouble.TOO_SLOW,
    "silent": Trouble.TOO_SLOW,
}


@pytest.mark.parametrize("way", BAD)
async def test_what_is_no_good_picture_is_told_with_its_reason_and_hurts_nobody_else(
    nursery: Nursery, server: Server, clip: Path, way: str
) -> None:
    good = await nursery.decoder("cam-02", plan(f"file:{clip}"))
    await heard(good, is_picture)
    assert await trouble_of(nursery, f"snapshot+{server.url}{way}") is BAD[way]
    await heard(good, is_picture)


async def test_noise_inside_a_picture_ends_one_decoder_at_most(nursery: Nursery, server: Server, clip: Path) -> None:
    good = await nursery.decoder("cam-02", plan(f"file:{clip}"))
    await heard(good, is_picture)
    noisy = await nursery.decoder("cam-01", plan(f"snapshot+{server.url}noise"))
    await heard(noisy, lambda said: is_picture(said) or is_trouble(said))
    await heard(good, is_picture)


@pytest.mark.parametrize("host", ["169.254.169.254", "224.0.0.1", "0.0.0.1", "[fe80::1]", "no-such-name.invalid"])
async def test_where_no_camera_can_be_is_not_asked(nursery: Nursery, host: str) -> None:
    assert await trouble_of(nursery, f"snapshot+http://{host}/latest") is Trouble.CANNOT_OPEN


async def test_who_takes_the_connection_and_never_answers(nursery: Nursery) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        assert await trouble_of(nursery, f"snapshot+http://127.0.0.1:{port}/x") is Trouble.TOO_SLOW
    assert await trouble_of(nursery, f"snapshot+http://127.0.0.1:{port}/x") is Trouble.CANNOT_OPEN


def fill(folder: Path, names: list[str]) -> Path:
    folder.mkdir()
    scene = Scene(1)
    for index, name in enumerate(names):
        cv2.imwrite(str(folder / name), scene.picture((index / len(names), 0.5)))
    return folder


async def test_a_folder_is_shown_in_the_order_of_names_over_and_over(nursery: Nursery, tmp_path: Path) -> None:
    folder = fill(tmp_path / "ảnh", [f"{number:02}.png" for number in range(6)])
    write_clip(folder / "clip.mp4", seconds=1.0)
    decoder = await nursery.decoder("cam-01", plan(f"dir:{folder}"))
    frames = 0
    while frames < 40:  # more than two rounds
        last = (await heard(decoder, lambda one: not is_picture(one)))[-1]
        assert isinstance(last, Report) and last.trouble is None
        frames += last.frames


def test_pictures_and_clips_take_turns_by_name(tmp_path: Path) -> None:
    folder = fill(tmp_path / "mixed", ["a.png", "c.jpg", "d.jpg"])
    write_clip(folder / "b.mp4", seconds=0.5)
    (folder / ".hidden.jpg").write_bytes(b"")
    (folder / "notes.txt").write_text("không phải ảnh", encoding="utf-8")
    (folder / "bad.jpg").write_bytes((folder / "c.jpg").read_bytes()[:500])
    (folder / "folder.jpg").mkdir()
    taken = pictures(f"dir:{folder}", fps=100.0, open_s=3.0, read_s=2.0)
    cuts = [next(taken).cut for _ in range(16)]
    one_round = [True, True, False, False, False, False, True, False]  # a · five of b · c and d, without bad
    assert cuts == one_round + one_round


@pytest.mark.parametrize(
    ("make", "trouble"),
    [
        (lambda folder: folder / "nowhere", Trouble.CANNOT_OPEN),
        (lambda folder: fill(folder / "empty", []), Trouble.NO_PICTURE),
        (lambda folder: _of_text(folder / "text"), Trouble.NO_PICTURE),
    ],
)
async def test_a_folder_without_pictures_says_so(
    nursery: Nursery, tmp_path: Path, make: object, trouble: object
) -> None:
    assert await trouble_of(nursery, f"dir:{make(tmp_path)}") is trouble  # type: ignore[operator]


def _of_text(folder: Path) -> Path:
    folder.mkdir()
    (folder / "a.jpg").write_text("this is no picture", encoding="utf-8")
    (folder / "b.png").write_bytes(b"")
    return folder


async def test_a_clip_in_a_folder_that_ends_a_decoder_hurts_nobody_else(
    nursery: Nursery, tmp_path: Path, clip: Path
) -> None:
    folder = fill(tmp_path / "bad", ["a.jpg"])
    (folder / "b.avi").write_bytes(raw_avi(clip))
    good = await nursery.decoder("cam-02", plan(f"file:{clip}"))
    other = await nursery.decoder("cam-01", plan(f"dir:{folder}"))
    with suppress(DecoderGone):
        await heard(other, is_picture)
        await heard(other, is_picture)
    await heard(good, is_picture)


@given(st.binary(max_size=200))
def test_the_size_of_no_picture_is_unknown_and_never_an_error(data: bytes) -> None:
    for head in (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b""):
        size_of(head + data)
        with pytest.raises(Gone):
            picture_of(head + data)


def test_a_login_stands_where_its_maker_wants_it() -> None:
    login = ("trực ban", "a/b&c={user}")
    quoted = "tr%E1%BB%B1c%20ban", "a%2Fb%26c%3D%7Buser%7D"
    xm = "rtsp://10.1.2.3:554/user={user}_password={password}_channel=1.sdp"
    assert with_login(xm, login) == f"rtsp://10.1.2.3:554/user={quoted[0]}_password={quoted[1]}_channel=1.sdp"
    still = with_login("snapshot+http://10.1.2.3/snap.jpg?usr={user}&pwd={password}", login)
    assert still == f"snapshot+http://10.1.2.3/snap.jpg?usr={quoted[0]}&pwd={quoted[1]}"
    assert with_login("rtsp://10.1.2.3/cam", login) == f"rtsp://{quoted[0]}:{quoted[1]}@10.1.2.3/cam"
    assert with_login(xm, None) == xm


@pytest.mark.parametrize(
    ("address", "secret"),
    [
        ("rtsp://u:p@10.1.2.3/cam", True),
        ("http://10.1.2.3/snap?usr=x&pwd=bi-mat", True),
        ("rtsp://10.1.2.3/user=admin_password=bi-mat_channel=1.sdp", True),
        ("rtsp://10.1.2.3/user={user}&password={password}x&channel=1", True),
        ("rtsp://10.1.2.3/user={user}_password={password}_channel=1.sdp", False),
        ("http://10.1.2.3/snap?usr={user}&pwd={password}", False),
        ("rtsp://10.1.2.3/stream2", False),
        ("rtsp://10.1.2.3:554/cam@2?compass=1", False),
        ("https://bao.example.vn/rss/tag:giao-thong", False),
        ("http://10.1.2.3/v?loginuse=a&loginpas=bi-mat", True),
        ("http://10.1.2.3/v?-usr=a&-pwd=bi-mat", True),
        ("rtsp://10.1.2.3/v?auth=YTpi", True),
        ("http://10.1.2.3/v?psw=bi-mat", True),
        ("http://10.1.2.3/v?a=b;password=bi-mat", True),
        ("http://10.1.2.3/v?%70wd=bi-mat", True),
        ("rtsp://10.1.2.3/v?token=bi-mat", True),
        ("rtsp://10.1.2.3/v?a=1&access_token=bi-mat", True),
        ("http://10.1.2.3/v?apikey=bi-mat", True),
        ("http://10.1.2.3/v?api_key=bi-mat", True),
        ("http://10.1.2.3/v?key=bi-mat", True),
        ("http://10.1.2.3/v?x=1;client-secret=bi-mat", True),
        ("http://10.1.2.3/v?%74oken=bi-mat", True),
        ("http://10.1.2.3/v?token={password}", False),
        ("http://10.1.2.3/v?monkey=1&keyframe=2&tokens=3", False),
        ("rtsp://10.1.2.3/admin:12345/live", True),
        ("rtsp://admin:mat/khau@10.1.2.3/live", True),
    ],
)
def test_a_password_in_an_address_is_told_from_its_place(address: str, secret: bool) -> None:
    assert holds_password(address) is secret


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(
    st.sampled_from(["rtsp://", "http://", "snapshot+http://", "snapshot+https://"]),
    WORDS.map(lambda word: f"u{word}"),
    WORDS.map(lambda word: f"bi-mat-{word}"),
)
def test_of_an_address_only_scheme_host_and_port_are_shown(kind: str, user: str, password: str) -> None:
    address = with_login(f"{kind}10.1.2.3:81/pass/bi-mat?password=bi-mat", (user, password))
    assert shown(address) == kind.removeprefix("snapshot+") + "10.1.2.3:81"
    assert shown("dir:/srv/bi-mat/ảnh/") == "dir:ảnh"
