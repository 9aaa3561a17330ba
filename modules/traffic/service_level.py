"""Level of service of an urban street, A (free) to F (standing), by the ratio of travel speed to free-flow speed.

The bands are those of the Highway Capacity Manual for urban streets; the city's thresholds hold the numbers.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Level = Literal["A", "B", "C", "D", "E", "F"]
CONGESTED: frozenset[str] = frozenset({"E", "F"})


class LevelBands(NamedTuple):
    """A level holds above its speed ratio; below the last it is F, and so it is with v/c above `most_vc`."""

    a: float
    b: float
    c: float
    d: float
    e: float
    most_vc: float


def level_of_service(speed_ratio: float, vc: float | None, bands: LevelBands) -> Level:
    """The level at a ratio of travel speed to free-flow speed (0.44 is 44 %); v/c counts where it is known."""
    if vc is not None and vc > bands.most_vc:
        return "F"
    limits: tuple[tuple[Level, float], ...] = (
        ("A", bands.a), ("B", bands.b), ("C", bands.c), ("D", bands.d), ("E", bands.e),
    )  # fmt: skip
    return next((level for level, least in limits if speed_ratio > least), "F")
