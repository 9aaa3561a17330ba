"""A film of a clip: every picture at its own time, the same bytes each time, by a process that may end as it likes."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from streams.parcel import NO_PICTURE, NOT_UNDERSTOOD, Broken, Order, packed, unpacked
from streams.webm import Frame, frames_of_ivf, paced, webm

AT_MS = 1_795_000_000_000
TIMES = [0, 500, 1_000, 4_000, 4_500, 40_000]  # three seconds of nothing, then half a minute


def jpeg(shade: int, size: tuple[int, int] = (320, 180)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (shade, 120, 60)).save(out, "JPEG", quality=90)
    return out.getvalue()


def order(**more: Any) -> Order:
    plain: dict[str, Any] = {
        "at_ms": tuple(AT_MS + at for at in TIMES),
        "areas": ((),) * len(TIMES),
        "masks": (),
        "words": "Cầu Hàm Rồng",
        "utc_offset_s": 25_200,
    }
    return Order(**plain | more)


def made(wanted: Order, pictures: list[bytes]) -> tuple[int, bytes]:
    """How the process ends, and its film."""
    told = packed(msgspec.json.encode(wanted), pictures)
    done = subprocess.run([sys.executable, "-m", "streams.film"], input=told, capture_output=True, timeout=120)
    return done.returncode, done.stdout


PICTURES = [jpeg(40 * number) for number in range(len(TIMES))]


def shown(film: bytes, path: Path) -> list[tuple[float, Any]]:
    """When each picture of a film is shown, in milliseconds, and the picture."""
    path.write_bytes(film)
    capture, found = cv2.VideoCapture(str(path)), []
    while (read := capture.read())[0]:
        found.append((capture.get(cv2.CAP_PROP_POS_MSEC), read[1]))
    return found


def test_each_picture_is_shown_at_its_time_with_words_and_twice_the_same(tmp_path: Path) -> None:
    status, film = made(order(), PICTURES)
    assert status == 0
    found = shown(film, tmp_path / "film.webm")
    assert [round(at) for at, _ in found] == [0, 500, 1_000, 4_000, 4_500, 9_500], "a long gap is shortened"
    reds = [int(picture[60, 160, 2]) for _, picture in found]
    assert all(abs(red - 40 * number) < 12 for number, red in enumerate(reds))
    line = found[0][1][-12:, :150]
    assert line.max() > 180 and line.min() < 60, "time and name in white on dark"
    assert made(order(), PICTURES) == (0, film)
    assert b"Lavf" not in film and film.startswith(b"\x1aE\xdf\xa3")


def test_masks_are_black_and_pictures_of_another_size_fit_in(tmp_path: Path) -> None:
    corner = ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5))
    status, film = made(order(masks=(corner,)), [jpeg(200), *PICTURES[1:-1], jpeg(200, (641, 361))])
    assert status == 0
    pictures = [picture for _, picture in shown(film, tmp_path / "film.webm")]
    assert {picture.shape for picture in pictures} == {(180, 320, 3)}
    assert all(picture[10:80, 10:150].max() < 30 for picture in pictures)


def test_an_odd_size_is_made_even(tmp_path: Path) -> None:
    status, film = made(order(), [jpeg(40, (321, 181))] * len(TIMES))
    assert status == 0 and shown(film, tmp_path / "film.webm")[0][1].shape == (180, 320, 3)


@pytest.mark.parametrize("broken", [b"", b"GIF89a", PICTURES[0][:300], b"\xff\xd8\xff\xe0" + bytes(200)])
def test_a_picture_that_cannot_be_read_ends_only_this_process(broken: bytes) -> None:
    assert made(order(), [*PICTURES[:-1], broken]) == (NO_PICTURE, b"")


def test_a_picture_larger_than_memory_ends_only_this_process() -> None:
    """One of 30,000 by 30,000 points in 20 KB of head and nothing."""
    huge = bytearray(PICTURES[0])
    at = huge.index(b"\xff\xc0")
    huge[at + 5 : at + 9] = (30_000).to_bytes(2, "big") * 2
    assert made(order(), [bytes(huge), *PICTURES[1:]]) == (NO_PICTURE, b"")


def test_what_nobody_understands_is_refused() -> None:
    assert made(order(), PICTURES[1:]) == (NOT_UNDERSTOOD, b"")
    assert made(order(at_ms=(), areas=()), []) == (NOT_UNDERSTOOD, b"")
    done = subprocess.run([sys.executable, "-m", "streams.film"], input=b"\0\0\0\5{", capture_output=True, timeout=120)
    assert (done.returncode, done.stdout) == (NOT_UNDERSTOOD, b"")


@given(st.binary(max_size=50), st.lists(st.binary(max_size=50), max_size=5), st.integers(0, 60))
def test_a_parcel_comes_out_as_it_went_in_or_is_broken(said: bytes, pictures: list[bytes], cut: int) -> None:
    data = packed(said, pictures)
    assert unpacked(data) == (said, pictures)
    try:
        less = unpacked(data[: max(0, len(data) - 1 - cut)])
    except Broken:
        return
    assert less[0] == said and len(less[1]) < len(pictures)


@given(st.lists(st.integers(0, 10**13), max_size=30))
def test_a_pace_is_always_one_that_can_be_looked_at(at_ms: list[int]) -> None:
    steps = np.diff(paced(at_ms)) if len(at_ms) > 1 else np.array([40])
    assert len(paced(at_ms)) == len(at_ms)
    assert steps.min() >= 40 and steps.max() <= 5_000


def test_a_film_of_minutes_is_cut_where_times_would_not_fit(tmp_path: Path) -> None:
    """Times within a part have 16 bits; here no picture but the first stands by itself for two minutes."""
    ivf = tmp_path / "film.ivf"
    writer = cv2.VideoWriter(str(ivf), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"VP80"), 2.0, (64, 36))
    for number in range(12):
        writer.write(np.full((36, 64, 3), 20 * number, np.uint8))
    writer.release()
    frames = [Frame(number * 11_000, data) for number, data in enumerate(frames_of_ivf(ivf.read_bytes()))]
    found = shown(webm(frames, 64, 36, 130_000), tmp_path / "film.webm")
    assert [round(at) for at, _ in found] == [number * 11_000 for number in range(12)]


@given(st.binary(max_size=120))
def test_any_bytes_give_pictures_or_none(data: bytes) -> None:
    assert all(isinstance(one, bytes) for one in frames_of_ivf(data))
