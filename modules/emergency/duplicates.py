"""Calls that may be about the same thing: same kind, near, and soon after. Only ever a suggestion to a person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from modules.emergency.eta import distance_m


class Heard(msgspec.Struct, frozen=True):
    """What is compared of a call. `lonlat` is None where the place is not known."""

    id: str
    number: str
    category: str
    lonlat: tuple[float, float] | None
    at: datetime


class Likeness(msgspec.Struct, frozen=True):
    """Another call that may be the same: how far away in metres and how long before or after in seconds."""

    other: Heard
    distance_m: float
    seconds: float


def possible_duplicate(call: Heard, others: Iterable[Heard], *, within_m: float, within: timedelta) -> Likeness | None:
    """The nearest call of the same kind within both limits (limits included), or None.

    A call without a place is never called a duplicate: nothing shows that it is.
    """
    found = [like for other in others if (like := _likeness(call, other))]
    near = [like for like in found if like.distance_m <= within_m and like.seconds <= within.total_seconds()]
    return min(near, key=lambda like: (like.distance_m, like.seconds), default=None)


def _likeness(call: Heard, other: Heard) -> Likeness | None:
    if other.id == call.id or other.category != call.category or not call.lonlat or not other.lonlat:
        return None
    return Likeness(other, distance_m(call.lonlat, other.lonlat), abs((call.at - other.at).total_seconds()))
