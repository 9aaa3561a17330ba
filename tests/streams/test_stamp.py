"""What is burnt into pictures: it can be read on any picture, is cut where it is too long, and takes no nonsense."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from streams.stamp import Pixels, Stamp, aged

AT_MS = 1_777_018_245_000  # 2026-04-24 15:10:45 in Vietnam
HOURS_7 = 7 * 3600


def plain(value: int, width: int = 640, height: int = 360) -> Pixels:
    return np.full((height, width, 3), value, np.uint8)


def jpeg_of(picture: Pixels) -> bytes:
    return cv2.imencode(".jpg", picture)[1].tobytes()


def seen(jpeg: bytes) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB"))


def rows_changed(before: Pixels, after: Pixels) -> tuple[int, int]:
    changed = np.flatnonzero((np.abs(before.astype(int) - after) > 60).any(axis=(1, 2)))
    return int(changed[0]), int(changed[-1])


@pytest.mark.parametrize("light", [0, 128, 255])
def test_words_can_be_read_on_dark_and_on_light(light: int) -> None:
    burnt = Stamp("Ngã tư Nguyễn Huệ", HOURS_7).burnt(plain(light), AT_MS)
    band = burnt[-24:]
    assert int(band.max()) - int(band.min()) > 200
    assert (burnt[:-30] == light).all()


def test_the_picture_that_was_given_stays_as_it_was() -> None:
    picture = plain(90)
    Stamp("cam", HOURS_7).burnt(picture, AT_MS)
    assert (picture == 90).all()


def test_another_second_and_another_camera_look_different_and_the_same_alike() -> None:
    burnt = [
        Stamp(name, offset).burnt(plain(40), at).tobytes()
        for name, offset, at in (
            ("Cầu Hoàng Long", HOURS_7, AT_MS),
            ("Cầu Hoàng Long", HOURS_7, AT_MS),
            ("Cầu Hoàng Long", HOURS_7, AT_MS + 1000),
            ("Cầu Hoàng Long", 0, AT_MS),
            ("Cầu Hoàng Lông", HOURS_7, AT_MS),
        )
    ]
    assert burnt[0] == burnt[1]
    assert len(set(burnt)) == 4


def test_a_name_that_is_too_long_is_cut_and_the_time_is_not() -> None:
    short, long = (Stamp(name, HOURS_7).burnt(plain(40), AT_MS) for name in ("Đ", "Đường " * 40))
    assert (short[:, :150] == long[:, :150]).all()
    assert (long[:, -1] == 40).all()


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 700), st.integers(1, 400), st.text(max_size=60))
def test_pictures_of_any_size_and_names_of_any_letters(width: int, height: int, name: str) -> None:
    burnt = Stamp(name, HOURS_7).burnt(plain(128, width, height), AT_MS)
    assert burnt.shape == (height, width, 3)


def test_the_age_stands_above_the_name_and_time() -> None:
    picture = Stamp("Cầu Hoàng Long", HOURS_7).burnt(plain(128), AT_MS)
    old = seen(aged(jpeg_of(picture), 6.4))
    top, bottom = rows_changed(seen(jpeg_of(picture)), old)
    assert 300 < top < bottom < 345
    other = seen(aged(jpeg_of(picture), 17))
    assert (np.abs(old.astype(int) - other) > 60).any()
    same = seen(aged(jpeg_of(picture), 6.0))
    assert (old == same).all()


@pytest.mark.parametrize("data", [b"", b"\xff\xd8jpeg", b"\x89PNG\r\n\x1a\n", jpeg_of(plain(9))[:900]])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no picture"):
        aged(data, 6)


def test_a_picture_larger_than_any_cameras_is_not_decoded() -> None:
    with pytest.raises(ValueError, match="no picture") as refused:
        aged(jpeg_of(plain(9, 3000, 1000)), 6)
    assert "3000x1000" in str(refused.value.__cause__)


@pytest.mark.parametrize("name", ["x" * 5_000, "a" + "\u0301" * 5_000, "Ngã tư " * 700], ids=["long", "marks", "words"])
@pytest.mark.parametrize("width", [64, 640])
def test_a_name_however_long_is_drawn(name: str, width: int) -> None:
    picture = np.zeros((width * 9 // 16, width, 3), np.uint8)
    assert Stamp(name, 0).burnt(picture, 0).shape == picture.shape
