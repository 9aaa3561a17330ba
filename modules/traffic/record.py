"""The record a detector sends over MQTT, one message an interval, and the readings it holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import msgspec

from ioc.contract import BadReading, Observation
from ioc.core.clock import iso, to_utc
from modules.traffic.kinds import OCCUPANCY, QUEUE, SPEED, UNITS

NotNegative = Annotated[float, msgspec.Meta(ge=0)]
_PATH = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<path>[^`]*)`)?$", re.DOTALL)
_NAMED = re.compile(r"field `(?P<name>[^`]+)`")


class Counted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Vehicles that passed in the interval; a kind that is not counted is left out."""

    motorcycle: NotNegative | None = None
    car: NotNegative | None = None
    bus: NotNegative | None = None
    truck: NotNegative | None = None
    bicycle: NotNegative | None = None


class Record(msgspec.Struct, frozen=True):
    """What a detector says at the end `t` of an interval. Values it does not measure are left out or null."""

    detector_id: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    t: datetime
    interval_s: Annotated[float, msgspec.Meta(gt=0, le=86_400)]
    count: Counted = Counted()
    occupancy_pct: float | None = None
    speed_kmh: float | None = None
    queue_m: float | None = None


def read_record(said: Any, station: str, period_s: float | None) -> Record:
    """The record of a message on the topic `station`; `period_s` is the city's, None where it lists no such detector.

    Raises:
        BadReading: it names the field that is wrong.
    """
    try:
        record = msgspec.convert(said, Record)
    except msgspec.ValidationError as error:
        raise BadReading(f"traffic record of {station}: {_told(str(error))}") from error
    if record.detector_id != station:
        raise BadReading(f"traffic record of {station}: detector_id: is {record.detector_id!r}, the topic's is another")
    if record.t.tzinfo is None:
        raise BadReading(f"traffic record of {station}: t: has no time zone")
    if period_s is not None and record.interval_s != period_s:
        raise BadReading(
            f"traffic record of {station}: interval_s: is {record.interval_s:g}, the city says {period_s:g}"
        )
    return record


def readings_of(record: Record, *, simulated: bool) -> Iterator[Observation]:
    """The readings of a record, each with an id that is the same when the record comes again.

    Raises:
        BadReading: the record's time has no form in UTC.
    """
    try:
        at = to_utc(record.t)
    except ValueError as error:
        raise BadReading(f"traffic record of {record.detector_id}: t: {error}") from error
    for kind, value in _values(record):
        yield Observation(
            kind=kind,
            key=record.detector_id,
            value=value,
            unit=UNITS[kind],
            at=at,
            simulated=simulated,
            id=f"{record.detector_id}/{kind}/{iso(at)}",
        )


def _values(record: Record) -> Iterator[tuple[str, float]]:
    for vehicle, number in msgspec.structs.asdict(record.count).items():
        if number is not None:
            yield f"traffic.count.{vehicle}", number
    for kind, value in ((OCCUPANCY, record.occupancy_pct), (SPEED, record.speed_kmh), (QUEUE, record.queue_m)):
        if value is not None:
            yield kind, value


def _told(error: str) -> str:
    """`count.car: Expected …`: the field first."""
    found, named = _PATH.match(error), _NAMED.search(error)
    path = (found["path"] if found else "") or ""
    field = ".".join(part for part in (path, named["name"] if named else "") if part)
    what = found["what"] if found else error
    return f"{field or 'record'}: {what}"
