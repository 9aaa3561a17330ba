"""The base class of a module and the three marks on its methods."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import msgspec

from ioc.city.profile import City
from ioc.contract.readings import State
from ioc.contract.sources import Listed

Method = TypeVar("Method", bound=Callable[..., Any])


class SourceMark(msgspec.Struct, frozen=True):
    """What `@source` declares."""

    silent_after: timedelta | None


class OnMark(msgspec.Struct, frozen=True):
    """What `@on` declares: event types or observation kinds, the state kept per key, and which key that is."""

    kinds: tuple[str, ...]
    state: type[State] | None
    by: str | None = None


class EveryMark(msgspec.Struct, frozen=True):
    """What `@every` declares."""

    period: timedelta


_PERIOD = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def period(text: str) -> timedelta:
    """A length of time from words such as `500ms`, `90s`, `3min`, `2h`, `1d`.

    Raises:
        ValueError: not such a text.
    """
    found = _PERIOD.fullmatch(text.strip())
    if not found:
        raise ValueError(f"not a length of time: {text!r} (write 90s, 3min, 2h)")
    return timedelta(seconds=float(found[1]) * _SECONDS[found[2]])


def source(*, silent_after: str | None = None) -> Callable[[Method], Method]:
    """Marks an async generator that listens to one thing and yields observations, events or last-known values.

    Retry, age and the silence notice are the host's.
    """
    return _mark(SourceMark(period(silent_after) if silent_after else None))


def on(*kinds: str, state: type[State] | None = None, by: str | None = None) -> Callable[[Method], Method]:
    """Marks a handler of event types or observation kinds; it yields events, writes and last-known values.

    It is called as `(self, item, ctx)` or, with `state`, `(self, item, state, ctx)`, in order per key. It may be a
    plain or an async generator; it runs with no open transaction and must not do I/O but by `ctx`.
    `by` names a method of the module that gives the key of an item's state, where that is not the item's own key
    (the road segment of a detector's reading).
    """
    return _mark(OnMark(kinds, state, by))


def every(length: str) -> Callable[[Method], Method]:
    """Marks a timer `(self, ctx)`; it yields what a handler may yield."""
    return _mark(EveryMark(period(length)))


def _mark(mark: object) -> Callable[[Method], Method]:
    def put(method: Method) -> Method:
        method.__ioc_mark__ = mark  # type: ignore[attr-defined]
        return method

    return put


@dataclass(frozen=True)
class PartOf:
    """Marks a setting as the id of a part of the city, to be checked before the city starts:
    `local_feeds: tuple[Annotated[str, PartOf("media_feeds")], ...]`.

    `parts` is a field of `City` whose rows have ids.
    """

    parts: str


class Module:
    """Base of every module; `settings` come from `[modules.<name>]` of the city profile and `IOC_<NAME>_<FIELD>`."""

    class Settings(msgspec.Struct, kw_only=True):
        """No settings unless the module declares its own."""

    def __init__(self, settings: Settings) -> None:
        self.settings: Any = settings

    def health(self) -> dict[str, object]:
        """Facts of the module's own for the health page; raise `NotConfigured` where set-up is missing."""
        return {}

    def listed(self, city: City) -> Iterable[Listed]:
        """The sources of the city this module listens to, each with the period it should speak in. Asked again, with
        another city, when a person has changed its cameras."""
        return ()
