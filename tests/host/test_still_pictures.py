"""What is proposed of a still picture: by its own boxes, by a detector in a process of its own, or all of it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from ioc.host import still_pictures
from ioc.host.still_pictures import propose
from streams.blurring import Proposed
from streams.detector import COCO
from streams.marks import Marks, joined, with_marks
from tests.streams.onnx_file import model

BOX = (0.4, 0.4, 0.2, 0.2)
CELLS_OF_128 = 16 * 16 + 8 * 8 + 4 * 4


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 180), (90, 90, 90)).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def detector(tmp_path: Path) -> Path:
    """A model that looks and finds nothing."""
    path = tmp_path / "mô hình.onnx"
    path.write_bytes(model([1, 3, 128, 128], [1, CELLS_OF_128, 5 + COCO]))
    return path


async def test_without_a_model_the_pictures_own_boxes_count(tmp_path: Path) -> None:
    assert await propose(jpeg(), None) == (None, Proposed((), whole=True))
    marks, plan = await propose(with_marks(jpeg(), Marks("motion", (BOX,))), None)
    assert marks == Marks("motion", (BOX,)) and len(plan.boxes) == 1 and not plan.whole


async def test_a_detector_that_has_looked_and_found_nothing_proposes_nothing(detector: Path) -> None:
    assert await propose(jpeg(), detector) == (Marks("detector"), Proposed((), whole=False))


async def test_what_moved_counts_beside_what_a_detector_finds(detector: Path) -> None:
    marks, plan = await propose(with_marks(jpeg(), Marks("motion", (BOX,))), detector)
    assert marks == Marks("detector", (BOX,)) and len(plan.boxes) == 1


@pytest.mark.parametrize("content", [None, b"", b"no onnx", model([1, 3, 64, 64])])
async def test_a_model_that_cannot_be_used_leaves_the_whole_picture(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.onnx"
    if content is not None:
        path.write_bytes(content)
    assert await propose(jpeg(), path) == (None, Proposed((), whole=True))


async def test_a_picture_that_cannot_be_read_leaves_the_whole_picture(detector: Path) -> None:
    assert await propose(b"no picture", detector) == (None, Proposed((), whole=True))


async def test_one_that_takes_too_long_is_ended(detector: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(still_pictures, "MOST_S", 0.0)
    assert await propose(jpeg(), detector) == (None, Proposed((), whole=True))


def test_boxes_of_both_are_kept_and_the_detector_names_them() -> None:
    assert joined(None, None) is None
    assert joined(Marks("motion", (BOX,)), None) == Marks("motion", (BOX,))
    assert joined(Marks("motion", (BOX,)), Marks("detector", (BOX,))) == Marks("detector", (BOX, BOX))
