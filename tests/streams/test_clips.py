"""Hand-counted truth of real clips: how near the counts come, and that nothing in them is an event that is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from streams.evaluation.runner import evaluate, total
from streams.evaluation.truth import read_truth
from streams.messages import ANALYSED_FPS, Line, PictureState
from streams.pipeline import Pipeline
from streams.settings import USUAL_LIMITS
from tests.streams.scenes import write_clip

MOST_ERROR, MOST_WITH_MODEL, LEAST_DIRECTION = 0.20, 0.12, 0.98  # a plain baseline has 22 %, with a detector 18 %


def looked_at(path: Path, fps: float, *, reverse: bool = False) -> Iterator[tuple[cv2.typing.MatLike, float]]:
    """The pictures of a clip that are looked at, with their times."""
    capture, pictures = cv2.VideoCapture(str(path)), []
    while capture.grab():
        pictures.append(capture.retrieve()[1])
    due = 0.0
    for number, picture in enumerate(reversed(pictures) if reverse else pictures):
        if number / fps + 1e-9 >= due:
            due += 1 / ANALYSED_FPS
            yield picture, number / fps


def test_a_drawn_clip_is_counted(tmp_path: Path) -> None:
    pipeline = Pipeline(USUAL_LIMITS, (Line("a", (0.5, 0.2), (0.5, 0.8)),))
    pictures = looked_at(write_clip(tmp_path / "c.mp4"), 10)
    assert sum(pipeline.look(picture, at).crossings["a", "in"] for picture, at in pictures) == 1


@pytest.mark.timeout(600)
def test_counts_come_near_the_truth_and_nothing_is_told_that_did_not_happen(clips: Path | None) -> None:
    if clips is None:
        pytest.skip("no real clips here / không có clip thật")
    results = list(evaluate(clips, USUAL_LIMITS))
    figures = total(results)[0].figures()
    told = [(one.file, one.score and one.score.ways, one.reason) for one in results]
    assert not [one for one in results if one.reason], told
    assert figures["count_error"] <= MOST_ERROR, told
    assert figures["direction"] >= LEAST_DIRECTION, told
    assert figures["event_false"] == 0, [(one.file, one.played.events) for one in results if one.played]


@pytest.mark.long
@pytest.mark.timeout(600)
def test_with_a_detector_they_come_nearer(clips: Path | None) -> None:
    model = clips.parent / "models" / "yolox_nano.onnx" if clips else None
    if clips is None or model is None or not model.is_file():
        pytest.skip("no real clips or no detector here / không có clip thật hoặc mô hình")
    results = list(evaluate(clips, USUAL_LIMITS, model=model))
    figures = total(results)[0].figures()
    assert figures["count_error"] <= MOST_WITH_MODEL, [(one.file, one.score and one.score.ways) for one in results]


@pytest.mark.timeout(600)
def test_time_that_runs_backwards_is_the_wrong_way_and_time_as_it_ran_is_not(clips: Path | None) -> None:
    if clips is None:
        pytest.skip("no real clips here / không có clip thật")
    for name in ("tfl625_day", "motorway640", "street352"):
        truth = read_truth(clips / f"{name}.truth.json")
        for line in truth.lines:
            (line.allowed,) = line.counts
        for reverse in (False, True):
            pipeline = Pipeline(USUAL_LIMITS, truth.counting())
            pictures = looked_at(clips / truth.file, truth.fps, reverse=reverse)
            kinds = [event.kind for picture, at in pictures for event in pipeline.look(picture, at).events]
            assert ("wrong_way" in kinds) == reverse, (name, reverse, kinds)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_nothing_in_real_pictures_is_tampering(clips: Path | None, tmp_path: Path) -> None:
    files = sorted([*clips.glob("*.mp4"), *clips.glob("*.avi")]) if clips else [write_clip(tmp_path / "c.mp4")]
    for file in files:
        pipeline = Pipeline(USUAL_LIMITS)
        fps = cv2.VideoCapture(str(file)).get(cv2.CAP_PROP_FPS)
        seen = [pipeline.look(picture, at) for picture, at in looked_at(file, fps)]
        assert {one.state for one in seen} == {PictureState.OK}, file.name
        told = {event.kind for one in seen for event in one.events}
        assert not told & {"covered", "black", "defocused", "moved", "frozen", "abandoned"}, (file.name, told)


@pytest.mark.parametrize("factor", [1.5, 2.5])
def test_exposure_that_pumps_in_real_pictures_tells_nothing(clips: Path | None, tmp_path: Path, factor: float) -> None:
    name = "motorway640.mp4"
    file = clips / name if clips else write_clip(tmp_path / name)
    pipeline, states = Pipeline(USUAL_LIMITS), set()
    for number, (picture, at) in enumerate(looked_at(file, 25.0)):
        strength = factor ** np.sin(number / 5) if number > 20 else 1.0
        states.add(pipeline.look(np.clip(picture * strength, 0, 255).astype(np.uint8), at).state)
    assert states == {PictureState.OK}
