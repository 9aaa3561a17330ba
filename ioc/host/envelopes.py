"""Turns what a module said into an envelope: identity, place, title and what is inherited from the cause."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from ioc.contract import Event
from ioc.contract.events import payload
from ioc.core.envelope import Envelope
from ioc.core.errors import Problem
from ioc.core.ids import new_id
from ioc.core.place import Place
from ioc.core.text import Text, counted, nfc
from ioc.host.discovery import ModuleSpec

MOST_NAME = 1_000  # bytes of UTF-8; an index of PostgreSQL takes 2,704 together with what stands beside it

Locate = Callable[[float, float, datetime], Place]


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where an event comes from: the city, the module, and what it inherits."""

    city: str
    spec: ModuleSpec
    now: datetime
    cause: Envelope | None = None
    simulated: bool = False


def envelope_of(event: Event, origin: Origin, locate: Locate) -> Envelope:
    """The envelope of one event; `locate` gives the ward of a point at a time.

    Derived events inherit correlation, `simulated` and `exercise` from their cause. Key and correlation are composed
    (NFC), so that a name in two spellings of Unicode is one key.

    Raises:
        Problem: 422 `name-too-long`, as no index takes a key or correlation of more than `MOST_NAME` bytes.
    """
    declared, cause = event.declared, origin.cause
    fields = payload(event)
    key = nfc(event.key)
    correlation = nfc(event.correlation or (cause.correlationid if cause else key))
    for name in (key, correlation):
        _check_name(name)
    return Envelope(
        id=new_id(),
        source=f"/{origin.city}/{origin.spec.name}",
        type=declared.name,
        subject=key,
        time=origin.now,
        recordedtime=origin.now,
        city=origin.city,
        module=origin.spec.name,
        partitionkey=key,
        correlationid=correlation,
        causationid=cause.id if cause else None,
        severity=event.severity if event.severity is not None else declared.severity,
        dataclass=(event.data_class or declared.data_class).value,
        simulated=event.simulated or origin.simulated or (cause.simulated if cause else False),
        exercise=cause.exercise if cause else False,
        data=_data(event, fields, origin, locate),
    )


def _check_name(name: str) -> None:
    if len(name.encode("utf-8", "surrogatepass")) > MOST_NAME:
        limit = counted(MOST_NAME, "byte")
        title = Text(f"Khoá của sự kiện dài quá {MOST_NAME} byte", f"The key of an event is longer than {limit}")
        raise Problem("name-too-long", title, 422)


def _data(event: Event, fields: dict[str, Any], origin: Origin, locate: Locate) -> dict[str, Any]:
    data: dict[str, Any] = {**fields, "title": _title(event, fields, origin)}
    if event.place is not None:
        data |= _where(event.place, origin.now, locate)
    if event.desk is not None:
        data["desk"] = msgspec.to_builtins(event.desk)
    if event.attach is not None:
        data["attach"] = msgspec.to_builtins(event.attach)
    return data


def _title(event: Event, fields: dict[str, Any], origin: Origin) -> dict[str, str]:
    title = event.desk.title if event.desk else origin.spec.event_title(event.declared.name, fields)
    return {"vi": title.vi, "en": title.en}


def _where(place: Place, now: datetime, locate: Locate) -> dict[str, Any]:
    known = place if place.ward else locate(place.lon, place.lat, now)
    where: dict[str, Any] = {
        "geometry": {"type": "Point", "coordinates": [place.lon, place.lat]},
        "ward": msgspec.to_builtins(known.ward),
        "place": place.name or known.name,
    }
    if place.uncertainty_m is not None:
        where["uncertainty_m"] = place.uncertainty_m
    return where
