"""`python -m streams.looking [MODEL]`: what a detector finds in still pictures, one or those of a clip (stdin: see
`streams.parcel`, nothing is wanted beside them), as JSON on stdout.

A process of its own for each time, like decoders: libraries that read foreign bytes crash. Ends with 2 where the
model cannot be used, with 3 where a picture cannot be read. Without a model it only finds out whether they can be read.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import msgspec
import numpy as np
from cv2.typing import MatLike as Image

from streams.blurring import MOST_PIXELS
from streams.decoder import confine
from streams.detector import Detector, ModelUnusable
from streams.marks import MOST, Marks
from streams.parcel import NO_MODEL, NO_PICTURE, Broken, Looked, unpacked
from streams.stills import size_of

MEMORY_MB = 512


class Unreadable(ValueError):
    """One of them is no picture."""


def main() -> int:
    """Looks once."""
    cv2.setNumThreads(1)
    try:
        detector = Detector(Path(sys.argv[1])) if len(sys.argv) > 1 else None
    except ModelUnusable:
        return NO_MODEL
    confine(MEMORY_MB)  # only now: the detector's memory is the operator's own choice
    try:
        looked = _look(unpacked(sys.stdin.buffer.read())[1], detector)
    except (Unreadable, Broken, cv2.error, MemoryError):
        return NO_PICTURE
    sys.stdout.buffer.write(msgspec.json.encode(looked))
    return 0


def _look(jpegs: list[bytes], detector: Detector | None) -> Looked:
    found: list[Marks] = []
    size = (0, 0)
    for jpeg in jpegs:
        picture = _picture(jpeg)
        size = size if found else (picture.shape[1], picture.shape[0])
        found.append(_marks(picture, detector) if detector is not None else Marks("detector"))
    if not found:
        raise Unreadable("none")
    return Looked(*size, None if detector is None else tuple(found))


def _picture(jpeg: bytes) -> Image:
    width, height = size_of(jpeg) or (0, 0)
    data = np.frombuffer(jpeg, np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) and width * height <= MOST_PIXELS else None
    if picture is None:
        raise Unreadable("no picture")
    return picture


def _marks(picture: Image, detector: Detector) -> Marks:
    things = sorted(detector.look(picture), key=lambda thing: -thing.sure)[:MOST]
    return Marks("detector", tuple((one.box.x, one.box.y, one.box.w, one.box.h) for one in things))


if __name__ == "__main__":
    sys.exit(main())
