"""`python -m streams.looking MODEL`: what a detector finds in one still picture (JPEG on stdin), as JSON on stdout.

A process of its own for each picture, like decoders: libraries that read foreign bytes crash. Ends with 2 where the
model cannot be used, with 3 where the picture cannot be read.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import msgspec
import numpy as np

from streams.decoder import confine
from streams.detector import Detector, ModelUnusable
from streams.marks import MOST, Marks

MEMORY_MB = 512
NO_MODEL, NO_PICTURE = 2, 3


def main() -> int:
    """Looks once."""
    cv2.setNumThreads(1)
    try:
        detector = Detector(Path(sys.argv[1]))  # before the limits: its memory is the operator's own choice
    except ModelUnusable:
        return NO_MODEL
    confine(MEMORY_MB)
    data = np.frombuffer(sys.stdin.buffer.read(), np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
    if picture is None:
        return NO_PICTURE
    things = sorted(detector.look(picture), key=lambda thing: -thing.sure)[:MOST]
    boxes = tuple((one.box.x, one.box.y, one.box.w, one.box.h) for one in things)
    sys.stdout.buffer.write(msgspec.json.encode(Marks("detector", boxes)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
