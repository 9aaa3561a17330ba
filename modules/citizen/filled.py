"""Whether a picture's data fill the size its header declares; decoders draw what is missing as grey or black."""

from __future__ import annotations

import io
import re
import struct
import zlib

from PIL import Image

_MID_GREYS = {(127, 127), (128, 128)}  # what libjpeg draws where its data have ended
_SEGMENT = struct.Struct(">H")
_PNG_HEAD = struct.Struct(">IIBBBBB")
_START_OF_SCAN = 0xDA
_END_OF_SCAN = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")  # a marker that is neither a stuffed byte nor a restart
_READ_AHEAD = bytes(16)  # a decoder looks some bytes beyond what it needs
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of a PNG's colour types
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_AT_ONCE = 1 << 20


def is_filled(kind: str, data: bytes, drawn: Image.Image) -> bool:
    """Whether every row of `drawn`, just decoded from `data`, was told by the data.

    A WebP that is too short does not decode at all, so nothing is left to be asked.

    Raises:
        OSError, ValueError, struct.error, zlib.error: the file is broken.
    """
    if kind == "PNG":
        return _png_bytes(data) >= _png_bytes_needed(data)
    if kind == "JPEG":
        return not _ends_grey(drawn) or _is_told(data)
    return True


def _ends_grey(drawn: Image.Image) -> bool:
    """Whether the last row is of the very grey that stands for missing data."""
    last = drawn.crop((0, drawn.height - 1, drawn.width, drawn.height))
    return all(band.getextrema() in _MID_GREYS for band in last.split())


def _is_told(data: bytes) -> bool:
    """Whether a JPEG that ends in grey does so by its own data.

    Without its end mark, the decoder waits for data it lacks instead of inventing them. A file of several scans
    (progressive) cannot be asked like that, and is taken at its look.
    """
    begin = _first_scan(data)
    end = _END_OF_SCAN.search(data, begin)
    if end is None or end[0][-1] != 0xD9:
        return False
    unended = io.BytesIO(data[: end.start()] + _READ_AHEAD)
    try:
        with Image.open(unended, formats=["JPEG"]) as again:
            again.draft("RGB", (max(1, again.width // 8), max(1, again.height // 8)))
            again.load()
    except OSError:
        return False
    return True


def _first_scan(data: bytes) -> int:
    """Where the first scan's own data begin."""
    at = 2
    while True:
        while data[at + 1] == 0xFF:
            at += 1
        kind, size = data[at + 1], int(_SEGMENT.unpack_from(data, at + 2)[0])
        at += 2 + size
        if kind == _START_OF_SCAN:
            return at


def _png_bytes(data: bytes) -> int:
    """How many bytes a PNG's rows really hold, counted without keeping them; a few more than needed may be told."""
    needed = _png_bytes_needed(data)
    inflate = zlib.decompressobj()
    count = 0
    for packed in _png_parts(data):
        while packed and count <= needed and not inflate.eof:
            count += len(inflate.decompress(packed, _AT_ONCE))
            packed = inflate.unconsumed_tail
    return count + len(inflate.flush()) if count < needed else count


def _png_parts(data: bytes) -> list[bytes]:
    """The picture's own data: one run of chunks; what comes later is not drawn."""
    parts: list[bytes] = []
    at = 8
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IDAT":
            parts.append(data[at + 8 : at + 8 + size])
        elif parts:
            break
        at += 12 + size
    return parts


def _png_bytes_needed(data: bytes) -> int:
    """Bytes of all rows, each with its filter byte."""
    width, height, depth, colour, _, _, interlaced = _PNG_HEAD.unpack_from(data, 16)
    bits = depth * _CHANNELS[colour]
    passes = _ADAM7 if interlaced else ((0, 0, 1, 1),)
    needed = 0
    for left, top, across, down in passes:
        columns, rows = -((left - width) // across), -((top - height) // down)
        if columns > 0 and rows > 0:
            needed += rows * ((columns * bits + 7) // 8 + 1)
    return needed
