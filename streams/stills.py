"""Bytes of one still picture, from outside: judged by what they are, never by what somebody says they are."""

from __future__ import annotations

import struct

import cv2
import numpy as np
from cv2.typing import MatLike as Image

from streams.messages import Trouble
from streams.pipeline import MOST_PIXELS
from streams.taken import Gone

MOST_BYTES = 16 * 2**20  # of one picture: four times what a camera of eight megapixels sends
MOST_SCANS = 64  # of a JPEG: encoders make 10 or so, and each goes over the whole picture again
_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_SCAN = b"\xff\xda"  # in the data of a scan 0xFF is followed by 0 (ITU T.81, B.1.1.5)
_JPEG_END, _PNG_END = b"\xff\xd9", b"IEND"
_TAIL = 64  # bytes that some cameras put behind the end
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # markers that tell the size (ITU T.81, table B.1)
_ALONE = frozenset(range(0xD0, 0xD8)) | {0x01}  # markers without a length


def picture_of(data: bytes) -> Image:
    """The picture in BGR.

    Raises:
        Gone: the bytes are no JPEG or PNG, are cut off, or make a picture larger than any camera's.
    """
    if not data.startswith((_JPEG, _PNG)):
        raise Gone(Trouble.NO_PICTURE)
    if len(data) > MOST_BYTES:
        raise Gone(Trouble.TOO_LARGE)
    ends = _JPEG_END if data.startswith(_JPEG) else _PNG_END
    size = size_of(data)
    scans = data.count(_SCAN) if ends is _JPEG_END else 0
    if size is None or ends not in data[-_TAIL:] or scans > MOST_SCANS:
        raise Gone(Trouble.BROKEN)
    if size[0] * size[1] > MOST_PIXELS:
        raise Gone(Trouble.TOO_LARGE)
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise Gone(Trouble.BROKEN)
    return picture


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height as the head of a JPEG or PNG says; None where it has none."""
    if data.startswith(_PNG):
        return struct.unpack_from(">II", data, 16) if len(data) >= 24 else None
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 1 if marker == 0xFF else 2 if marker in _ALONE else 2 + struct.unpack_from(">H", data, at + 2)[0]
    return None
