"""Decoders in their own processes: what they say, what they survive, and that none is left."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import psutil
import pytest

from streams.children import Decoder, DecoderGone, Nursery, Picture
from streams.messages import Line, Order, PictureState, Plan, Report, Trouble
from streams.settings import USUAL_LIMITS
from tests.servers import wait_until
from tests.streams.cameras import mjpeg_camera, rtsp_camera
from tests.streams.onnx_file import greedy, model
from tests.streams.scenes import WIDTH, Scene, write_clip

MOST_S = 20.0
ROOT = Path(__file__).resolve().parents[2]


Said = Report | Picture


async def heard(decoder: Decoder, done: Callable[[Said], bool]) -> list[Said]:
    """All it says until something makes `done` true; fails when that does not come."""
    said: list[Said] = []
    async with asyncio.timeout(MOST_S):
        while not said or not done(said[-1]):
            said.append(await decoder.read())
    return said


def is_picture(said: Said) -> bool:
    return isinstance(said, Picture)


def is_trouble(said: Said) -> bool:
    return isinstance(said, Report) and said.trouble is not None


async def test_a_clip_is_played_and_counted_over_and_over(nursery: Nursery, clip: Path) -> None:
    plan = Plan(address=f"file:{clip}", limits=USUAL_LIMITS, lines=(Line("a", (0.5, 0.2), (0.5, 0.8)),))
    decoder = await nursery.decoder("cam-01", plan)
    first = await heard(decoder, lambda one: isinstance(one, Report) and bool(one.crossings))
    assert any(isinstance(said, Picture) for said in first)
    assert all(said.fps < 15 for said in first if isinstance(said, Report)), "the first moment has no pace"
    again = await heard(decoder, lambda one: isinstance(one, Report) and bool(one.crossings))
    last = again[-1]
    assert isinstance(last, Report)
    assert last.crossings == (("a", "in", 1),)
    assert 8 < last.fps < 12


async def test_a_picture_is_jpeg_of_now(nursery: Nursery, clip: Path) -> None:
    decoder = await nursery.decoder("cam-01", Plan(address=f"file:{clip}", limits=USUAL_LIMITS))
    picture = (await heard(decoder, is_picture))[-1]
    assert isinstance(picture, Picture)
    assert picture.jpeg[:2] == b"\xff\xd8"
    assert abs(time.time() * 1000 - picture.at_ms) < 5000


async def test_the_cameras_name_and_the_time_are_in_the_picture_itself(nursery: Nursery, clip: Path) -> None:
    bands = []
    for name in ("", "Ngã tư Nguyễn Huệ"):
        plan = Plan(address=f"file:{clip}", limits=USUAL_LIMITS, name=name, utc_offset_s=7 * 3600)
        decoder = await nursery.decoder("cam-01", plan)
        picture = (await heard(decoder, is_picture))[-1]
        assert isinstance(picture, Picture)
        shown = cv2.imdecode(np.frombuffer(picture.jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
        assert shown is not None
        bands.append(float(np.mean(shown[-shown.shape[0] // 12 :, : shown.shape[1] // 2] > 230)))
    assert bands[0] < 0.01 < bands[1]


async def test_more_pictures_come_when_they_are_asked_for(nursery: Nursery, clip: Path) -> None:
    decoder = await nursery.decoder("cam-01", Plan(address=f"file:{clip}", limits=USUAL_LIMITS))
    await heard(decoder, is_picture)
    decoder.order(Order(5.0))
    await heard(decoder, lambda said: isinstance(said, Report))
    await heard(decoder, lambda said: isinstance(said, Report))
    said = [await decoder.read() for _ in range(12)]
    assert sum(map(is_picture, said)) >= 8


async def test_rtsp_comes_over_tcp(nursery: Nursery, tmp_path: Path) -> None:
    with rtsp_camera(tmp_path) as camera:
        decoder = await nursery.decoder("cam-01", Plan(address=camera.url, limits=USUAL_LIMITS))
        await heard(decoder, is_picture)
        camera.kill()
        assert (await heard(decoder, is_trouble))[-1].trouble is Trouble.ENDED


@pytest.mark.parametrize("b_frames", [0, 3])
async def test_nothing_is_of_now_that_comes_after_an_rtsp_camera_fell_silent(
    nursery: Nursery, tmp_path: Path, b_frames: int
) -> None:
    """With B-frames FFmpeg holds pictures back, and hands them out when it has waited in vain."""
    read_s = 3.0
    with rtsp_camera(tmp_path, b_frames) as camera:
        plan = Plan(address=camera.url, limits=USUAL_LIMITS, picture_fps=5.0, read_s=read_s)
        decoder = await nursery.decoder("cam-01", plan)
        for _ in range(10):
            await heard(decoder, is_picture)
        camera.freeze()
        silent_ms = time.time() * 1000
        said = await heard(decoder, is_trouble)
    last = said.pop()
    assert isinstance(last, Report)
    assert last.trouble is Trouble.ENDED
    assert max((one.at_ms for one in said), default=silent_ms) < silent_ms + 1000 * read_s
    assert last.at_ms < silent_ms + 2000 * read_s


async def test_pictures_of_changing_size_are_shown(nursery: Nursery, tmp_path: Path) -> None:
    with mjpeg_camera(tmp_path, "sizes") as camera:
        decoder = await nursery.decoder("cam-01", Plan(address=camera.url, limits=USUAL_LIMITS))
        for _ in range(3):
            await heard(decoder, is_picture)


async def test_what_is_masked_is_black_for_everybody_and_counts_nothing(nursery: Nursery, clip: Path) -> None:
    left = ((0.0, 0.0), (0.75, 0.0), (0.75, 1.0), (0.0, 1.0))
    lines = (Line("hidden", (0.5, 0.2), (0.5, 0.8)), Line("seen", (0.88, 0.2), (0.88, 0.8)))
    plan = Plan(address=f"file:{clip}", limits=USUAL_LIMITS, lines=lines, masks=(left,))
    decoder = await nursery.decoder("cam-01", plan)
    said = await heard(decoder, lambda one: isinstance(one, Report) and bool(one.crossings))
    assert {line for one in said if isinstance(one, Report) for line, _, _ in one.crossings} == {"seen"}
    assert {one.state for one in said if isinstance(one, Report)} == {PictureState.OK}
    picture = next(one for one in said if isinstance(one, Picture))
    shown = cv2.imdecode(np.frombuffer(picture.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown[:, : WIDTH * 7 // 10].max() < 20
    assert shown[:, WIDTH * 8 // 10 :].mean() > 60


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (None, "detector.onnx: missing"),
        (b"no onnx", "no ONNX file"),
        (model([1, 3, 32, 32]), "not float [1, 3, S, S]"),
        (model([1, 3, 128, 128], [1, 10, 85]), "are not YOLOX's"),
        (greedy(128), "cannot be run"),
        (model([1, 3, 128, 128], [1, 336, 85]), None),
    ],
)
async def test_a_detector_that_cannot_be_used_is_said_and_motion_counts_on(
    nursery: Nursery, clip: Path, tmp_path: Path, made: bytes | None, says: str | None
) -> None:
    file = tmp_path / "detector.onnx"
    if made is not None:
        file.write_bytes(made)
    line = Line("a", (0.5, 0.2), (0.5, 0.8))
    plan = Plan(address=f"file:{clip}", limits=USUAL_LIMITS, lines=(line,), model=str(file))
    decoder = await nursery.decoder("cam-01", plan)
    last = (await heard(decoder, lambda one: isinstance(one, Report) and bool(one.crossings)))[-1]
    assert isinstance(last, Report)
    assert last.crossings == (("a", "in", 1),)
    if says is None:
        assert last.fault is None
    else:
        assert last.fault is not None
        assert says in last.fault[1]
        assert str(tmp_path) not in "".join(last.fault)


def empty(_clip: Path) -> bytes:
    return b""


def cut_off(clip: Path) -> bytes:
    return clip.read_bytes()[: clip.stat().st_size // 2]


def noise(_clip: Path) -> bytes:
    return os.urandom(200_000)


def play_list(_clip: Path) -> bytes:
    return b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n"


def concat_script(_clip: Path) -> bytes:
    return b"ffconcat version 1.0\nfile /etc/passwd\n"


def broken_middle(clip: Path) -> bytes:
    data = bytearray(clip.read_bytes())
    third = len(data) // 3
    data[third : 2 * third] = os.urandom(third)
    return bytes(data)


def raw_avi(_clip: Path, width: int = 48, height: int = 48, frames: int = 20) -> bytes:
    """Raw pictures of three bytes a point: OpenCV 4.14 writes past its memory with them and is ended by the system."""
    head = struct.pack("<IIIIIIIIII16x", 40_000, 10**6, 0, 16, frames, 0, 1, 10**6, width, height)
    times = struct.pack("<IHHIIIIIIII", 0, 0, 0, 0, 1, 25, 0, frames, 10**6, 0, 0)
    stream = b"vidsDIB " + times + struct.pack("<HHHH", 0, 0, width, height)
    picture = struct.pack("<IiiHH4sIiiII", 40, width, height, 1, 24, b"\0\0\0\0", width * height * 3, 0, 0, 0, 0)
    strl = _list(b"strl", _chunk(b"strh", stream) + _chunk(b"strf", picture))
    movi = b"".join(_chunk(b"00db", os.urandom(min(width * height * 3, 10_000))) for _ in range(frames))
    return _chunk(b"RIFF", b"AVI " + _list(b"hdrl", _chunk(b"avih", head) + strl) + _list(b"movi", movi))


def huge_avi(clip: Path) -> bytes:
    """Sixteen thousand pixels square, as the header says."""
    return raw_avi(clip, 16_384, 16_384, 1)


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _list(name: bytes, data: bytes) -> bytes:
    return _chunk(b"LIST", name + data)


BAD = (empty, cut_off, noise, play_list, concat_script, broken_middle, raw_avi, huge_avi)


@pytest.mark.parametrize("make", BAD, ids=lambda make: make.__name__)
async def test_a_bad_file_ends_one_decoder_at_most(
    nursery: Nursery, clip: Path, tmp_path: Path, make: Callable[[Path], bytes]
) -> None:
    bad = tmp_path / ("bad.avi" if "avi" in make.__name__ else "bad.mp4")
    bad.write_bytes(make(clip))
    good = await nursery.decoder("cam-01", Plan(address=f"file:{clip}", limits=USUAL_LIMITS))
    await heard(good, is_picture)
    other = await nursery.decoder("cam-02", Plan(address=f"file:{bad}", limits=USUAL_LIMITS, open_s=3, read_s=2))
    with contextlib.suppress(DecoderGone):  # it may crash: for that it is a process of its own
        await heard(other, lambda said: is_trouble(said) or is_picture(said))
    await heard(good, is_picture)
    other.kill()


def vast(clip: Path) -> bytes:
    """Pictures of sixteen thousand pixels square, as they say and as they are."""
    made, picture = io.BytesIO(), cv2.imencode(".jpg", np.zeros((16_000, 16_000), np.uint8))[1].tobytes()
    with av.open(made, "w", format="avi") as out:
        stream = out.add_stream("mjpeg", rate=5)
        stream.width, stream.height, stream.pix_fmt = 16_000, 16_000, "yuvj420p"
        packet = av.Packet(picture)
        packet.stream, packet.pts, packet.dts = stream, 0, 0
        out.mux(packet)
    return made.getvalue()


@pytest.mark.parametrize(
    ("make", "trouble"),
    [
        (empty, Trouble.NO_PICTURE),
        (cut_off, Trouble.BROKEN),
        (noise, Trouble.BROKEN),
        (play_list, Trouble.BROKEN),
        (vast, Trouble.TOO_LARGE),
    ],
)
async def test_what_is_wrong_with_a_file_is_said(
    nursery: Nursery, clip: Path, tmp_path: Path, make: Callable[[Path], bytes], trouble: Trouble
) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(make(clip))
    decoder = await nursery.decoder("cam-01", Plan(address=f"file:{bad}", limits=USUAL_LIMITS))
    assert (await heard(decoder, is_trouble))[-1].trouble is trouble


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "missing"])
async def test_what_is_no_plain_file_is_not_opened(nursery: Nursery, tmp_path: Path, kind: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    place = {"device": Path("/dev/zero"), "folder": tmp_path}.get(kind, tmp_path / kind)
    decoder = await nursery.decoder("cam-01", Plan(address=f"file:{place}", limits=USUAL_LIMITS))
    assert (await heard(decoder, is_trouble))[-1].trouble is Trouble.CANNOT_OPEN


async def test_a_clip_that_changes_its_size_is_shown_on(nursery: Nursery, tmp_path: Path) -> None:
    made = b""
    for width, height in ((320, 180), (640, 360), (64, 64)):
        part, scene = io.BytesIO(), Scene(1, width, height)
        with av.open(part, "w", format="h264") as out:
            stream = out.add_stream("libx264", rate=10, options={"preset": "ultrafast"})
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            for number in range(10):
                picture = av.VideoFrame.from_ndarray(scene.picture((number / 10, 0.6)), format="bgr24")
                out.mux(stream.encode(picture))
            out.mux(stream.encode(None))
        made += part.getvalue()
    (tmp_path / "sizes.h264").write_bytes(made)
    plan = Plan(address=f"file:{tmp_path}/sizes.h264", limits=USUAL_LIMITS, picture_fps=5.0)
    decoder = await nursery.decoder("cam-01", plan)
    for _ in range(8):  # more than once round
        assert not any(map(is_trouble, await heard(decoder, is_picture)))


async def test_one_that_has_ended_before_it_has_heard_its_plan_is_gone(nursery: Nursery, clip: Path) -> None:
    good = await nursery.decoder("cam-01", Plan(address=f"file:{clip}", limits=USUAL_LIMITS))
    endless = ((0.1, 0.1),) * 400_000  # more than a decoder listens to, and more than waits in a socket
    with pytest.raises(DecoderGone):
        await nursery.decoder("cam-02", Plan(address=f"file:{clip}", limits=USUAL_LIMITS, masks=(endless,)))
    await heard(good, is_picture)


async def test_a_decoder_that_crashes_hurts_nobody(nursery: Nursery, clip: Path) -> None:
    decoders = [await nursery.decoder(f"cam-0{n}", Plan(address=f"file:{clip}", limits=USUAL_LIMITS)) for n in (1, 2)]
    for decoder in decoders:
        await heard(decoder, is_picture)
    os.kill(decoders[0].pid, signal.SIGSEGV)
    with pytest.raises(DecoderGone):
        await heard(decoders[0], lambda _: False)
    await heard(decoders[1], is_picture)


async def test_memory_stays_where_it_is(nursery: Nursery, tmp_path: Path) -> None:
    short = write_clip(tmp_path / "short.mp4", seconds=0.3)  # opened anew three times a second
    decoder = await nursery.decoder("cam-01", Plan(address=f"file:{short}", limits=USUAL_LIMITS))
    for _ in range(5):
        await heard(decoder, lambda said: isinstance(said, Report))
    before = decoder.resident_mb()
    for _ in range(10):
        await heard(decoder, lambda said: isinstance(said, Report))
    assert decoder.resident_mb() < before + 3


async def test_when_the_nursery_dies_its_decoders_die_and_the_next_starts_another(nursery: Nursery, clip: Path) -> None:
    plan = Plan(address=f"file:{clip}", limits=USUAL_LIMITS)
    decoder = await nursery.decoder("cam-01", plan)
    await heard(decoder, is_picture)
    first = nursery.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    with pytest.raises(DecoderGone):
        await heard(decoder, lambda _: False)
    await heard(await nursery.decoder("cam-01", plan), is_picture)
    assert nursery.pid != first


KEEPER = """
import asyncio, sys
from streams.children import Nursery
from streams.messages import Plan
from streams.settings import USUAL_LIMITS

async def main():
    nursery = Nursery()
    decoders = [await nursery.decoder(f"cam-{n}", Plan(address=sys.argv[1], limits=USUAL_LIMITS)) for n in range(2)]
    await decoders[0].read()
    print(nursery.pid, *(one.pid for one in decoders), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_no_process_outlives_a_keeper_that_was_killed(clip: Path) -> None:
    command = [sys.executable, "-c", KEEPER, f"file:{clip}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as keeper:
        assert keeper.stdout is not None
        pids = [int(word) for word in keeper.stdout.readline().split()]
        assert len(pids) == 3
        os.kill(keeper.pid, signal.SIGKILL)
    wait_until(lambda: not any(map(_runs, pids)), "the nursery and its decoders are gone")


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
