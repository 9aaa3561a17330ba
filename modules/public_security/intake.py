"""From what was sent to a record: judged, placed, numbered; personal words set apart to be sealed."""

from __future__ import annotations

import math
import uuid
from datetime import datetime, timedelta
from typing import Any

import msgspec

from gis.nearest import METRES_PER_DEGREE
from ioc.city.profile import City
from ioc.contract import Attach, Desk, Door, Sealed
from ioc.core.clock import VIETNAM, iso
from ioc.core.dataclass import DataClass
from ioc.core.errors import bad_field
from ioc.core.ids import new_id
from ioc.core.place import Place, plausible
from ioc.core.text import Text, nfc
from modules.public_security.events import RecordReceived
from modules.public_security.kinds import KINDS, Kind
from modules.public_security.numbers import Believed, believed, number
from modules.public_security.shapes import LocationIn, RecordIn

NO_PLACE = Text("chưa rõ vị trí", "location unknown")
PAST_SEVERITY = 1
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: read over a radio without mistakes
_NEAR_DEG = 1.0


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A record as taken. `place` is None unless it lies in the city; it is rounded unless somebody must go there.

    What is `past` is history: it counts, and is neither serious nor severe any more.
    """

    id: str
    number: str
    said: RecordIn
    severity: int
    past: bool
    serious: bool
    location: str
    place: Place | None
    received: datetime
    simulated: bool

    @property
    def kind(self) -> Kind:
        """What it is about."""
        return KINDS[self.said.type]

    @property
    def until(self) -> datetime:
        """When it was over, as far as is known."""
        return self.said.t_to or self.said.t_from


def take(said: RecordIn, here: Door, *, simulated: bool) -> Record:
    """The record of what was said.

    Raises:
        Problem: 422 for no place at all, impossible or swapped coordinates, and times too old, to come or reversed.
    """
    now = here.clock.now()
    _check_times(said, believed(here, now, timedelta(days=number(here, "record.max_age_days", now))))
    if said.location is None and not (said.address or "").strip():
        raise bad_field("location", "Cần toạ độ hoặc địa chỉ", "A location or an address is needed")
    severity = int(number(here, f"severity.{said.type}", now))
    past = now - (said.t_to or said.t_from) > timedelta(minutes=number(here, "record.desk_within_min", now))
    serious = not past and severity >= number(here, "record.desk_severity", now)
    location, place = _locate(said.location, here, serious=serious, now=now)
    id = new_id()
    return Record(
        id=id,
        number=number_of(id, now),
        said=said,
        severity=severity,
        past=past,
        serious=serious,
        location=location,
        place=place,
        received=now,
        simulated=simulated,
    )


def _check_times(said: RecordIn, times: Believed) -> None:
    for field in ("t_from", "t_to"):
        at: datetime | None = getattr(said, field)
        if at is not None:
            check_time(at, times, field)
    if said.t_to is not None and said.t_to < said.t_from:
        raise bad_field("t_to", "Kết thúc trước khi bắt đầu", "It ends before it begins")


def check_time(at: datetime, times: Believed, field: str) -> None:
    """Raises Problem 422 for a time that is too old, or further ahead than a clock may be wrong."""
    if at < times.first:
        raise bad_field(field, "Thời điểm quá cũ", "This time is too old", code="time-too-old")
    if at > times.last:
        raise bad_field(
            field,
            "Thời điểm nằm trong tương lai; kiểm tra đồng hồ thiết bị",
            "This time lies in the future; check the device's clock",
            code="time-in-future",
        )


def _locate(given: LocationIn | None, here: Door, *, serious: bool, now: datetime) -> tuple[str, Place | None]:
    if given is None:
        return "unknown", None
    _check_point(given, here.city)
    if not here.gis.inside(given.lon, given.lat):
        return "outside", None
    place = here.gis.place(given.lon, given.lat, now)
    if serious:
        return "located", msgspec.structs.replace(place, uncertainty_m=given.uncertainty_m)
    grid_m = number(here, "record.rounding_m", now)
    lon, lat = rounded(given.lon, given.lat, grid_m)
    return "located", msgspec.structs.replace(
        place, lon=lon, lat=lat, uncertainty_m=max(grid_m, given.uncertainty_m or 0)
    )


def _check_point(given: LocationIn, city: City) -> None:
    lon, lat = given.lon, given.lat
    if not _about(lon, lat, city) and _about(lat, lon, city):
        raise bad_field(
            "location",
            f"Có vẻ kinh độ và vĩ độ bị đảo: lat={lat}, lon={lon}",
            f"Latitude and longitude look swapped: lat={lat}, lon={lon}",
            code="swapped-coordinates",
        )
    if not plausible(lon, lat):
        raise bad_field("location", "Tọa độ không tồn tại trên trái đất", "No such coordinates on earth")


def _about(lon: float, lat: float, city: City) -> bool:
    west, south, east, north = city.bbox
    return west - _NEAR_DEG <= lon <= east + _NEAR_DEG and south - _NEAR_DEG <= lat <= north + _NEAR_DEG


def rounded(lon: float, lat: float, grid_m: float) -> tuple[float, float]:
    """The point moved onto a grid of `grid_m` metres; a grid and no noise, which many records would average away."""
    step = grid_m / METRES_PER_DEGREE
    snapped = round(lat / step) * step
    across = step / math.cos(math.radians(snapped))
    return round(round(lon / across) * across, 6), round(snapped, 6)


def number_of(id: str, at: datetime) -> str:
    """What people call the record: the local day and six letters of its id, as in `ANTT-261121-7K3QZD`."""
    bits = uuid.UUID(id).int & (1 << 30) - 1
    letters = "".join(_LETTERS[bits >> shift & 31] for shift in range(25, -1, -5))
    return f"ANTT-{at.astimezone(VIETNAM):%y%m%d}-{letters}"


def sealed_of(record: Record) -> Sealed | None:
    """What only an operator may read, and only with a reason."""
    said = record.said
    fields = {"address": said.address, "narrative": said.narrative, "reference": said.reference}
    for i, person in enumerate(said.persons, 1):
        words = {"name": person.name, "phone": person.phone, "note": person.note}
        fields |= {f"person{i}.{field}": text for field, text in words.items()}
        fields[f"person{i}.role"] = person.role if any(words.values()) else None
    fields |= {f"plate{i}": plate for i, plate in enumerate(said.plates, 1)}
    if said.location and not record.serious:
        fields["exact_place"] = f"{said.location.lat}, {said.location.lon}"
    told = {name: nfc(text) for name, text in fields.items() if text}
    return Sealed(ref=record.id, fields=told) if told else None


def event_of(record: Record) -> RecordReceived:
    """The event of a record; the serious ones ask the desk for an incident. No word of the sender's is in it."""
    said, what = record.said, record.kind.name
    return RecordReceived(
        record=record.id,
        number=record.number,
        type=said.type,
        what_vi=what.vi,
        what_en=what.en,
        method=said.method,
        source=said.source,
        location=record.location,
        t_from=said.t_from,
        t_to=record.until,
        personal=record.id if sealed_of(record) else None,
        place=record.place,
        severity=PAST_SEVERITY if record.past else record.severity,
        data_class=DataClass.PERSONAL if record.kind.close else None,
        desk=_desk(record) if record.serious else None,
        attach=Attach(facts=_facts(record)) if record.serious else None,
    )


def _desk(record: Record) -> Desk:
    what = record.kind.name
    title = Text(f"Tin báo: {what.vi}", f"Record: {what.en}")
    if record.place is None:
        title = Text(f"{title.vi} ({NO_PLACE.vi})", f"{title.en} ({NO_PLACE.en})")
    return Desk(kind="event", priority=max(1, 6 - record.severity), title=title, category=record.said.type)


def _facts(record: Record) -> dict[str, Any]:
    said = record.said
    return {
        "record_number": record.number,
        "method": said.method,
        "source": said.source,
        "t_from": iso(said.t_from),
        "t_to": iso(record.until),
        "location": record.location,
    }


def row_of(record: Record, by: str) -> dict[str, Any]:
    """The record's row."""
    said, place = record.said, record.place
    ward = place.ward if place else None
    return {
        "id": record.id,
        "number": record.number,
        "type": said.type,
        "method": said.method,
        "source": said.source,
        "severity": record.severity,
        "location": record.location,
        "lon": place.lon if place else None,
        "lat": place.lat if place else None,
        "uncertainty_m": place.uncertainty_m if place else None,
        "ward_code": ward.code if ward else None,
        "ward_name": ward.name if ward else None,
        "place_name": place.name if place else None,
        "t_from": iso(said.t_from),
        "t_to": iso(record.until),
        "recorded_at": iso(record.received),
        "recorded_by": by,
        "personal": record.id if sealed_of(record) else None,
        "simulated": record.simulated,
    }
