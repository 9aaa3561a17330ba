"""What every kind of source gives: one picture after the other, until there are none any more."""

from __future__ import annotations

import cv2
from cv2.typing import MatLike as Image

from streams.messages import Trouble


class Gone(Exception):
    """The source gives no pictures (any more)."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


class Taken:
    """A picture that has come; only who wants to look at it pays for its colours. `cut`: it does not follow the last.

    `lag_s` is how much later it was taken than it should have been, had all come in time.
    """

    __slots__ = ("_capture", "cut", "lag_s")

    def __init__(self, capture: cv2.VideoCapture, *, cut: bool, lag_s: float) -> None:
        self._capture, self.cut, self.lag_s = capture, cut, lag_s

    def picture(self) -> Image | None:
        """The picture in BGR; None when it could not be made."""
        done, picture = self._capture.retrieve()
        return picture if done else None


class Still(Taken):
    """One that came whole, and was made already."""

    __slots__ = ("_image",)

    def __init__(self, image: Image, *, cut: bool) -> None:
        self._image, self.cut, self.lag_s = image, cut, 0.0

    def picture(self) -> Image | None:
        """See Taken."""
        return self._image
