"""What light does to a whole picture: exposure multiplies it, haze and glare add to it. Neither is a thing."""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from cv2.typing import MatLike as Image
from numpy.typing import NDArray

SAMPLE = 12  # one pixel of so many in a row and in a column is enough to tell how bright all is
DARKEST, LIGHTEST = 12.0, 245.0  # lumas between which a pixel follows the light: others are noise, or washed out
ENOUGH = 40  # sampled pixels between them
SAME = 0.01  # a change by a smaller share is none
SAME_LUMA = 1.0  # nor is one by less luma
NORMAL = 1.48  # standard deviations of a normal distribution by its median absolute one
Channels = NDArray[np.floating[Any]]


class Light(NamedTuple):
    """How the light on a picture differs from that on the ground: `by` says for each channel by which factor where it
    `multiplies`, else how much luma is added."""

    by: Channels
    multiplies: bool

    @property
    def differs(self) -> bool:
        """Whether it does."""
        if self.multiplies:
            return bool(np.abs(self.by - 1).max() >= SAME)
        return bool(np.abs(self.by).max() >= SAME_LUMA)

    def put_on(self, picture: Image) -> Image:
        """A picture of the ground in this light."""
        return cv2.multiply(picture, _scalar(self.by)) if self.multiplies else cv2.add(picture, _scalar(self.by))

    def taken_off(self, picture: Image) -> Image:
        """A picture in this light, as it would be in that of the ground."""
        return cv2.multiply(picture, _scalar(1 / self.by)) if self.multiplies else cv2.add(picture, _scalar(-self.by))


def light_on(picture: Image, ground: Image, every: int = SAMPLE) -> Light | None:
    """The light on a picture, most of which shows the ground: multiplied or added, whichever fits better. None where
    nothing differs, or where too little is neither dark nor washed out; one pixel of `every` in a row and a column is
    looked at."""
    now, then = _sampled(picture, every), _sampled(ground, every)
    fit = ((np.minimum(now, then) > DARKEST) & (np.maximum(now, then) < LIGHTEST)).all(0)
    if np.count_nonzero(fit) < ENOUGH:
        return None
    now, then = now[:, fit], then[:, fit]
    factors, shifts = np.median(now / then, axis=1), np.median(now - then, axis=1)
    multiplied = np.median(np.abs(now - factors[:, None] * then))
    added = np.median(np.abs(now - then - shifts[:, None]))
    light = Light(factors, multiplies=True) if multiplied <= added else Light(shifts, multiplies=False)
    return light if light.differs else None


def brightness(picture: Image) -> float:
    """The luma that half of the picture is darker than."""
    return float(np.median(_sampled(picture, SAMPLE)))


def noise(picture: Image, ground: Image) -> float:
    """By how much luma a pixel of the ground flickers (standard deviation), most of which the picture shows."""
    return NORMAL * float(np.median(np.abs(_sampled(picture, SAMPLE) - _sampled(ground, SAMPLE))))


def _sampled(picture: Image, every: int) -> Channels:
    few = picture[::every, ::every]
    return np.ascontiguousarray(few.reshape(few.shape[0] * few.shape[1], -1).T, np.float32)


def _scalar(channels: Channels) -> Channels:
    return np.array([*channels.tolist(), 0.0, 0.0, 0.0][:4])
