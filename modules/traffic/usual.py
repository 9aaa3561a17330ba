"""The usual speed for this hour: the median of the same slot of the week in the detector's own past.

A slot is a quarter of an hour of local time. While the same weekday has too few days behind it, the same slot of
working days or of weekends is taken, then its whole hour. Where that is too little too there is no usual speed: none is
invented. A city may state its own by hour of day, as shares of the free-flow speed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Literal

import msgspec

from ioc.core.clock import VIETNAM

SLOT = timedelta(minutes=15)
_SATURDAY = 5

Basis = Literal["weekday", "day_kind", "hour", "city"]
Past = Iterable[tuple[datetime, float]]


class Usual(msgspec.Struct, frozen=True):
    """A usual speed in km/h, from how many quarters of an hour, and what was compared."""

    speed: float
    samples: int
    basis: Basis


class UsualSpeeds(msgspec.Struct, frozen=True):
    """The usual speeds of one detector, by the three ways of comparing."""

    weekday: dict[str, Usual] = {}
    day_kind: dict[str, Usual] = {}
    hour: dict[str, Usual] = {}

    def at(self, moment: datetime) -> Usual | None:
        """What is usual at this moment, None where the past is too short."""
        weekday, day_kind, hour = _keys(moment)
        return self.weekday.get(weekday) or self.day_kind.get(day_kind) or self.hour.get(hour)


def usual_speeds(past: Past, least: int) -> UsualSpeeds:
    """The usual speeds of a past of (time, mean speed of a quarter of an hour); a slot needs `least` of them."""
    gathered: tuple[dict[str, list[float]], ...] = ({}, {}, {})
    for moment, speed in past:
        for found, key in zip(gathered, _keys(moment), strict=True):
            found.setdefault(key, []).append(speed)
    bases: tuple[Basis, ...] = ("weekday", "day_kind", "hour")
    return UsualSpeeds(*(_medians(found, basis, least) for found, basis in zip(gathered, bases, strict=True)))


def stated(shares: Sequence[float], free_flow_kmh: float, moment: datetime) -> Usual | None:
    """What the city states for this hour of day: 24 shares of the free-flow speed, or nothing."""
    if not shares:
        return None
    return Usual(shares[moment.astimezone(VIETNAM).hour] * free_flow_kmh, 0, "city")


def _medians(found: dict[str, list[float]], basis: Basis, least: int) -> dict[str, Usual]:
    return {key: Usual(round(median(all), 1), len(all), basis) for key, all in found.items() if len(all) >= least}


def _keys(moment: datetime) -> tuple[str, str, str]:
    local = moment.astimezone(VIETNAM)
    quarter = f"{local.hour:02d}:{local.minute // 15 * 15:02d}"
    kind = "weekend" if local.weekday() >= _SATURDAY else "workday"
    return f"{local.weekday()} {quarter}", f"{kind} {quarter}", f"{kind} {local.hour:02d}"
