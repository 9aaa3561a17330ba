"""Detectors that an operator gives: one of the right layout works, whatever else is refused in words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from ioc.cli.commands import app
from ioc.core.errors import Problem
from streams.choice import Choice
from streams.detector import Detector, ModelUnusable
from streams.messages import Line
from streams.motion import Box
from streams.tracker import Tracker
from tests.streams.onnx_file import DOUBLE, model
from tests.streams.scenes import Scene
from tests.streams.test_evaluation import write

SIDE = 416
CELLS = 52 * 52 + 26 * 26 + 13 * 13


def test_a_model_of_the_layout_is_taken_and_sees_nothing_when_it_says_nothing(tmp_path: Path) -> None:
    file = tmp_path / "blind.onnx"
    file.write_bytes(model([1, 3, SIDE, SIDE], [1, CELLS, 85]))
    detector = Detector(file)
    assert detector.side == SIDE
    assert detector.look(Scene().picture()) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"not a model", "no ONNX"),
        (model([1, 3, SIDE, SIDE])[:60], "no ONNX"),
        (model([1, 3, SIDE, SIDE]), "YOLOX"),
        (model([1, 3, SIDE, SIDE], [1, CELLS, 6]), "YOLOX"),
        (model([1, 3, SIDE, SIDE], [1, 8400, 85]), "YOLOX"),
        (model([1, 3, SIDE, 320]), "[1, 3, S, S]"),
        (model([1, SIDE, SIDE, 3]), "[1, 3, S, S]"),
        (model([1, 3, SIDE, SIDE], kind=DOUBLE), "float"),
        (model([1, 3, 100, 100]), "[1, 3, S, S]"),
    ],
)
def test_whatever_else_is_refused_in_words(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(content)
    with pytest.raises(ModelUnusable) as refused:
        Detector(file)
    assert says in refused.value.en
    assert refused.value.vi != refused.value.en


def test_a_missing_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable):
        Detector(tmp_path / "none.onnx")


def test_the_command_refuses_a_wrong_model_before_any_clip(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "m.onnx").write_bytes(b"nothing")
    result = CliRunner().invoke(app, ["streams", "evaluate", str(tmp_path), "--model", str(tmp_path / "m.onnx")])
    assert isinstance(result.exception, Problem)


def test_a_detector_that_is_blind_leaves_the_counting_to_motion(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "blind.onnx").write_bytes(model([1, 3, SIDE, SIDE], [1, CELLS, 85]))
    command = ["streams", "evaluate", str(tmp_path), "--json", "--model", str(tmp_path / "blind.onnx")]
    body = json.loads(CliRunner().invoke(app, command).output)
    assert (body["total"]["count_error"], body["total"]["f1"]) == (0, 1)


def test_a_detector_is_believed_where_it_sees_what_moves() -> None:
    line = Line("a", (0, 0.5), (1, 0.5))
    tracker, choice = Tracker(), Choice(line)
    assert choice.detector
    for step in range(30):
        box = Box(0.4, 0.2 + 0.01 * step, 0.1, 0.1)
        tracker.follow([box])
        choice.learn(tracker.tracks, [])
    assert not choice.detector
    for step in range(60):
        box = Box(0.4, 0.5 - 0.004 * step, 0.1, 0.1)
        tracker.follow([box])
        choice.learn(tracker.tracks, [box])
    assert choice.detector


def test_the_real_model_sees_cars(clips: Path | None) -> None:
    file = clips.parent / "models" / "yolox_nano.onnx" if clips else None
    if file is None or not file.is_file():
        pytest.skip("no detector's file here / không có tệp mô hình")
    import cv2

    capture = cv2.VideoCapture(str(clips / "tfl625_day.mp4"))
    things = Detector(file).look(capture.read()[1])
    assert sum(thing.kind in ("car", "truck", "bus") for thing in things) >= 5
    assert all(0 <= thing.box.x <= 1 and np.isfinite(thing.sure) for thing in things)
