"""What the doors take: closed shapes, every text bounded, every time with its zone."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from ioc.core.clock import to_utc
from modules.emergency.categories import Service
from modules.emergency.states import CallState, UnitState

Short = Annotated[str, Meta(max_length=200)]
Long = Annotated[str, Meta(max_length=4000)]
Code = Annotated[str, Meta(min_length=1, max_length=32, pattern="^[a-z0-9_]+$")]
Zoned = Annotated[datetime, Meta(tz=True)]


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


class CallerIn(Shape, frozen=True):
    """Who calls; sealed."""

    name: Short | None = None
    phone: Short | None = None


class LocationIn(Shape, frozen=True):
    """Where, in degrees WGS 84, and how uncertain in metres."""

    lat: float
    lon: float
    uncertainty_m: Annotated[float, Meta(ge=0, le=1_000_000)] | None = None


AnswerValue = Annotated[str, Meta(max_length=500)] | bool | float


class AnswerIn(Shape, frozen=True):
    """A protocol answer: yes or no (or true, false), a number, or free words (sealed like the narrative)."""

    question: Code
    answer: AnswerValue


class CallIn(Shape, frozen=True):
    """A call to 113, 114, 115 or 112.

    `number_dialled` is what the caller dialled, `service` who should answer where the operator already knows; `ani`
    is the number the network showed. `answers` may be a list or an object by question. Caller, narrative, address and
    answers are sealed and never ride in an event.
    """

    number_dialled: Service
    service: Service | None = None
    category: Code | None = None
    caller: CallerIn | None = None
    ani: Short | None = None
    location: LocationIn | None = None
    address: Annotated[str, Meta(max_length=500)] | None = None
    narrative: Long | None = None
    answers: (
        Annotated[tuple[AnswerIn, ...], Meta(max_length=40)] | Annotated[dict[Code, AnswerValue], Meta(max_length=40)]
    ) = ()
    needs: Annotated[tuple[Code, ...], Meta(max_length=10)] = ()
    received_at: Zoned | None = None

    @property
    def answered(self) -> dict[str, str]:
        """The answers by question, as words: `yes`, `no`, a number, or what was said."""
        given = self.answers
        pairs = given.items() if isinstance(given, dict) else ((one.question, one.answer) for one in given)
        return {question: _words(value) for question, value in pairs}


def _words(value: str | bool | float) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else f"{value:g}"


class PositionIn(Shape, frozen=True):
    """Where a unit was at `at`: degrees WGS 84, km/h, degrees from north; `state` where the device sends it along."""

    lat: float
    lon: float
    at: Zoned
    speed_kmh: Annotated[float, Meta(ge=0, le=1000)] | None = None
    heading_deg: Annotated[float, Meta(ge=0, le=360)] | None = None
    state: UnitState | None = None


class UnitPositionIn(PositionIn, frozen=True, kw_only=True):
    """One position of a batch."""

    unit: Annotated[str, Meta(min_length=1, max_length=64)]


class PositionsIn(Shape, frozen=True):
    """Positions of several units at once."""

    positions: Annotated[tuple[UnitPositionIn, ...], Meta(min_length=1, max_length=500)]


class UnitStateIn(Shape, frozen=True):
    """What a unit is doing since `at` (now, where not said), and for which call."""

    state: UnitState
    at: Zoned | None = None
    call: Annotated[str, Meta(max_length=36)] | None = None


class CallStateIn(Shape, frozen=True):
    """The step a call reached at `at` (now, where not said)."""

    state: CallState
    at: Zoned | None = None
    unit: Annotated[str, Meta(max_length=64)] | None = None


class TransferAnswerIn(Shape, frozen=True):
    """Whether the service takes the call. `transfer` may be left out while only one waits."""

    answer: Annotated[str, Meta(pattern="^(accepted|refused)$")]
    transfer: Annotated[str, Meta(max_length=36)] | None = None
