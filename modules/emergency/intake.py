"""From what a caller said to a call: judged, placed, numbered; personal words set apart to be sealed."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import msgspec

from ioc.city.profile import City
from ioc.contract import Attach, Desk, Gis, Sealed, Write
from ioc.core.clock import VIETNAM, iso
from ioc.core.errors import bad_field
from ioc.core.place import Place, plausible
from ioc.core.text import Text, nfc
from modules.emergency.categories import CATEGORIES, Category
from modules.emergency.events import SEVERITY_OF, CallReceived
from modules.emergency.location import Location, swapped
from modules.emergency.numbers import Believed
from modules.emergency.priority import Answer, Judgement, judge
from modules.emergency.shapes import CallIn, LocationIn
from modules.emergency.statements import add_call, add_stamp
from modules.emergency.views import both, mode_of

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: read over a radio without mistakes
NO_PLACE = Text("chưa rõ vị trí", "location unknown")


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """A call as taken. `place` is None unless it lies in the city; `given` is the point as told."""

    id: str
    number: str
    said: CallIn
    judgement: Judgement
    location: Location
    place: Place | None
    given: LocationIn | None
    received: datetime
    recorded: datetime
    simulated: bool

    @property
    def kind(self) -> Category:
        """What the call is about."""
        return CATEGORIES[self.judgement.category]


def take(said: CallIn, *, id: str, city: City, gis: Gis, now: datetime, believed: Believed, simulated: bool) -> Intake:
    """The call of what was said. `believed` says between which times it may have come.

    Raises:
        Problem: 422 for an unknown kind, impossible or swapped coordinates, or a time too old or to come. Nothing else
            refuses a call: one without a place, or from elsewhere, is kept for a person.
    """
    received = check_time(said.received_at or now, believed, "received_at")
    if said.category is not None and said.category not in CATEGORIES:
        known = ", ".join(CATEGORIES)
        raise bad_field("category", f"Loại việc lạ; dùng: {known}", f"Unknown category; use one of: {known}")
    if said.location:
        check_point(said.location.lon, said.location.lat, city, "location")
    location, place = _locate(said.location, gis, now)
    judgement = judge(
        dialled=said.number_dialled,
        service=said.service,
        category=said.category,
        narrative=said.narrative or "",
        answers=tuple(Answer(question, answer) for question, answer in said.answered.items()),
    )
    return Intake(
        id=id,
        number=number_of(id, judgement.service, received),
        said=said,
        judgement=judgement,
        location=location,
        place=place,
        given=said.location,
        received=received,
        recorded=now,
        simulated=simulated,
    )


def check_time(at: datetime, believed: Believed, field: str) -> datetime:
    """The time; raises Problem 422 when it is too old, or further ahead than a clock may be wrong."""
    if at < believed.first:
        oldest = f"{believed.first.astimezone(VIETNAM):%H:%M %d/%m/%Y}"
        raise bad_field(
            field,
            f"Thời điểm quá cũ: chỉ nhận từ {oldest}; kiểm tra đồng hồ thiết bị",
            f"This time is too old: only from {oldest} Vietnam time on; check the device's clock",
            code="time-too-old",
        )
    if at > believed.last:
        raise bad_field(
            field,
            "Thời điểm nằm trong tương lai; kiểm tra đồng hồ thiết bị",
            "This time lies in the future; check the device's clock",
            code="time-in-future",
        )
    return at


def check_point(lon: float, lat: float, city: City, field: str) -> None:
    """Refuses coordinates that are swapped or impossible, saying which.

    Raises:
        Problem: 422.
    """
    if swapped(lon, lat, city.bbox):
        raise bad_field(
            field,
            f"Có vẻ kinh độ và vĩ độ bị đảo: lat={lat}, lon={lon}; hãy gửi lat={lon}, lon={lat}",
            f"Latitude and longitude look swapped: lat={lat}, lon={lon}; send lat={lon}, lon={lat}",
            code="swapped-coordinates",
        )
    if not plausible(lon, lat):
        raise bad_field(field, "Tọa độ không tồn tại trên trái đất", "No such coordinates on earth")


def _locate(given: LocationIn | None, gis: Gis, at: datetime) -> tuple[Location, Place | None]:
    if given is None:
        return "unknown", None
    if not gis.inside(given.lon, given.lat):
        return "outside", None
    place = gis.place(given.lon, given.lat, at)
    return "located", msgspec.structs.replace(place, uncertainty_m=given.uncertainty_m)


def number_of(id: str, service: str, at: datetime) -> str:
    """What people call the call: service, local day and six letters of its id, as in `114-261121-7K3QZD`."""
    bits = uuid.UUID(id).int & (1 << 30) - 1
    letters = "".join(_LETTERS[bits >> shift & 31] for shift in range(25, -1, -5))
    return f"{service}-{at.astimezone(VIETNAM):%y%m%d}-{letters}"


def sealed_of(call: Intake) -> Sealed | None:
    """What only an operator may read, and only with a reason."""
    said = call.said
    caller = said.caller
    fields = {
        "caller_name": caller.name if caller else None,
        "caller_phone": caller.phone if caller else None,
        "ani": said.ani,
        "address": said.address,
        "narrative": said.narrative,
        **{f"answer.{question}": answer for question, answer in said.answered.items()},
    }
    told = {name: nfc(text) for name, text in fields.items() if text}
    return Sealed(ref=call.id, fields=told) if told else None


def event_of(call: Intake) -> CallReceived:
    """The event of a call; it asks the desk for an incident and carries no word of the caller's."""
    judgement, what = call.judgement, call.kind.name
    return CallReceived(
        call=call.id,
        number=call.number,
        service=judgement.service,
        number_dialled=call.said.number_dialled,
        category=judgement.category,
        what_vi=what.vi,
        what_en=what.en,
        priority=judgement.priority,
        rule=judgement.rule,
        rule_version=judgement.rule_version,
        reason_vi=judgement.reason.vi,
        reason_en=judgement.reason.en,
        location=call.location,
        uncertainty_m=call.given.uncertainty_m if call.given else None,
        needs=call.said.needs,
        received=call.received,
        personal=call.id if sealed_of(call) else None,
        place=call.place,
        severity=SEVERITY_OF[judgement.priority],
        desk=Desk(kind="call", priority=judgement.priority, title=_title(call), category=judgement.category),
        attach=Attach(facts=_facts(call)),
    )


def _title(call: Intake) -> Text:
    what, service = call.kind.name, call.judgement.service
    if call.location == "located":
        return Text(f"{service}: {what.vi}", f"{service}: {what.en}")
    return Text(f"{service}: {what.vi} ({NO_PLACE.vi})", f"{service}: {what.en} ({NO_PLACE.en})")


def _facts(call: Intake) -> dict[str, Any]:
    return {
        "call_number": call.number,
        "service": call.judgement.service,
        "number_dialled": call.said.number_dialled,
        "priority_rule": call.judgement.rule,
        "priority_reason": both(call.judgement.reason),
        "location": call.location,
        "needs": list(call.said.needs),
        "service_state": "received",
    }


def writes_of(call: Intake, by: str) -> list[Write]:
    """The rows of a call: itself and its first stamp."""
    return [add_call(_row(call)), add_stamp(call.id, "received", iso(call.received), by)]


def _row(call: Intake) -> dict[str, Any]:
    judgement, given, ward = call.judgement, call.given, call.place.ward if call.place else None
    return {
        "id": call.id,
        "number": call.number,
        "service": judgement.service,
        "number_dialled": call.said.number_dialled,
        "category": judgement.category,
        "priority": judgement.priority,
        "rule": judgement.rule,
        "rule_version": judgement.rule_version,
        "reason_vi": judgement.reason.vi,
        "reason_en": judgement.reason.en,
        "state": "received",
        "location": call.location,
        "lon": given.lon if given else None,
        "lat": given.lat if given else None,
        "uncertainty_m": given.uncertainty_m if given else None,
        "ward_code": ward.code if ward else None,
        "ward_name": ward.name if ward else None,
        "place_name": call.place.name if call.place else None,
        "needs": msgspec.json.encode(call.said.needs).decode(),
        "personal": call.id if sealed_of(call) else None,
        "received_at": iso(call.received),
        "recorded_at": iso(call.recorded),
        "simulated": call.simulated,
    }


def answer_of(call: Intake, city: City) -> dict[str, Any]:
    """What the one who posted the call is told at once."""
    ward = call.place.ward if call.place else None
    judgement = call.judgement
    return {
        "id": call.id,
        "number": call.number,
        "status": "received",
        "priority": judgement.priority,
        "rule": judgement.rule,
        "reason": both(judgement.reason),
        "category": judgement.category,
        "what": both(call.kind.name),
        "service": judgement.service,
        "number_dialled": call.said.number_dialled,
        "mode": mode_of(city, judgement.service),
        "passed_on": judgement.service != call.said.number_dialled,
        "location": call.location,
        "location_note": None if call.location == "located" else both(NO_PLACE),
        "ward": {"code": ward.code, "name": ward.name} if ward else None,
        "received": iso(call.received),
    }
