"""How much a burst of posts may grow into: a score of 0 to 100 and its band."""

from __future__ import annotations

from typing import Literal

import msgspec

Band = Literal["none", "watch", "alert", "crisis"]
BANDS: tuple[Band, ...] = ("none", "watch", "alert", "crisis")


class Signs(msgspec.Struct, frozen=True, kw_only=True):
    """`z`: standard deviations above usual; `negative`: share 0-1; `reach`: people; `authority`: 0-1, how official the
    voices are; `growth`: how many times the half before."""

    z: float
    negative: float
    reach: float
    authority: float
    growth: float


class Limits(msgspec.Struct, frozen=True):
    """From which score on it is to be watched, an alert, a crisis."""

    watch: float
    alert: float
    crisis: float


def score(signs: Signs) -> float:
    """0 to 100 (weights are the project's default; a sign below zero counts as zero)."""
    return 100 * (
        0.25 * _share(signs.z / 5)
        + 0.25 * _share(signs.negative)
        + 0.20 * _share(signs.reach / 100_000)
        + 0.10 * _share(signs.authority)
        + 0.20 * _share(signs.growth / 4)
    )


def band(points: float, limits: Limits) -> Band:
    """The band a score lies in; a limit belongs to the band above it."""
    if points >= limits.crisis:
        return "crisis"
    if points >= limits.alert:
        return "alert"
    return "watch" if points >= limits.watch else "none"


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)
