"""Pictures on their way into a process of their own, and what is said to it and by it: what is wanted in JSON, then one
JPEG after the other. Knows nothing of OpenCV, which stays in those processes."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import msgspec

from streams.marks import Marks

NOT_UNDERSTOOD, NO_PICTURE, NO_FILM = 2, 3, 4
NO_MODEL = NOT_UNDERSTOOD
"""How such a process ends where it cannot do what is wanted."""
Part = tuple[float, float, float, float]
_LENGTH = struct.Struct(">I")


class Looked(msgspec.Struct, frozen=True):
    """The size of the first picture, and the boxes of each; None where nobody has looked."""

    width: int
    height: int
    marks: tuple[Marks, ...] | None


class Order(msgspec.Struct, frozen=True):
    """A film that is wanted. Of each picture when it was taken (Unix milliseconds) and what is blurred in it (see
    `streams.blurring.Box`); the outlines that are black in all of them; the words burnt into each, with the offset of
    the clock from UTC in seconds; `whole`: all of every picture is blurred."""

    at_ms: tuple[int, ...]
    areas: tuple[tuple[Part, ...], ...]
    masks: tuple[tuple[tuple[float, float], ...], ...]
    words: str
    utc_offset_s: int
    whole: bool = False


class Broken(ValueError):
    """The bytes are no parcel."""


def packed(said: bytes, pictures: Sequence[bytes]) -> bytes:
    """As they are handed over."""
    return b"".join(part for one in (said, *pictures) for part in (_LENGTH.pack(len(one)), one))


def unpacked(data: bytes) -> tuple[bytes, list[bytes]]:
    """What is wanted, and the pictures.

    Raises:
        Broken: it ends too early.
    """
    parts, at = [], 0
    while at < len(data):
        if at + _LENGTH.size > len(data):
            raise Broken("no length")
        (length,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        if at + length > len(data):
            raise Broken("cut off")
        parts.append(data[at : at + length])
        at += length
    if not parts:
        raise Broken("nothing")
    return parts[0], parts[1:]
