"""Harder copies of clips: the same truth, the same pictures at each call, and lamps only on what drives."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from bench.camera_variants import KINDS, main, pictures
from bench.headlamps import Lamps
from streams.detector import Thing
from streams.evaluation.truth import read_truth
from streams.motion import Box
from tests.streams.scenes import HEIGHT, WIDTH, Scene, write_clip


def made(clips: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[np.ndarray]]:
    """The pictures of every kind."""
    monkeypatch.setattr(sys, "argv", ["camera_variants", str(clips), str(out)])
    main()
    truths = [read_truth(path) for path in sorted(out.glob("*/*.truth.json"))]
    return {truth.kind: list(pictures(next(out.glob(f"*/{truth.file}")))) for truth in truths}


def test_every_kind_is_made_with_its_truth_and_alike_each_time(tmp_path: Path, monkeypatch) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    write_clip(clips / "c.mp4", 0.8)
    line = {"name": "A", "p1": [160, 20], "p2": [160, 160], "counts": {"right": 1}}
    truth = {"file": "c.mp4", "width": WIDTH, "height": HEIGHT, "fps": 10, "lines": [line]}
    (clips / "c.truth.json").write_text(json.dumps(truth), encoding="utf-8")
    once, again = (made(clips, tmp_path / name, monkeypatch) for name in ("once", "again"))
    assert set(once) == set(KINDS)
    original = list(pictures(clips / "c.mp4"))
    for kind, shown in once.items():
        assert len(shown) == len(original), kind
        assert all((one == other).all() for one, other in zip(shown, again[kind], strict=True)), kind
        assert any(np.abs(one.astype(int) - was).mean() > 1 for one, was in zip(shown, original, strict=True)), kind


class Drives:
    """Sees one car that comes nearer and one that is parked."""

    def __init__(self) -> None:
        self._step = 0

    def look(self, _picture: np.ndarray) -> list[Thing]:
        """What is there now."""
        self._step += 1
        places = (0.2, 0.1 + 0.03 * self._step), (0.7, 0.3)
        return [Thing(Box(x, y, 0.1, 0.12), "car", 0.9) for x, y in places]


def test_lamps_shine_on_what_drives_and_not_on_what_is_parked() -> None:
    dark = (Scene().ground * 0.2).astype(np.uint8)
    lamps = Lamps(Drives(), lambda picture, _at: picture)  # type: ignore[arg-type]
    for step in range(12):
        night = lamps.change(dark, step / 10)
    added = night.astype(int) - dark
    assert added[:, : WIDTH // 2].max() > 150
    assert not added[:, WIDTH // 2 :].any()
