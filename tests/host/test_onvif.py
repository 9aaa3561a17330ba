"""ONVIF cameras: who answers, which stream is taken, and what a lying or silent one does."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from ioc.cli.commands import app
from ioc.core.errors import Problem
from ioc.host.onvif import (
    ENOUGH,
    MOST_FPS,
    FoundStream,
    ask_camera,
    best_stream,
    find_cameras,
    own_addresses,
    streams_of,
)
from tests.host.onvif_camera import FAULT, PASSWORD, SOAP, STREAMS, USER, Camera, onvif_camera

LOGIN = (USER, PASSWORD)
LISTEN_S = 1.0


@pytest.fixture
def camera() -> Iterator[Camera]:
    with onvif_camera() as made:
        yield made


def test_who_answers_a_probe_to_the_group_is_found() -> None:
    with onvif_camera(multicast=True) as camera:
        found = find_cameras(["127.0.0.1"], LISTEN_S)
    assert [(one.address, one.name) for one in found] == [(f"http://{camera.address}/onvif/device_service", "cam-bac")]


def test_one_that_is_asked_directly_answers_too(camera: Camera) -> None:
    assert [one.hardware for one in ask_camera("127.0.0.1", camera.probe_port, LISTEN_S)] == ["IPC-1"]


def test_the_streams_are_those_of_the_camera_that_was_asked_and_hold_no_login(camera: Camera) -> None:
    found = streams_of(camera.address, LOGIN)
    assert [(one.token, one.width, one.height, one.fps) for one in found] == [
        (token, width, height, fps) for token, _, _, width, height, fps in STREAMS
    ]
    assert {one.address for one in found} == {f"rtsp://127.0.0.1:554/{one[0]}" for one in STREAMS}
    best = best_stream(found)
    assert best is not None and best.token == "sub"


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("rtsp://10.255.0.9/user=admin_password=leaked_channel=1.sdp", "user=admin_password={password}_channel=1.sdp"),
        ("http://10.255.0.9/v?loginuse=admin&amp;loginpas=leaked", "v?loginuse=admin&loginpas={password}"),
        ("file://10.255.0.9/etc/passwd", None),
        ("rtsp://10.255.0.9/admin:leaked/live", None),
        ('rtsp://10.255.0.9/a"&#10;life = "live', None),
        ("rtsp://10.255.0.9/&#x9b;31mleaked", None),
    ],
)
def test_an_address_that_a_camera_names_holds_no_login_and_steers_nothing(
    camera: Camera, uri: str, told: str | None
) -> None:
    camera.uri = uri
    found = streams_of(camera.address, LOGIN)
    assert "leaked" not in repr(found)
    assert {one.address.partition("://")[2].partition("/")[2] for one in found} == {told or ""}
    assert (best_stream(found) is None) is (told is None)


def test_a_camera_of_more_pictures_than_there_are_is_a_problem_and_no_crash(camera: Camera) -> None:
    camera.streams = (("main", "Chính", "H264", 1920, 1080, "1e999"),)
    try:
        assert all(one.fps <= MOST_FPS for one in streams_of(camera.address, LOGIN))
    except Problem as problem:
        assert problem.code == "camera-not-asked"


@pytest.mark.parametrize("login", [None, (USER, "wrong-s3cret")])
def test_a_wrong_login_is_told_and_not_repeated(camera: Camera, login: tuple[str, str] | None) -> None:
    with pytest.raises(Problem) as refused:
        streams_of(camera.address, login)
    assert refused.value.detail is not None and "refuses the login" in refused.value.detail.en
    assert "s3cret" not in repr(refused.value) + str(refused.value.detail)


ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<Envelope><Body><Profiles token="&a;"/></Body></Envelope>"""


@pytest.mark.parametrize("raw", [b"", b"<html>", b"\xff" * 5000, ENTITIES, b"<a>" * 50_000, b"x" * 3_000_000])
def test_a_camera_that_talks_nonsense_is_a_problem_and_no_crash(camera: Camera, raw: bytes) -> None:
    camera.raw = raw
    with pytest.raises(Problem):
        streams_of(camera.address, LOGIN)


def test_one_that_never_answers_is_a_problem_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.host.onvif.ANSWER_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with pytest.raises(Problem):
            streams_of(f"127.0.0.1:{silent.getsockname()[1]}", LOGIN)
        assert ask_camera("127.0.0.1", silent.getsockname()[1], 0.2) == []


@pytest.mark.parametrize(
    ("status", "raw"),
    [
        (401, b""),
        (403, b"<html>no</html>"),
        (400, SOAP.format(body=FAULT).encode()),
        (500, SOAP.format(body=FAULT.replace("Sender not Authorized", "sender not authorized")).encode()),
    ],
)
def test_a_camera_that_refuses_whatever_is_asked_is_told_as_that(camera: Camera, status: int, raw: bytes) -> None:
    camera.status, camera.raw = status, raw
    with pytest.raises(Problem) as refused:
        streams_of(camera.address, LOGIN)
    assert refused.value.detail is not None and "refuses the login" in refused.value.detail.en


def test_one_that_drips_is_given_up_in_time(camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.host.onvif.WHOLE_S", 0.5)
    camera.drips_s = 0.05
    with pytest.raises(Problem) as given_up:
        streams_of(camera.address, LOGIN)
    assert given_up.value.detail is not None and "does not answer" in given_up.value.detail.en


def test_sizes_that_no_picture_has_are_not_believed(camera: Camera) -> None:
    camera.streams = (("a", "A", "H264", -5, -5, 5), ("b", "B", "H264", 10**30, 1, 5), ("c", "C", "H264", 640, 360, 5))
    found = streams_of(camera.address, LOGIN)
    assert [(one.width, one.height) for one in found] == [(0, 0), (0, 1), (640, 360)]
    best = best_stream(found)
    assert best is not None and best.token == "c"


def test_the_commands_print_what_to_write_and_take_the_password_from_the_file(camera: Camera, tmp_path: Path) -> None:
    logins = tmp_path / "cameras.secret.toml"
    logins.write_text(f'[cam-01]\nuser = "{USER}"\npassword = "{PASSWORD}"\n', encoding="utf-8")
    logins.chmod(0o600)
    run = CliRunner()
    asked = run.invoke(
        app,
        ["cameras", "profiles", camera.address, "--camera", "cam-01", "--logins", str(logins)],
        env={"COLUMNS": "200"},
    )
    assert asked.exit_code == 0, asked.output
    assert 'source = "rtsp://127.0.0.1:554/sub"' in asked.output
    assert "Phụ [bold]" in asked.output and PASSWORD not in asked.output and "leaked" not in asked.output
    typed = run.invoke(app, ["cameras", "profiles", camera.address, "--user", USER], input=f"{PASSWORD}\n")
    assert 'source = "rtsp://127.0.0.1:554/sub"' in typed.output and PASSWORD not in typed.output
    found = run.invoke(app, ["cameras", "find", "--at", f"127.0.0.1:{camera.probe_port}", "--seconds", "1"])
    assert found.exit_code == 0 and "cam-bac" in found.output
    nobody = run.invoke(app, ["cameras", "find", "--from", "127.0.0.1", "--seconds", "0.3"])
    assert nobody.exit_code == 1 and "No camera answered" in nobody.output


def test_the_addresses_of_this_machine_are_its_own() -> None:
    for address in own_addresses():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.bind((address, 0))


STREAM = st.builds(
    FoundStream,
    token=st.text(min_size=1, max_size=3),
    name=st.just(""),
    encoding=st.sampled_from(["H264", "H265", "JPEG", "AV1", ""]),
    width=st.integers(0, 4000),
    height=st.integers(0, 3000),
    fps=st.floats(0, 60),
    address=st.sampled_from(["rtsp://a/b", ""]),
)


@given(st.lists(STREAM))
def test_the_stream_that_is_taken_is_the_smallest_that_is_large_enough(streams: list[FoundStream]) -> None:
    usable = [one for one in streams if one.address and one.encoding in ("H264", "H265", "JPEG")]
    best = best_stream(streams)
    if not usable:
        assert best is None
        return
    assert best in usable
    enough = [one for one in usable if one.width >= ENOUGH[0] and one.height >= ENOUGH[1]]
    if enough:
        assert best in enough and best.pixels == min(one.pixels for one in enough)
    else:
        assert best is not None and best.pixels == max(one.pixels for one in usable)
