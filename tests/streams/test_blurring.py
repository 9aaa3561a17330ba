"""Blurring for release: what is proposed, that nothing can be read any more, and that the rest stays."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from streams.blurring import Proposed, blurred, proposed, size_of, widened
from streams.children import Nursery, Picture
from streams.marks import MOST, Marks, marks_of, with_marks
from streams.messages import Plan
from streams.settings import USUAL_LIMITS
from tests.streams.test_decoders import heard

shares = st.floats(-0.5, 1.5, allow_nan=False)
boxes = st.tuples(shares, shares, st.floats(0, 1.5), st.floats(0, 1.5))


def chequered(width: int = 320, height: int = 180, field: int = 4) -> bytes:
    """A picture in which every detail can be told: fields of black and white."""
    rows, columns = np.indices((height, width)) // field
    light = ((rows + columns) % 2 * 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(light).convert("RGB").save(out, "JPEG", quality=95)
    return out.getvalue()


def pixels(jpeg: bytes) -> np.ndarray:  # type: ignore[type-arg]
    return np.asarray(Image.open(io.BytesIO(jpeg)).convert("L"), int)


def test_inside_a_box_nothing_is_left_and_outside_it_everything() -> None:
    before, after = pixels(chequered()), pixels(blurred(chequered(), [(0.25, 0.25, 0.5, 0.5)]))
    inside, edge = after[50:130, 90:230], 12
    assert inside.std() < 6 < 100 < before[50:130, 90:230].std()
    outside = np.abs(after - before)
    outside[45 - edge : 135 + edge, 80 - edge : 240 + edge] = 0
    assert outside.max() < 60


def test_the_whole_picture_when_nothing_is_known_of_it() -> None:
    assert proposed(None) == Proposed((), whole=True)
    assert pixels(blurred(chequered(), [], whole=True)).std() < 6


def test_a_face_in_a_box_of_a_person_cannot_be_told_from_another() -> None:
    """Two pictures that differ only in details inside the box come out nearly the same."""
    rng = np.random.default_rng(7)
    base = rng.integers(0, 255, (180, 320, 3), np.uint8)
    other = base.copy()
    other[60:72, 100:110] = rng.integers(0, 255, (12, 10, 3), np.uint8)

    def jpeg(picture: np.ndarray) -> bytes:  # type: ignore[type-arg]
        out = io.BytesIO()
        Image.fromarray(picture).save(out, "JPEG", quality=95)
        return out.getvalue()

    box = (0.25, 0.2, 0.25, 0.7)
    one, two = (pixels(blurred(jpeg(picture), [box])) for picture in (base, other))
    assert np.abs(pixels(jpeg(base)) - pixels(jpeg(other))).max() > 80
    assert np.abs(one - two)[40:150, 84:156].max() < 12


@settings(deadline=None, max_examples=60)
@given(st.lists(boxes, max_size=6), st.integers(1, 90), st.integers(1, 90))
def test_any_boxes_on_any_picture_give_a_picture_of_its_size_twice_the_same(
    some: list[tuple[float, float, float, float]], width: int, height: int
) -> None:
    data = chequered(width, height, 2)
    made = blurred(data, some)
    assert size_of(made) == (width, height)
    assert blurred(data, some) == made


def test_nothing_of_the_file_survives_but_the_picture() -> None:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Máy ảnh của Nguyễn Văn A"
    Image.new("RGB", (64, 36)).save(out, "JPEG", exif=exif, comment=b"tin rieng")
    made = blurred(with_marks(out.getvalue(), Marks("motion", ((0.1, 0.1, 0.2, 0.2),))), [])
    assert b"Nguy" not in made and b"tin rieng" not in made and marks_of(made) is None
    assert b"Nguy" in out.getvalue()


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\xff\xd8\xff\xe0broken", chequered()[:500]])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no picture"):
        blurred(data, [])


@given(boxes)
def test_a_widened_box_holds_the_box_and_stays_inside(box: tuple[float, float, float, float]) -> None:
    x, y, w, h = widened(box, 0.35)
    near = 1e-3
    assert -near <= x <= x + w <= 1 + near and -near <= y <= y + h <= 1 + near
    left, right = min(1.0, max(0.0, box[0])), min(1.0, max(0.0, box[0] + box[2]))
    assert x <= left + near and x + w >= right - near


def test_motion_alone_proposes_wider_boxes_and_of_a_still_picture_everything() -> None:
    box = (0.4, 0.4, 0.1, 0.2)
    by_motion, by_detector = proposed(Marks("motion", (box,))), proposed(Marks("detector", (box,)))
    assert by_motion.boxes[0][2] > by_detector.boxes[0][2] > box[2]
    assert proposed(Marks("motion")).whole
    assert proposed(Marks("detector")) == Proposed((), whole=False)


def test_boxes_travel_inside_the_picture_and_change_nothing_of_it() -> None:
    marks = Marks("detector", ((0.1, 0.2, 0.3, 0.4), (0.0, 0.0, 1.0, 1.0)))
    carried = with_marks(chequered(), marks)
    assert marks_of(carried) == marks
    assert (pixels(carried) == pixels(chequered())).all()
    assert marks_of(chequered()) is None
    assert marks_of(with_marks(chequered(), Marks("motion", ((0.1,) * 4,) * (MOST + 1)))) is None


@given(st.binary(max_size=80))
def test_a_comment_of_anybody_else_says_nothing(body: bytes) -> None:
    for start in (b"\xff\xd8\xff\xfe", b"\xff\xd8\xff\xfe\x00\x20ioc-boxes:", b""):
        assert marks_of(start + body) is None


async def test_a_decoders_picture_carries_the_box_of_what_moves(nursery: Nursery, clip: Path) -> None:
    decoder = await nursery.decoder("cam-01", Plan(address=f"file:{clip}", limits=USUAL_LIMITS, picture_fps=5))
    found: list[Marks] = []

    def has_box(said: object) -> bool:
        marks = marks_of(said.jpeg) if isinstance(said, Picture) else None
        found.extend([marks] if marks is not None and marks.boxes else [])
        return bool(found)

    await heard(decoder, has_box)
    assert found[0].by == "motion"
