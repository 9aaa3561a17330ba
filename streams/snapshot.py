"""Still pictures of a camera over HTTP, asked for again and again on one connection. In a decoder's process only."""

from __future__ import annotations

import time
from collections.abc import Iterator

from streams.address import SNAPSHOT
from streams.http_camera import HttpCamera
from streams.messages import Trouble
from streams.stills import picture_of
from streams.taken import Gone, Still

MOST_BROKEN = 3  # pictures in a row: one that was cut off on its way is let go


def snapshots(address: str, fps: float, *, open_s: float, read_s: float) -> Iterator[Still]:
    """Picture after picture, at most `fps` a second; one takes `read_s` seconds at most from its head to its end.

    Raises:
        Gone: what comes is no picture, or nothing comes.
    """
    camera = HttpCamera(address.removeprefix(SNAPSHOT), open_s, read_s)
    first, broken, due = True, 0, time.monotonic()
    try:
        while True:
            time.sleep(max(0.0, due - time.monotonic()))
            due = max(due + 1 / fps, time.monotonic())
            try:
                picture = picture_of(camera.ask())
            except Gone as gone:
                broken += 1
                if gone.trouble is not Trouble.BROKEN or broken >= MOST_BROKEN:
                    raise
                continue
            yield Still(picture, cut=first)
            first, broken = False, 0
    finally:
        camera.close()
