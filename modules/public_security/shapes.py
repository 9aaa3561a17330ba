"""What the doors take: closed shapes, every text bounded, every time with its zone."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ioc.core.clock import to_utc
from modules.public_security.kinds import Method, RecordType, Sender

Short = Annotated[str, Meta(max_length=200)]
Zoned = Annotated[datetime, Meta(tz=True)]

MOST_EVENTS = 500


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base: a field nobody declared is refused, and so is a time that has no form in UTC."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, datetime):
                msgspec.structs.force_setattr(self, name, _in_utc(name, value))


def _in_utc(name: str, at: datetime) -> datetime:
    try:
        return to_utc(at)
    except ValueError as error:
        raise ValueError(f"Invalid RFC3339 time in `{name}`: {error}") from error


class LocationIn(Shape, frozen=True):
    """Where, in degrees WGS 84, and how uncertain in metres."""

    lat: float
    lon: float
    uncertainty_m: Annotated[float, Meta(ge=0, le=1_000_000)] | None = None


class PersonIn(Shape, frozen=True):
    """Somebody a record is about; sealed as a whole."""

    role: Annotated[str, Meta(pattern="^(reporter|victim|witness|suspect|missing|other)$")] = "other"
    name: Short | None = None
    phone: Short | None = None
    note: Annotated[str, Meta(max_length=500)] | None = None


class RecordIn(Shape, frozen=True):
    """An incident record of 113 or the commune police: what, where and between which times.

    Without `t_to` it happened at `t_from`. One of `location` and `address` must be there. Address, narrative, persons,
    plates and the sender's own `reference` are sealed and never ride in an event.
    """

    type: RecordType
    t_from: Zoned
    t_to: Zoned | None = None
    location: LocationIn | None = None
    address: Annotated[str, Meta(max_length=500)] | None = None
    method: Method = "unknown"
    source: Sender = "113"
    reference: Short | None = None
    narrative: Annotated[str, Meta(max_length=4000)] | None = None
    persons: Annotated[tuple[PersonIn, ...], Meta(max_length=20)] = ()
    plates: Annotated[tuple[Annotated[str, Meta(max_length=20)], ...], Meta(max_length=20)] = ()


class AnalyticsIn(Shape, frozen=True):
    """What a camera's own analytics noticed: `topic` began (`state` true) or ended (false) at `t`."""

    camera: Annotated[str, Meta(max_length=64, pattern=r"^[a-z0-9]+([._-][a-z0-9]+)*\Z")]  # as ids of the profile are
    topic: Annotated[str, Meta(min_length=1, max_length=120)]
    t: Zoned
    state: bool


Analytics = AnalyticsIn | Annotated[list[AnalyticsIn], Meta(min_length=1, max_length=MOST_EVENTS)]


class AnswerIn(Shape, frozen=True):
    """What a person says to a proposal: it is accepted or left."""

    answer: Literal["accept", "leave"]
