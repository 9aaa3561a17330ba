"""Cameras: what a picture costs to be decoded, and what it costs to be decoded and looked at, side by side."""

from __future__ import annotations

import os
import resource
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2

from bench.frame import Goal, Report, Row, Size, in_turn
from streams.messages import Line, Zone
from streams.pipeline import Pipeline, jpeg
from streams.settings import USUAL_LIMITS
from tests.streams.scenes import write_clip

ROOT = Path(__file__).resolve().parents[1]
REAL = ROOT.parent / "shared" / "data" / "clips" / "motorway640.mp4"
FPS = 5.0
GOAL_MS = 3.0
LINES = (Line("a", (0.2, 0.5), (0.8, 0.5)), Line("b", (0.3, 0.7), (0.9, 0.7)))
ZONES = (Zone("z", ((0.1, 0.5), (0.9, 0.5), (0.9, 0.9), (0.1, 0.9))),)
Frame = cv2.typing.MatLike


def run(size: Size) -> Report:
    """CPU milliseconds of one 640×360 picture on one thread."""
    cv2.setNumThreads(1)
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = ""
    with tempfile.TemporaryDirectory() as folder:
        clip = REAL if REAL.exists() else write_clip(Path(folder) / "drawn.mp4", 12.0, 25.0, 640, 360)
        return _report(clip, size)


def _report(clip: Path, size: Size) -> Report:
    times, most = size.of(7, 1), size.of(300, 40)
    count, fps = _played(clip, most)
    decode, both = in_turn(times, lambda: _cost(clip, most, _nothing), lambda: _cost(clip, most, _looker()))
    (with_jpeg,) = in_turn(size.of(3, 1), lambda: _cost(clip, most, jpeg))
    added = [whole - bare for whole, bare in zip(both, decode, strict=True)]
    per_second = FPS * statistics.median(added) + fps * statistics.median(decode)
    report = Report(f"cameras ({'a real motorway clip' if clip == REAL else 'a drawn clip'}, {count} pictures)")
    report.rows = [
        Row("decode and look, a picture", "ms CPU", both, decode, "decode alone", Goal(at_most=GOAL_MS)),
        Row("decode and JPEG, a picture", "ms CPU", with_jpeg, decode, "decode alone"),
        Row(f"a stream of {fps:.0f}, {FPS:.0f} looked at, a second", "ms CPU", [per_second]),
    ]
    report.notes = [
        "'ours' is the whole work on a picture, 'limit' taking it from the file alone; the ratio says how much more",
        f"looking adds {statistics.median(added):.2f} ms; a core carries {700 / per_second:.0f} such streams at 70 %",
    ]
    return report


def _nothing(_frame: Frame) -> object:
    return None


def _looker() -> Callable[[Frame], object]:
    pipeline = Pipeline(USUAL_LIMITS, LINES, ZONES)
    at = iter(range(10**9))
    return lambda frame: pipeline.look(frame, next(at) / FPS)


def _played(clip: Path, most: int) -> tuple[int, float]:
    capture = _open(clip)
    fps = capture.get(cv2.CAP_PROP_FPS)
    count = 0
    while count < most and capture.grab():
        count += 1
    return count, fps


def _cost(clip: Path, most: int, look: Callable[[Frame], object]) -> float:
    """CPU milliseconds a picture, of the whole process: the decoder has a thread of its own."""
    capture = _open(clip)
    began, count = _cpu_s(), 0
    while count < most:
        done, frame = capture.read()
        if not done:
            break
        look(frame)
        count += 1
    return (_cpu_s() - began) / count * 1000


def _open(clip: Path) -> cv2.VideoCapture:
    return cv2.VideoCapture(str(clip), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
