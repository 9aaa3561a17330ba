"""A picture as an array of pixels, and the few things drawn on it."""

from __future__ import annotations

import io
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ioc.core.clock import VIETNAM

WIDTH, HEIGHT = 640, 360
QUALITY = 68

Pixels = NDArray[np.uint8]
Colour = tuple[int, int, int]


def plain(colour: Colour) -> Pixels:
    """A picture of one colour."""
    return np.full((HEIGHT, WIDTH, 3), colour, dtype=np.uint8)


def box(pixels: Pixels, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
    """A filled box; parts outside the picture are left out."""
    pixels[max(0, int(top)) : max(0, int(bottom)), max(0, int(left)) : max(0, int(right))] = colour


def polygon(pixels: Pixels, points: list[tuple[float, float]], colour: Colour) -> Pixels:
    """The picture with a filled polygon on it; for backgrounds, which are drawn once."""
    image = Image.fromarray(pixels)
    ImageDraw.Draw(image).polygon(points, fill=colour)
    return np.array(image)


def tinted(pixels: Pixels, light: float) -> Pixels:
    """The picture by that much daylight (1 noon, 0 night); night is blue and never quite black."""
    shares = np.array([0.28 + 0.72 * light, 0.30 + 0.70 * light, 0.40 + 0.60 * light])
    night: Pixels = (pixels * shares).astype(np.uint8)
    return night


def dim(colour: Colour, light: float) -> Colour:
    """One colour by that much daylight."""
    share = 0.35 + 0.65 * light
    return int(colour[0] * share), int(colour[1] * share), int(colour[2] * share)


def grain(seed: int, strength: int) -> Pixels:
    """Faint noise, so that no picture is perfectly flat."""
    return np.random.default_rng(seed).integers(0, strength, (HEIGHT, WIDTH, 1), dtype=np.uint8)


def jpeg(pixels: Pixels) -> bytes:
    """The picture as a JPEG file."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def stamp(pixels: Pixels, at: datetime) -> None:
    """Burns in that the picture is simulated, and the local time as a camera has it; who takes it adds the name."""
    _paste(pixels, _simulated(), 8, 6)
    clock = at.astimezone(VIETNAM).strftime("%Y-%m-%d %H:%M:%S")
    for position, letter in enumerate(clock):
        _paste(pixels, _words(letter), WIDTH - 208 + position * 10, 6)


def _paste(pixels: Pixels, mask: NDArray[np.bool_], left: int, top: int) -> None:
    height, width = mask.shape
    pixels[top : top + height, left : left + width][mask] = (255, 255, 255)


@cache
def _words(text: str) -> NDArray[np.bool_]:
    font: Any = ImageFont.load_default(size=16)
    image = Image.new("L", (max(10, int(font.getlength(text)) + 2), 22))
    ImageDraw.Draw(image).text((0, 0), text, font=font, fill=255)
    return np.array(image) > 110


@cache
def _simulated() -> NDArray[np.bool_]:
    """MÔ PHỎNG: Pillow's own font lacks the letters with marks, so the marks are drawn on top."""
    font: Any = ImageFont.load_default(size=24)
    image = Image.new("L", (int(font.getlength("MO PHONG")) + 4, 40))
    draw = ImageDraw.Draw(image)
    draw.text((0, 10), "MO PHONG", font=font, fill=255)
    circumflex = font.getlength("M") + font.getlength("O") / 2
    draw.line([(circumflex - 5, 15), (circumflex, 10), (circumflex + 5, 15)], fill=255, width=2)
    hook = font.getlength("MO PH") + font.getlength("O") / 2
    draw.arc([hook - 4, 4, hook + 4, 11], 180, 60, fill=255, width=2)
    draw.line([(hook, 11), (hook, 14)], fill=255, width=2)
    return np.array(image) > 110
