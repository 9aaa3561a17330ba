"""What is going on in the simulated city beyond its daily rhythm: effects that begin and end. Times are UTC."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, TypeVar

import msgspec

Lens = Literal["covered", "black", "frozen", "lost"]
FORGET = timedelta(minutes=30)


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """Something that holds from `begin` to `end`."""

    begin: datetime
    end: datetime

    def holds(self, at: datetime) -> bool:
        """Whether it is going on at that moment."""
        return self.begin <= at < self.end


class Block(Effect, frozen=True, kw_only=True):
    """A place on a road that lets only `share_left` of its capacity through, `metres` along the segment's line."""

    segment: str
    metres: float
    share_left: float


class Silence(Effect, frozen=True, kw_only=True):
    """A detector that sends nothing."""

    detector: str


class Stuck(Effect, frozen=True, kw_only=True):
    """A detector that sends the same record again and again."""

    detector: str


class People(Effect, frozen=True, kw_only=True):
    """That many more people before a camera, in its zone for crowds or where nobody should be."""

    camera: str
    count: int
    where: Literal["crowd", "restricted"]


class Blind(Effect, frozen=True, kw_only=True):
    """A camera whose picture lies or does not come."""

    camera: str
    how: Lens


_Kind = TypeVar("_Kind", bound=Effect)


class World:
    """The effects of all stories; those long gone are forgotten."""

    def __init__(self) -> None:
        self._effects: list[Effect] = []

    def put(self, effect: Effect) -> None:
        """Adds an effect."""
        self._effects = [one for one in self._effects if effect.begin - one.end < FORGET]
        self._effects.append(effect)

    def of(self, kind: type[_Kind]) -> list[_Kind]:
        """All effects of one kind, also those over and those to come."""
        return [one for one in self._effects if isinstance(one, kind)]

    def now(self, kind: type[_Kind], at: datetime) -> list[_Kind]:
        """The effects of one kind that are going on."""
        return [one for one in self.of(kind) if one.holds(at)]
