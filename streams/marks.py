"""What moves or was recognised in a picture, carried inside the picture itself: a comment of the JPEG that viewers pass
over, so that the boxes can never be of another picture. Nothing but boxes and where they come from."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec

Share = Annotated[float, msgspec.Meta(ge=-1, le=2)]
Marked: TypeAlias = tuple[Share, Share, Share, Share]
"""Left, top, width and height, as shares of the picture's."""
MOST = 200
_START, _COMMENT = b"\xff\xd8", b"\xff\xfe"
_WORD = b"ioc-boxes:"
_DIGITS = 3  # a thousandth of the picture


class Marks(msgspec.Struct, frozen=True):
    """The boxes of one picture, by a `detector` or by `motion` alone, which sees nobody who stands still."""

    by: Literal["detector", "motion"]
    boxes: Annotated[tuple[Marked, ...], msgspec.Meta(max_length=MOST)] = ()


_read = msgspec.json.Decoder(Marks).decode


def with_marks(jpeg: bytes, marks: Marks) -> bytes:
    """The same picture with its boxes in a comment at its start; beyond so many they are left out altogether, as if
    nothing were known."""
    if len(marks.boxes) > MOST or not jpeg.startswith(_START):
        return jpeg
    short = tuple(tuple(round(share, _DIGITS) for share in box) for box in marks.boxes)
    body = _WORD + msgspec.json.encode({"by": marks.by, "boxes": short})
    return _START + _COMMENT + (len(body) + 2).to_bytes(2, "big") + body + jpeg[2:]


def marks_of(jpeg: bytes) -> Marks | None:
    """The boxes that travelled with a picture; None where nothing is known of it."""
    length = int.from_bytes(jpeg[4:6], "big")
    body = jpeg[6 : 4 + length]
    if not jpeg.startswith(_START + _COMMENT) or not body.startswith(_WORD):
        return None
    return read_marks(body.removeprefix(_WORD))


def read_marks(data: bytes) -> Marks | None:
    """What was said in JSON; None where it is no such thing."""
    try:
        return _read(data)
    except msgspec.MsgspecError:
        return None


def joined(carried: Marks | None, found: Marks | None) -> Marks | None:
    """What is known by both: a detector that has looked decides what `by` is, and every box counts."""
    if carried is None or found is None:
        return found or carried
    return Marks(found.by, (*carried.boxes, *found.boxes)[:MOST])
