"""Hand-counted truth of real clips, and that nothing in them is taken for tampering."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest

from streams.messages import Line, PictureState
from streams.pipeline import Pipeline
from tests.streams.scenes import LIMITS, write_clip

FPS = 5.0
TRUE_WAY = {"away": "in", "up": "in", "right": "in", "toward": "out", "down": "out", "left": "out"}
MOST_ERROR = 0.30  # of all crossings; the plain baseline
NAMES = ("tfl625_day", "motorway640", "overhead_exposure", "street352", "pedestrians")


def looked_at(path: Path) -> Iterator[tuple[Any, float]]:
    """Five pictures a second of a clip, with their times."""
    capture = cv2.VideoCapture(str(path))
    fps = capture.get(cv2.CAP_PROP_FPS)
    number, due = 0, 0.0
    while capture.grab():
        at = number / fps
        if at + 1e-9 >= due:
            due += 1 / FPS
            yield capture.retrieve()[1], at
        number += 1


def counted(path: Path, lines: tuple[Line, ...]) -> Counter[tuple[str, str]]:
    pipeline = Pipeline(LIMITS, lines)
    total: Counter[tuple[str, str]] = Counter()
    for picture, at in looked_at(path):
        total += pipeline.look(picture, at).crossings
    return total


def lines_of(truth: dict[str, Any]) -> tuple[Line, ...]:
    width, height = truth["width"], truth["height"]

    def share(point: list[int]) -> tuple[float, float]:
        return point[0] / width, point[1] / height

    return tuple(Line(line["name"], share(line["p1"]), share(line["p2"])) for line in truth["lines"])


@pytest.mark.timeout(600)
def test_the_count_is_near_the_truth(clips: Path | None, tmp_path: Path) -> None:
    if clips is None:
        line = Line("a", (0.5, 0.2), (0.5, 0.8))
        assert counted(write_clip(tmp_path / "c.mp4"), (line,)) == {("a", "in"): 1}
        return
    wrong = true = 0
    told = []
    for name in NAMES:
        truth = json.loads((clips / f"{name}.truth.json").read_text(encoding="utf-8"))
        found = counted(clips / truth["file"], lines_of(truth))
        pairs = [
            (found[line["name"], TRUE_WAY[way]], count)
            for line in truth["lines"]
            for way, count in line["counts"].items()
        ]
        wrong += sum(abs(seen - count) for seen, count in pairs)
        true += sum(count for _, count in pairs)
        told.append(f"{name}: {pairs}")
    assert wrong / true <= MOST_ERROR, "\n".join(told)


@pytest.mark.timeout(600)
def test_nothing_in_real_pictures_is_tampering(clips: Path | None, tmp_path: Path) -> None:
    files = sorted([*clips.glob("*.mp4"), *clips.glob("*.avi")]) if clips else [write_clip(tmp_path / "c.mp4")]
    for file in files:
        pipeline = Pipeline(LIMITS)
        states = {pipeline.look(picture, at).state for picture, at in looked_at(file)}
        assert states == {PictureState.OK}, file.name
