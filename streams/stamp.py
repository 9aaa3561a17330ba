"""Words burnt into a camera's picture, so that whoever copies it has them too: which camera, when, how old.

Knows nothing of OpenCV: it is used where pictures are taken and where they are handed out.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from streams.marks import marks_of, with_marks

Pixels = NDArray[Any]
Outline = Sequence[tuple[float, float]]
OLD_AFTER_S = 5.0  # the usual pace is one a second: five that stay away are no accident
QUALITY = 75
MOST_PIXELS = 2_000_000  # of a picture that is handed out; those of decoders are 640 wide
_SHARE, _OLD_SHARE, _LEAST_PX = 1 / 42, 1 / 24, 9  # of the picture's width
_MOST_LETTERS = 240  # of a name: more fits no picture, and letters that take no room would be drawn one upon the other
_AMBER, _EDGE = (255, 190, 60), (0, 0, 0)
_DIGITS = "0123456789"
_SHADE = 0.7  # how dark the ground of the words is made
_MISFIT = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError)


class Stamp:
    """The words of one camera; its clock is `utc_offset_s` ahead of UTC."""

    def __init__(self, name: str, utc_offset_s: int) -> None:
        self._name = name
        self._offset = timedelta(seconds=utc_offset_s)
        self._drawn: tuple[int, Tile] | None = None  # the name, for pictures of a width

    def burnt(self, picture: Pixels, at_ms: int) -> Pixels:
        """A copy of the picture (BGR) with the time it was taken and the camera's name along its lower edge. The time
        comes first: where a name is too long it is the name that is cut."""
        copy = picture.copy()
        height, width = copy.shape[:2]
        font = _font(_small(width))
        local = datetime.fromtimestamp(at_ms / 1000, UTC) + self._offset
        time = [_letter(letter, font) for letter in f"{local:%H:%M:%S %d/%m/%Y}"]
        line = Tile.beside([*time, self._name_for(width, width - sum(one.width for one in time), font)])
        rows, columns = min(height, line.height), min(width, line.width)
        band = copy[height - rows :, :columns]
        band[:] = line.over(band, rows, columns)
        return copy

    def _name_for(self, width: int, room: int, font: ImageFont.FreeTypeFont) -> Tile:
        if self._drawn is None or self._drawn[0] != width:
            self._drawn = width, Tile.of(_fitting(f" · {self._name}", font, room), font)
        return self._drawn[1]


class Tile:
    """Words drawn once, to be laid over many pictures: what is light of them, and how much each pixel covers.

    They stand on dark ground, for many cameras write there themselves. A picture a second of each camera would pay ten
    times as much for drawing letters anew.
    """

    def __init__(self, light: Pixels, cover: Pixels) -> None:
        self._light, self._cover = light, cover
        self.height, self.width = light.shape[:2]

    @classmethod
    def of(cls, words: str, font: ImageFont.FreeTypeFont, width: int | None = None) -> Tile:
        """White words with a dark edge, as wide as they are where nothing else is said."""
        edge = _edge(font)
        size = (width or max(1, round(font.getlength(words)) + edge), _line_height(font))
        light, cover = Image.new("L", size), Image.new("L", size)
        ImageDraw.Draw(light).text((edge, 0), words, fill=255, font=font)
        ImageDraw.Draw(cover).text((edge, 0), words, fill=255, font=font, stroke_width=edge)
        covered = np.maximum(np.asarray(cover, np.float32) / 255, _SHADE)
        return cls(np.asarray(light, np.float32)[..., None], covered[..., None])

    @classmethod
    def beside(cls, tiles: Sequence[Tile]) -> Tile:
        """All of them as one line."""
        return cls(np.hstack([one._light for one in tiles]), np.hstack([one._cover for one in tiles]))

    def over(self, picture: Pixels, rows: int, columns: int) -> Pixels:
        """The picture with so much of it laid over."""
        light, cover = self._light[:rows, :columns], self._cover[:rows, :columns]
        laid: Pixels = (picture + (light - picture) * cover).astype(np.uint8)
        return laid


def stamped(jpeg: bytes, stamp: Stamp, at_ms: int, black: Iterable[Outline] = ()) -> bytes:
    """A picture that was kept without words, as it is given to screens; its boxes stay with it. What lies within the
    outlines of `black` (points as shares of width and height) is black.

    Raises:
        ValueError: it is no JPEG, or larger than any camera's.
    """
    marks = marks_of(jpeg)
    picture = _opened(jpeg)
    for outline in black:
        corners = [(x * picture.width, y * picture.height) for x, y in outline]
        ImageDraw.Draw(picture).polygon(corners, fill=_EDGE, outline=_EDGE)
    burnt = stamp.burnt(np.asarray(picture), at_ms)
    made = _packed(Image.fromarray(burnt))
    return made if marks is None else with_marks(made, marks)


def aged(jpeg: bytes, age_s: float) -> bytes:
    """The same picture with its age in seconds burnt in, in both languages.

    Raises:
        ValueError: it is no JPEG, or larger than any camera's.
    """
    picture = _opened(jpeg)
    font = _font(max(_LEAST_PX, round(picture.width * _OLD_SHARE)))
    under = _line_height(_font(_small(picture.width))) + _line_height(font)
    at, seconds = (_edge(font), max(0, picture.height - under)), round(age_s)
    words = f"cũ {seconds} s · {seconds} s old"
    ImageDraw.Draw(picture).text(at, words, fill=_AMBER, font=font, stroke_width=_edge(font), stroke_fill=_EDGE)
    return _packed(picture)


def _opened(jpeg: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise ValueError(f"{opened.width}x{opened.height}")
            return opened.convert("RGB")
    except _MISFIT as error:
        raise ValueError("no picture of a camera") from error


def _packed(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _fitting(words: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    room, words = width - 2 * _edge(font), words[:_MOST_LETTERS]
    if font.getlength(words) <= room:
        return words
    while words and font.getlength(f"{words}…") > room:
        words = words[:-1]
    return f"{words.rstrip()}…"


def _line_height(font: ImageFont.FreeTypeFont) -> int:
    return sum(font.getmetrics()) + 2


def _small(width: int) -> int:
    return max(_LEAST_PX, round(width * _SHARE))


def _edge(font: ImageFont.FreeTypeFont) -> int:
    """Of the dark rim that lets words be read on any picture."""
    return max(1, round(font.size / 8))


@cache
def _letter(letter: str, font: ImageFont.FreeTypeFont) -> Tile:
    """One letter of a time; all digits are of one width, so that a running time does not jump."""
    width = max(round(font.getlength(one)) for one in (_DIGITS if letter in _DIGITS else letter))
    return Tile.of(letter, font, width + 1)


@cache
def _font(size_px: int) -> ImageFont.FreeTypeFont:
    """The typeface of the screens, which has every Vietnamese letter."""
    file = files("fontpkg_be_vietnam_pro") / "files" / "BeVietnamPro-SemiBold.ttf"
    data = io.BytesIO(file.read_bytes())
    # composed letters need no shaping, and the shaper refuses some texts that nobody should write, but may
    return ImageFont.truetype(data, size_px, layout_engine=ImageFont.Layout.BASIC)
