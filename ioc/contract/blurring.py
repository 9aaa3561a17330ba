"""A picture leaves the control room only as a person has seen it: blurred with these boxes, these very bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ioc.core.errors import Problem, bad_field
from ioc.core.text import Text

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Box: TypeAlias = tuple[Share, Share, Share, Share]
Blur: TypeAlias = Callable[[bytes, Sequence[Box], bool], Awaitable[bytes]]
"""Blurs these boxes of a JPEG, or all of it; the same input gives the same bytes."""

MOST_BOXES = 200
LEAST_SIDE = 0.01  # of the picture's width or height: 6 of 640 points; what is smaller blurs nothing


def not_too_small(box: Box) -> Box:
    """The box; raises ValueError where it covers so little of the picture that nothing is blurred."""
    left, top, width, height = box
    if min(left + width, 1) - left < LEAST_SIDE or min(top + height, 1) - top < LEAST_SIDE:
        raise ValueError(f"a box has to cover at least {LEAST_SIDE:g} of the picture's width and height")
    return box


class BlurIn(BaseModel):
    """What is to be blurred: boxes (left, top, width, height as shares of the picture), or the `whole` picture."""

    model_config = ConfigDict(extra="forbid")

    boxes: list[Box] = Field(default=[], max_length=MOST_BOXES)
    whole: bool = False

    @field_validator("boxes")
    @classmethod
    def _in_the_picture(cls, boxes: list[Box]) -> list[Box]:
        return [not_too_small(box) for box in boxes]


class SeenIn(BlurIn):
    """What a person has looked at: the same boxes, and the SHA-256 of the blurred picture that was shown. `clear` says
    that nobody and no vehicle can be recognised although nothing is blurred."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    clear: bool = False


def hash_of(picture: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(picture).hexdigest()


async def as_seen(blur: Blur, original: bytes, seen: SeenIn) -> bytes:
    """The blurred picture a person has confirmed, made anew and held against what they saw.

    Raises:
        Problem: 409 it is not what was looked at; 422 nothing is blurred and nobody says that nothing need be.
    """
    made = await blur(original, seen.boxes, seen.whole)
    refuse_unseen(made, seen)
    refuse_uncovered(seen, blurred=bool(seen.boxes))
    return made


def refuse_uncovered(seen: SeenIn, *, blurred: bool) -> None:
    """Raises Problem 422 where nothing is blurred and nobody says that nothing need be."""
    if not blurred and not seen.whole and not seen.clear:
        raise bad_field(
            "clear",
            "Chưa có gì được làm mờ: hãy xác nhận không thể nhận ra người và xe nào",
            "Nothing is blurred: confirm that nobody and no vehicle can be recognised",
        )


def not_shown() -> Problem:
    """The refusal of who confirms a picture that was not shown to them, or not as the last one."""
    title = Text("Bạn chưa được xem đúng ảnh đã làm mờ này", "You were not shown this very blurred picture")
    again = Text("Tự xem ảnh đã làm mờ rồi xác nhận.", "Look at the blurred picture yourself, then confirm.")
    return Problem("not-watched", title, 409, again)


def refuse_unseen(made: bytes, seen: SeenIn) -> None:
    """Raises Problem 409 where it is not what was looked at."""
    if hash_of(made) != seen.sha256:
        title = Text("Hình khác với hình đã xem", "It is not what was looked at")
        vi = "Xem lại, rồi xác nhận đúng với các ô che đã xem."
        en = "Look again, then confirm with the very boxes that were looked at."
        raise Problem("not-as-seen", title, 409, Text(vi, en))
