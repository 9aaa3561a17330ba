"""Makes a photo safe to keep: decoded with limits and drawn anew, so that nothing but the picture survives.

GPS, device serials, comments, thumbnails, colour profiles and files glued behind the picture all stay behind.
"""

from __future__ import annotations

import io
import struct
import zlib

import msgspec
from PIL import Image, ImageOps

from ioc.core.errors import FieldError, Problem
from ioc.core.text import Text
from modules.citizen.filled import is_filled

MAX_BYTES = 10_000_000  # with the other fields still inside the 10 MiB a request may have
# What stands in memory while it is drawn is a multiple of its pixels; a JPEG is decoded at a fraction of its size, the
# others are not, and no camera makes them.
MAX_PIXELS = {"JPEG": 50_000_000, "PNG": 16_000_000, "WEBP": 16_000_000}
MAX_SIDE_PX = 1600
JPEG_QUALITY = 82
MOST_DECODED = 330_000_000  # bytes that stand in memory at once; a web process may have 768 MiB, and has 200 by itself
MOST_SCANS = 64  # of a progressive JPEG: encoders make 10 or so, each goes over the whole picture again
_SMALL_PIXELS = 4_000_000  # under this a picture may be as even as it likes
_MAX_PIXELS_PER_BYTE = 200  # a photograph never packs tighter, a decompression bomb does
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError)
_BROKEN_DATA = (struct.error, zlib.error, Image.DecompressionBombError, Image.DecompressionBombWarning)


class Photo(msgspec.Struct, frozen=True):
    """A clean JPEG and its size; `hash` compares pictures (None where the picture is too even to compare)."""

    jpeg: bytes
    width: int
    height: int
    hash: str | None


def clean_photo(data: bytes) -> Photo:
    """The picture in `data` as a JPEG of at most 1600 px a side, turned upright, without any metadata.

    Raises:
        Problem: 413 too many bytes; 415 not JPEG, PNG or WebP; 422 too many pixels or scans, too much memory, a bomb,
            data that do not fill the declared size, or broken.
    """
    if len(data) > MAX_BYTES:
        raise _refused("photo-too-large", 413, "Ảnh lớn hơn 10 MB.", "The photo is larger than 10 MB.")
    kind = _kind(data)
    if kind is None:
        raise _refused(
            "photo-type", 415, "Chỉ nhận ảnh JPEG, PNG hoặc WebP.", "Only JPEG, PNG or WebP photos are accepted."
        )
    try:
        with Image.open(io.BytesIO(data), formats=[kind]) as opened:
            _check_scans(kind, data)
            _check_size(opened.size, MAX_PIXELS[kind], len(data))
            picture = _drawn(opened, kind, data)
    except _BROKEN + _BROKEN_DATA as error:
        raise _refused("photo-broken", 422, "Ảnh bị hỏng, không đọc được.", "The photo is broken.") from error
    return Photo(_jpeg(picture), picture.width, picture.height, _difference_hash(picture))


def _kind(data: bytes) -> str | None:
    """The format by its first bytes; a name or content type is only a claim."""
    if data[:3] == b"\xff\xd8\xff":
        return "JPEG"
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return None


def _check_size(size: tuple[int, int], most: int, packed: int) -> None:
    """Before a pixel is decoded."""
    pixels = size[0] * size[1]
    if pixels < 1 or pixels > most:
        millions = most // 1_000_000
        raise _refused(
            "photo-pixels",
            422,
            f"Ảnh có hơn {millions} triệu điểm ảnh.",
            f"The photo has more than {millions} million pixels.",
        )
    if pixels > _SMALL_PIXELS and pixels / packed > _MAX_PIXELS_PER_BYTE:
        raise _refused(
            "photo-bomb",
            422,
            "Tệp ảnh bất thường: quá ít dữ liệu so với kích thước.",
            "Unusual image file: too little data for its size.",
        )


def _check_scans(kind: str, data: bytes) -> None:
    """A megabyte holds ten thousand empty scans, and libjpeg works at all of them before it shows a pixel.

    Inside a scan each 0xFF of the data is followed by 0x00, so the marker stands at a beginning alone (ITU-T T.81,
    B.1.1)."""
    by_chance = 2 * len(data) // 65_536  # in a film glued behind the picture, as phones do
    if kind == "JPEG" and data.count(b"\xff\xda") > MOST_SCANS + by_chance:
        raise _refused(
            "photo-scans",
            422,
            "Tệp ảnh bất thường: quá nhiều lượt vẽ trong một ảnh.",
            "Unusual image file: too many scans in one picture.",
        )


def _check_decoded(size: tuple[int, int], opened: Image.Image) -> None:
    """Of a progressive JPEG all coefficients stand in memory, two bytes each, before the first pixel is made."""
    bands = len(opened.getbands())
    coefficients = 2 * bands * size[0] * size[1] if opened.info.get("progressive") else 0
    if coefficients + 2 * bands * opened.size[0] * opened.size[1] > MOST_DECODED:
        raise _refused(
            "photo-memory",
            422,
            "Ảnh cần quá nhiều bộ nhớ để mở: hãy gửi ảnh nhỏ hơn.",
            "The photo takes too much memory to open: send a smaller one.",
        )


def _drawn(opened: Image.Image, kind: str, data: bytes) -> Image.Image:
    """The pixels alone, upright, small enough, on a canvas that never saw the file."""
    size = opened.size
    # A JPEG is then decoded at a fraction of its size, unless it is long.
    opened.draft("RGB", (MAX_SIDE_PX, MAX_SIDE_PX))
    _check_decoded(size, opened)
    opened.load()  # refuses a file that is cut off (Pillow's LOAD_TRUNCATED_IMAGES stays False)
    if not is_filled(kind, data, opened):
        raise _refused(
            "photo-short",
            422,
            "Tệp ảnh khai kích thước lớn hơn dữ liệu nó có.",
            "The photo declares a larger size than its data fill.",
        )
    opened.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX))
    upright = ImageOps.exif_transpose(opened)
    canvas = Image.new("RGB", upright.size, "white")
    if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
        coloured = upright.convert("RGBA")
        canvas.paste(coloured, mask=coloured.getchannel("A"))
    else:
        canvas.paste(upright.convert("RGB"))
    return canvas


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return out.getvalue()


def _difference_hash(picture: Image.Image) -> str | None:
    """64 bits: is each of 8 x 8 fields brighter than its right neighbour? The same after re-compression."""
    grey = picture.convert("L").resize((9, 8), Image.Resampling.BOX).tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            at = row * 9 + column
            bits = bits << 1 | (grey[at] > grey[at + 1])
    set_bits = bits.bit_count()
    return f"{bits:016x}" if 8 <= set_bits <= 56 else None


def _refused(code: str, status: int, vi: str, en: str) -> Problem:
    text = Text(vi, en)
    return Problem(
        code, Text("Không nhận được ảnh", "The photo was refused"), status, text, (FieldError("photo", text),)
    )
