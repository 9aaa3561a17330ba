"""The cameras' process as it runs: real cameras that freeze, die, lie and come back, and what the city is told."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, ExitStack, chdir
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import psutil
import pytest

from ioc.contract import Latest
from ioc.core.clock import SystemClock
from ioc.host.cameras_near import CityCameras
from tests.host.running_cameras import Running, running_cameras
from tests.servers import wait_until
from tests.streams.cameras import mjpeg_camera, rtsp_camera
from tests.streams.onnx_file import endless
from tests.streams.scenes import write_clip
from tests.streams.snapshot_camera import snapshot_camera

ROOT = Path(__file__).resolve().parents[2]
CITY_DIR = ROOT / "cities" / "thanh-hoa"
TOLD_S = 10.0  # within which a screen must show what is wrong with a camera
SLACK_S = 20.0  # for a machine that has other things to do
pytestmark = pytest.mark.timeout(600)


@pytest.fixture
async def city(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Runs cameras with these sources by id; `logins` is what the file of secrets holds, `rows` rewrites a row."""
    async with AsyncExitStack() as stack:

        async def start(
            sources: dict[str, str], logins: str = "", rows: Callable[[str], str] = str, mode: int = 0o600
        ) -> Running:
            made = running_cameras(sqlite_url, tmp_path, sources, logins, rows, mode)
            return await stack.enter_async_context(made)

        yield start


async def test_what_a_camera_sees_reaches_log_screens_and_bus(city: Any, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "drive.mp4", width=640, height=360)
    running = await city({"cam-01": f"file:{clip}"})
    pictures = running.parts.frames.pictures()
    shown = await asyncio.wait_for(anext(pictures), 20)
    assert (shown.camera, shown.jpeg[:2]) == ("cam-01", b"\xff\xd8")
    await running.until("cam-01", "ok", 10)
    wanted = {("camera.crossings", "cam-01/road/in"), ("camera.objects", "cam-01/yard"), ("camera.motion", "cam-01")}
    async with asyncio.timeout(40):
        while not wanted <= {(one.kind, one.key) for one in await running.readings() if one.value}:
            await asyncio.sleep(0.1)
    readings = await running.readings()
    assert all(one.simulated for one in readings)
    assert not any(one.value for one in readings if one.key == "cam-01/road/out")
    near = await CityCameras(running.store, running.parts.city, SystemClock()).near(105.78, 19.81)
    assert [(one.id, one.state) for one in near] == [("cam-01", "ok")]
    assert 1000 < near[0].distance_m < 1200


async def test_what_goes_wrong_before_a_camera_reaches_the_log_and_a_bad_detector_is_said(
    city: Any, tmp_path: Path
) -> None:
    clip = write_clip(tmp_path / "drive.mp4", width=640, height=360)
    only = 'lines = [{ id = "road", start = [0.5, 0.2], end = [0.5, 0.95], allowed = "out" }]'
    more = """
detector = "xe-may"

[[camera.zones]]
id = "jam"
name = "Hàng chờ"
purpose = "queue"
points = [[0.0, 0.3], [1.0, 0.3], [1.0, 0.9], [0.0, 0.9]]
"""
    running = await city({"cam-01": f"file:{clip}"}, rows=lambda row: re.sub(r"lines = .*", only + more, row))
    wanted = {("camera.wrong_way", "cam-01/road"), ("camera.occupancy", "cam-01/jam")}
    async with asyncio.timeout(60):
        while not wanted <= {(one.kind, one.key) for one in await running.readings() if one.value}:
            await asyncio.sleep(0.1)
    said = {row.key: msgspec.json.decode(row.body) for row in await running.store.latest.all(["cam"])}["cam-01"]
    assert said["state"] == "ok"
    assert "xe-may.onnx: missing" in said["note"]["en"]
    assert "Đếm bằng chuyển động" in said["note"]["vi"]


async def test_a_detector_that_never_ends_leaves_the_camera_to_motion(city: Any, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "drive.mp4")
    (tmp_path / "stuck.onnx").write_bytes(endless(128))
    row = 'detector = "stuck"\n\n[[camera.zones]]'
    with patch("ioc.host.cameras_keeper.MODEL_S", 2.0), chdir(tmp_path):  # where models lie that nobody has named
        running = await city({"cam-01": f"file:{clip}"}, rows=lambda one: one.replace("[[camera.zones]]", row))
        await running.until("cam-01", "lost", 20)
        await running.until("cam-01", "ok", 40)
    said = {row.key: msgspec.json.decode(row.body) for row in await running.store.latest.all(["cam"])}["cam-01"]
    assert "the model ends the decoder" in said["note"]["en"]
    assert running.cameras.keepers["cam-01"].restarts == 2


async def test_a_watched_camera_gives_more_pictures(city: Any, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "drive.mp4")
    running = await city({"cam-01": f"file:{clip}"})
    await running.until("cam-01", "ok", 20)
    pictures = running.parts.frames.pictures()
    await anext(pictures)
    await running.parts.frames.watch(["cam-01"])
    async with asyncio.timeout(20):
        times = [(await anext(pictures)).at_ms for _ in range(8)]
    assert min(later - sooner for sooner, later in pairwise(times[3:])) < 500


async def test_a_frozen_and_a_killed_server_are_told_in_time_and_their_return_too(city: Any, tmp_path: Path) -> None:
    with rtsp_camera(tmp_path) as camera:
        clip = write_clip(tmp_path / "drive.mp4")
        running = await city({"cam-01": camera.url, "cam-02": f"file:{clip}"})
        await running.until("cam-01", "ok", 30)
        camera.freeze()
        await running.until("cam-01", "lost", TOLD_S + SLACK_S)
        camera.thaw()
        await running.until("cam-01", "ok", 40)
        camera.kill()
        await running.until("cam-01", "lost", TOLD_S + SLACK_S)
        async with asyncio.timeout(SLACK_S):
            while running.city.book.entries["cam-01"].problem is None:
                await asyncio.sleep(0.05)
        camera.start()
        await running.until("cam-01", "ok", 40)
        assert running.cameras.keepers["cam-02"].restarts == 0


async def test_a_bad_picture_is_told_in_time_and_its_end_too(city: Any, tmp_path: Path) -> None:
    wrong = {"still": ("frozen", 2), "black": ("black", 3), "elsewhere": ("moved", 5), "blurred": ("defocused", 6)}
    with ExitStack() as stack:
        cameras = {shows: stack.enter_context(mjpeg_camera(_folder(tmp_path, shows))) for shows in wrong}
        running = await city({f"cam-{shows}": camera.url for shows, camera in cameras.items()})
        await asyncio.gather(*(_learnt(running, f"cam-{shows}") for shows in wrong))
        for shows, camera in cameras.items():
            camera.shows(shows)
        told = [running.until(f"cam-{shows}", state, TOLD_S + SLACK_S) for shows, (state, _) in wrong.items()]
        await asyncio.gather(*told)
        await asyncio.gather(*(_doubted(running, f"cam-{shows}") for shows in wrong))
        for camera in cameras.values():
            camera.shows("drive")
        await asyncio.gather(*(running.until(f"cam-{shows}", "ok", 20) for shows in wrong))
    said = {(one.key, one.value) for one in await running.readings() if one.kind == "camera.state"}
    assert {(f"cam-{shows}", value) for shows, (_, value) in wrong.items()} <= said


async def test_what_another_has_taken_is_refused_and_taken_anew_under_another_fence(city: Any, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "drive.mp4")
    running = await city({"cam-01": f"file:{clip}", "cam-02": f"file:{clip}"})
    await running.until("cam-01", "ok", 20)
    await running.until("cam-02", "ok", 20)
    before = {id: one.fence for id, one in running.cameras.placed.items()}
    await running.store.fences.take(["cam-01"], "another, after Redis has lost its leases")
    head = await running.store.observations.head()
    async with asyncio.timeout(60):
        while getattr(running.cameras.placed.get("cam-01"), "fence", 0) <= before["cam-01"]:
            after = await running.store.observations.after(head)
            assert not any(one.key.startswith("cam-01") for row in after for one in row.observations)
            await asyncio.sleep(0.05)
    await running.until("cam-01", "ok", 20)
    assert running.cameras.placed["cam-02"].fence == before["cam-02"], "the other camera went on"


async def test_a_worker_whose_clock_is_behind_the_former_ones_is_believed(city: Any, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "drive.mp4")
    running = await city({"cam-01": f"file:{clip}"})
    await running.until("cam-01", "ok", 20)
    ahead = running.store.now() + timedelta(minutes=10)
    former = {"state": "black", "worker": "máy nhanh/1", "fence": 0, "last_frame": None, "reason": None}
    await running.store.write(lambda tx: tx.latest(Latest("cam", "cam-01", former, ahead)))
    await running.until("cam-01", "ok", 30)


async def test_a_camera_that_no_process_takes_is_lost_with_its_reason(city: Any, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "drive.mp4")
    with patch("ioc.host.cameras_city.NOBODYS", timedelta(seconds=3)):
        running = await city({"cam-01": f"file:{clip}"})
        await running.until("cam-01", "ok", 20)
        with patch.object(running.cameras.placing, "turn", _nothing):
            running.cameras.placing.fences.clear()
            running.cameras.drop("cam-01")
            await running.until("cam-01", "lost", 30)
            problem = running.city.book.entries["cam-01"].problem
            assert problem is not None and "No process" in problem.en
        await running.until("cam-01", "ok", 30)


async def _nothing() -> None:
    """A worker that takes no turn."""


def _folder(home: Path, name: str) -> Path:
    made = home / name
    made.mkdir()
    return made


async def _doubted(running: Running, camera: str) -> None:
    """Waits until the camera, which speaks, is a doubtful source."""
    async with asyncio.timeout(30):
        while running.city.book.entries[camera].state != "doubtful":
            await asyncio.sleep(0.1)


async def _learnt(running: Running, camera: str) -> None:
    """Waits until the camera's usual picture has been learned: eight seconds of good pictures."""
    await running.until(camera, "ok", 20)
    seen = running.cameras.placed[camera].seen
    async with asyncio.timeout(30):
        while seen.last_frame is None or (seen.last_frame - seen.since).total_seconds() < 8:
            await asyncio.sleep(0.1)


async def test_who_accepts_and_never_answers_and_who_sends_no_pictures(city: Any, tmp_path: Path) -> None:
    silent = await asyncio.start_server(_take_and_keep_silent, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    with mjpeg_camera(tmp_path, "text") as talker:
        running = await city(
            {
                "cam-01": f"rtsp://127.0.0.1:{port}/x",
                "cam-02": f"http://127.0.0.1:{port}/x",
                "cam-03": talker.url,
                "cam-04": f"file:{tmp_path}/nowhere.mp4",
                "cam-05": "clip:nothing",
            }
        )
        lost = [running.until(f"cam-0{number}", "lost", TOLD_S + SLACK_S) for number in range(1, 6)]
        await asyncio.gather(*lost)
    silent.close()
    rows = {row.key: msgspec.json.decode(row.body) for row in await running.store.latest.all(["cam"])}
    assert rows["cam-05"]["reason"]["en"]


async def _take_and_keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.read(1000):
        pass
    writer.close()


async def test_a_login_opens_a_camera_and_is_written_nowhere(
    city: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    right, wrong = 'user = "viewer"\npassword = "s3cret&1"\n', 'user = "viewer"\npassword = "wrong-s3cret"\n'
    with mjpeg_camera(tmp_path) as camera, snapshot_camera() as stills:
        closed, still = f"{camera.url}closed", f"snapshot+{stills.url}digest"
        logins = f"[cam-01]\n{right}[cam-02]\n{wrong}[cam-03]\n{right}[cam-04]\n{wrong}"
        running = await city({"cam-01": closed, "cam-02": closed, "cam-03": still, "cam-04": still}, logins)
        for id, state in (("cam-01", "ok"), ("cam-02", "lost"), ("cam-03", "ok"), ("cam-04", "lost")):
            await running.until(id, state, 30)
        for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                assert "s3cret" not in " ".join([*process.cmdline(), process.name(), *process.environ().values()])
        said = {row.key: msgspec.json.decode(row.body) for row in await running.store.latest.all(["cam"])}
        for id in ("cam-02", "cam-04"):
            assert "refuses the login" in said[id]["reason"]["en"]
    written = capfd.readouterr()
    rows = b"".join(row.body for row in await running.store.latest.all())
    assert "s3cret" not in written.out + written.err + rows.decode()


async def test_a_file_of_logins_that_others_may_read_stops_no_camera_that_needs_none(
    city: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with mjpeg_camera(tmp_path) as camera:
        logins = '[cam-01]\nuser = "viewer"\npassword = "s3cret&1"\n'
        running = await city({"cam-01": f"{camera.url}closed", "cam-02": camera.url}, logins, mode=0o644)
        await running.until("cam-02", "ok", 30)
        await running.until("cam-01", "lost", 30)
        said = {row.key: msgspec.json.decode(row.body) for row in await running.store.latest.all(["cam"])}
        assert "refuses the login" in said["cam-01"]["reason"]["en"]
        await running.until("cam-02", "ok", 10)
    written = capfd.readouterr()
    assert "chmod 600" in written.out + written.err
    assert "s3cret" not in written.out + written.err


async def test_a_crashing_decoder_disturbs_no_other_camera(city: Any, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "drive.mp4")
    running = await city({"cam-01": f"file:{clip}", "cam-02": f"file:{clip}"})
    await running.until("cam-01", "ok", 20)
    await running.until("cam-02", "ok", 20)
    decoder = running.cameras.keepers["cam-01"].decoder
    assert decoder is not None
    os.kill(decoder.pid, signal.SIGSEGV)
    async with asyncio.timeout(20):
        while running.cameras.keepers["cam-01"].restarts < 1:
            await asyncio.sleep(0.05)
    await running.until("cam-01", "ok", 20)
    assert running.cameras.keepers["cam-02"].restarts == 0
    os.kill(running.cameras.nursery.pid, signal.SIGKILL)
    async with asyncio.timeout(30):
        while min(keeper.restarts for keeper in running.cameras.keepers.values()) < 1:
            await asyncio.sleep(0.05)
    for id in ("cam-01", "cam-02"):
        await running.until(id, "ok", 30)


async def test_a_stopped_decoder_is_killed_and_started_again(city: Any, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "drive.mp4")
    running = await city({"cam-01": f"file:{clip}"})
    await running.until("cam-01", "ok", 20)
    stopped = running.cameras.keepers["cam-01"].decoder.pid
    os.kill(stopped, signal.SIGSTOP)
    async with asyncio.timeout(30):
        while running.cameras.keepers["cam-01"].restarts < 1:
            await asyncio.sleep(0.05)
    await running.until("cam-01", "ok", 30)
    async with asyncio.timeout(30):
        while psutil.pid_exists(stopped):
            await asyncio.sleep(0.05)


async def test_nothing_runs_on_when_the_process_ends(city: Any, sqlite_url: str, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "drive.mp4")
    async with running_cameras(sqlite_url, tmp_path, {"cam-01": f"file:{clip}"}) as running:
        await running.until("cam-01", "ok", 20)
        pids = [running.cameras.nursery.pid, running.cameras.keepers["cam-01"].decoder.pid]
    wait_until(lambda: not any(psutil.pid_exists(pid) for pid in pids), "the decoders are gone")


async def test_a_file_of_logins_that_others_may_read_is_refused(tmp_path: Path) -> None:
    from ioc.core.errors import Problem
    from ioc.host.cameras_plan import read_logins

    file = tmp_path / "secrets.toml"
    file.write_text('[cam-01]\nuser = "a"\npassword = "b"\n', encoding="utf-8")
    file.chmod(0o644)
    with pytest.raises(Problem, match="camera-logins"):
        read_logins(file)
    file.chmod(0o600)
    assert read_logins(file)["cam-01"].user == "a"
    file.write_text('[cam-01]\nuser = "a"\nsecret = "hunter2"\n', encoding="utf-8")
    with pytest.raises(Problem) as refused:
        read_logins(file)
    assert "hunter2" not in str(refused.value) + str(refused.value.detail)
