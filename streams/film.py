"""`python -m streams.film`: a clip as a film without who can be recognised (stdin: see `streams.parcel`; stdout: WebM).

A process of its own for each film: libraries that read and write pictures crash. Ends with 2 where nobody understands
what is wanted, with 3 where a picture cannot be read, with 4 where no film could be made.

The coder is libvpx by the OpenCV of the product, on one thread: the same pictures and boxes give the same bytes.
"""

from __future__ import annotations

import io
import resource
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import cv2
import msgspec
import numpy as np
from cv2.typing import MatLike
from PIL import Image

from streams.blurring import Box, made_unrecognisable, opened
from streams.decoder import confine
from streams.masks import Masks
from streams.parcel import NO_FILM, NO_PICTURE, NOT_UNDERSTOOD, Broken, Order, unpacked
from streams.stamp import Stamp
from streams.webm import Frame, frames_of_ivf, paced, webm

MEMORY_MB = 512
CPU_S = 60
MOST_FILM = 32 * 2**20
MOST_WIDTH = 1280  # of the film; pictures of cameras are kept 640 wide
LAST_MS = 500  # so long the last picture stands
_EVEN_FPS = 2.0  # what the coder reckons its bits by; when each picture is shown is said in the file
_WHOLE: Box = (0.0, 0.0, 1.0, 1.0)


class NoFilm(Exception):
    """The coder gave no film."""


def main() -> int:
    """Makes one film."""
    cv2.setNumThreads(1)
    confine(MEMORY_MB, MOST_FILM)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    try:
        said, pictures = unpacked(sys.stdin.buffer.read())
        order = msgspec.json.decode(said, type=Order)
    except (Broken, msgspec.MsgspecError):
        return NOT_UNDERSTOOD
    if not pictures or len({len(pictures), len(order.at_ms), len(order.areas)}) != 1:
        return NOT_UNDERSTOOD
    try:
        film = film_of(order, pictures)
    except (ValueError, MemoryError):
        return NO_PICTURE
    except (NoFilm, OSError, cv2.error):
        return NO_FILM
    sys.stdout.buffer.write(film)
    return 0


def film_of(order: Order, pictures: Sequence[bytes]) -> bytes:
    """The film.

    Raises:
        ValueError: one of the pictures is none. NoFilm, OSError, cv2.error: it could not be made.
    """
    made = _made(order, pictures)
    first = next(made)
    height, width = first.shape[:2]
    coded = frames_of_ivf(_coded(first, made))
    if len(coded) != len(pictures):
        raise NoFilm(f"{len(coded)} of {len(pictures)} pictures")
    shown = paced(order.at_ms)
    frames = [Frame(at_ms, data) for at_ms, data in zip(shown, coded, strict=True)]
    return webm(frames, width, height, shown[-1] + LAST_MS)


def _made(order: Order, pictures: Sequence[bytes]) -> Iterator[MatLike]:
    """Each picture as it leaves (BGR), all as large as the first one."""
    masks, stamp = Masks(order.masks), Stamp(order.words, order.utc_offset_s)
    size: tuple[int, int] | None = None
    for jpeg, at_ms, boxes in zip(pictures, order.at_ms, order.areas, strict=True):
        picture = opened(jpeg)
        size = size or _even(picture)
        picture = picture.resize(size) if picture.size != size else picture
        masked = np.array(picture)
        masks.burn(masked)
        hidden = Image.fromarray(masked)
        made_unrecognisable(hidden, boxes, whole=order.whole or _WHOLE in boxes)
        yield stamp.burnt(cv2.cvtColor(np.asarray(hidden), cv2.COLOR_RGB2BGR), at_ms)


def _even(picture: Image.Image) -> tuple[int, int]:
    """The size of a film: even, as its colours want it, and not too large."""
    share = min(1.0, MOST_WIDTH / picture.width)
    return max(2, int(picture.width * share) & ~1), max(2, int(picture.height * share) & ~1)


def _coded(first: MatLike, others: Iterator[MatLike]) -> bytes:
    """All of them by VP8, as IVF. The file has no name any more before the first picture is in it."""
    height, width = first.shape[:2]
    with tempfile.TemporaryDirectory(prefix="ioc-film-") as place:
        path = Path(place) / "film.ivf"
        code = cv2.VideoWriter.fourcc(*"VP80")
        writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, _EVEN_FPS, (width, height))
        if not writer.isOpened():
            raise NoFilm("no coder")
        film: BinaryIO = path.open("rb")
    with film:
        writer.write(first)
        for picture in others:
            writer.write(picture)
        writer.release()
        return io.BytesIO(film.read()).getvalue()


if __name__ == "__main__":
    sys.exit(main())
