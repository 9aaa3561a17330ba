"""Makes persons and vehicles in a picture unrecognisable. Pure, and the same input gives the same bytes: what a person
has looked at is what is released.

A box is first averaged down to a few fields and only then smoothed: a plain blur can be reckoned back, an average of so
many pixels cannot. Automatic boxes miss some; that is why a person looks, draws more, and confirms.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TypeAlias

import msgspec
from PIL import Image, ImageFilter

from streams.marks import Marks

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, width and height, as shares of the picture's."""
MOST_PIXELS = 50_000_000
QUALITY = 85
FIELDS = 4  # across the longer side of a box, at most: a face or a number plate fills one or two of them
FIELDS_WHOLE = 16  # across a picture of which nothing is known
WIDER = {"detector": 0.1, "motion": 0.35}
"""So much of its size a box grows to each side: motion sees the half of a thing that changed."""
LEAST_WIDER = 0.01  # of the picture
_MISFIT = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError)


class Proposed(msgspec.Struct, frozen=True):
    """What is to be blurred before anybody has looked: boxes, or the `whole` picture where nothing is known of it."""

    boxes: tuple[Box, ...]
    whole: bool


def proposed(marks: Marks | None) -> Proposed:
    """What a picture's own boxes propose. Without a detector a picture in which nothing moves is as unknown as any:
    whoever stands still is not seen."""
    if marks is None or (marks.by == "motion" and not marks.boxes):
        return Proposed((), whole=True)
    return Proposed(tuple(widened(box, WIDER[marks.by]) for box in marks.boxes), whole=False)


def widened(box: Box, by: float) -> Box:
    """The box with so much of its size more on each side, inside the picture."""
    x, y, w, h = box
    dx, dy = max(w * by, LEAST_WIDER), max(h * by, LEAST_WIDER)
    left, top = min(1.0, max(0.0, x - dx)), min(1.0, max(0.0, y - dy))
    right, bottom = min(1.0, max(left, x + w + dx)), min(1.0, max(top, y + h + dy))
    return (round(left, 4), round(top, 4), round(right - left, 4), round(bottom - top, 4))


def blurred(data: bytes, boxes: Sequence[Box], *, whole: bool = False) -> bytes:
    """The picture as a new JPEG without any metadata, with these boxes (or all of it) unrecognisable.

    Raises:
        ValueError: it is no picture, or too large a one.
    """
    picture = opened(data)
    made_unrecognisable(picture, boxes, whole=whole)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def made_unrecognisable(picture: Image.Image, boxes: Sequence[Box], *, whole: bool) -> None:
    """Blurs these boxes (or all of it) in the picture itself."""
    areas = [(0, 0, *picture.size)] if whole else [area for box in boxes if (area := _pixels(box, picture.size))]
    fields = FIELDS_WHOLE if whole else FIELDS
    for area in areas:
        picture.paste(_unrecognisable(picture.crop(area), fields), area[:2])


def size_of(data: bytes) -> tuple[int, int]:
    """Width and height in pixels.

    Raises:
        ValueError: it is no picture, or too large a one.
    """
    return opened(data).size


def opened(data: bytes) -> Image.Image:
    """The picture of a JPEG, with nothing of its file but what is seen.

    Raises:
        ValueError: it is no picture, or too large a one.
    """
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise ValueError(f"{opened.width}x{opened.height}")
            clean = Image.new("RGB", opened.size)  # comments and the like stay behind: a copy would carry them on
            clean.paste(opened.convert("RGB"))
            return clean
    except _MISFIT as error:
        raise ValueError("no picture") from error


def _pixels(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """Whole pixels, none too few; None for a box outside the picture."""
    x, y, w, h = box
    left, top = max(0, int(x * size[0])), max(0, int(y * size[1]))
    right, bottom = min(size[0], -int(-(x + w) * size[0] // 1)), min(size[1], -int(-(y + h) * size[1] // 1))
    return (left, top, right, bottom) if left < right and top < bottom else None


def _unrecognisable(part: Image.Image, fields: int) -> Image.Image:
    longer = max(part.size)
    few = (max(1, round(part.width * fields / longer)), max(1, round(part.height * fields / longer)))
    coarse = part.resize(few if longer > fields else (1, 1), Image.Resampling.BOX)
    spread = coarse.resize(part.size, Image.Resampling.BICUBIC)
    return spread.filter(ImageFilter.GaussianBlur(max(1.0, longer / fields / 3)))
