"""Takes a checked report in: classified at once, dated, placed, compared with others, sealed and put on the desk."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.exc import IntegrityError

from gis.nearest import haversine_m
from ioc.city.profile import DEADLINE_THRESHOLD, ReportService
from ioc.contract import Attach, Decision, Desk, Door, Principal, Reply, Run, Sealed, Write
from ioc.core.errors import FieldError, Problem
from ioc.core.ids import new_id
from ioc.core.place import Place, WardRef
from ioc.core.text import Text
from modules.citizen import codes, reports
from modules.citizen.classify import danger_in, suggest_service
from modules.citizen.deadlines import Deadlines, Lengths, deadlines
from modules.citizen.draft import PERSONAL, Draft
from modules.citizen.duplicates import Likeness, Rule, Sighting, candidates, fingerprints
from modules.citizen.events import ReportReceived
from modules.citizen.naming import report_number
from modules.citizen.privacy import rounded

DANGER = Text("Có nguy hiểm", "Danger")
NO_WARD = Text("chưa rõ vị trí", "place unknown")
_SENSITIVE_ASSETS = frozenset({"school", "hospital"})
_URGENT = 1
_BASE_PRIORITY = {"simple": 4, "ordinary": 3, "complex": 3}


class Taken(msgspec.Struct, frozen=True):
    """What became of a report: its id, and the earlier reports it may repeat.

    `code` opens the citizen's page; None where none was made, or where this is a repeat and the first answer's counts.
    """

    id: str
    emergency: bool
    duplicates: tuple[dict[str, Any], ...]
    code: str | None


class _Intake(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was found out about a draft before it is written."""

    id: str
    now: datetime
    draft: Draft
    service: ReportService
    emergency: bool
    danger: str | None
    location: str
    ward: WardRef | None
    place_name: str | None
    times: Deadlines
    duplicates: tuple[dict[str, Any], ...]
    priority: int
    suggested: str | None

    @property
    def ref(self) -> str:
        """Where the personal fields lie sealed."""
        return f"citizen:{self.id}"


async def take_in(door: Door, by: Principal, draft: Draft, *, key: str | None, code: str | None) -> Taken:
    """Commits a report and everything that follows from it at once; returns after the commit.

    `key` is the client's idempotency key: a repeat gives the first answer. `code` is the citizen's secret code, of
    which only the hash is kept.

    Raises:
        Problem: 404 no such service, 409 key reused or id taken, 503 while the store is away.
    """
    intake = await _study(door, draft)
    grid_m = door.threshold("citizen.public_rounding_m", intake.now)
    kept_code = codes.fingerprint(code) if code else None
    told = {"emergency": intake.emergency, "duplicates": list(intake.duplicates), "code_hash": kept_code}
    reply = Reply(201, {"report": intake.id, **told})

    def decide(run: Run) -> Decision:
        number = reports.next_number(run)
        return Decision(
            reply=reply,
            writes=[
                Write(reports.added(_row(intake, by, code, grid_m), number)),
                Write(reports.step_taken(intake.id, intake.id, intake.now, "new")),
            ],
            sealed=[_sealed(intake)],
            events=[_event(intake, grid_m, number)],
        )

    try:
        committed = await door.decide(decide, by=by, key=key, fingerprint=body_hash(draft))
    except IntegrityError as error:  # a client's own id that another report has had for longer than keys are kept
        raise Problem("id-taken", Text("Mã phản ánh đã được dùng", "The report id is taken"), 409) from error
    body = committed.body
    works = code if body.get("code_hash") == kept_code else None
    return Taken(body["report"], body["emergency"], tuple(body["duplicates"]), works)


def body_hash(draft: Draft) -> bytes:
    """What makes two posts the same post: every field and the cleaned photo."""
    photo = hashlib.sha256(draft.photo.jpeg).hexdigest() if draft.photo else None
    told = [draft.service_code, sorted(draft.fields.items()), draft.lonlat, photo, draft.client_id]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).digest()


async def _study(door: Door, draft: Draft) -> _Intake:
    now = door.clock.now()
    service = _service(door, draft.service_code)
    danger = danger_in(draft.text)
    emergency = danger is not None or service.deadline == "emergency"
    location, ward, name = _located(door, draft, now)
    report_id = draft.client_id or new_id()
    suggestion = suggest_service(draft.text, door.city.services)
    return _Intake(
        id=report_id,
        now=now,
        draft=draft,
        service=service,
        emergency=emergency,
        danger=danger.kind if danger else ("service" if emergency else None),
        location=location,
        ward=ward,
        place_name=name,
        times=deadlines(now, lengths_of(door, service, emergency, now), door.city.calendar),
        duplicates=await _duplicates(door, draft, report_id, now),
        priority=_priority(door, service, emergency, draft, now),
        suggested=suggestion.service_code if suggestion and suggestion.service_code != service.code else None,
    )


def _service(door: Door, code: str) -> ReportService:
    try:
        return door.city.service(code)
    except LookupError as error:
        text = Text("Không có loại phản ánh này", "There is no such service")
        errors = (FieldError("service_code", text),)
        raise Problem("no-such-service", text, 404, None, errors) from error


def lengths_of(door: Door, service: ReportService, emergency: bool, now: datetime) -> Lengths:
    """How long this report may take, by the city's thresholds of the day."""
    days = None if emergency else int(door.threshold(DEADLINE_THRESHOLD[service.deadline], now))
    return Lengths(
        validate_working_h=door.threshold("citizen.validate_working_hours", now),
        act_h=door.threshold(DEADLINE_THRESHOLD["emergency"], now),
        report_h=door.threshold("citizen.deadline.emergency_report_hours", now),
        resolve_days=days,
    )


def _located(door: Door, draft: Draft, now: datetime) -> tuple[str, WardRef | None, str | None]:
    if draft.lonlat is None:
        return "unclear", None, None
    if not door.gis.inside(*draft.lonlat):
        return "outside", None, None
    place = door.gis.place(*draft.lonlat, now)
    return "known", place.ward, place.name


async def _duplicates(door: Door, draft: Draft, report_id: str, now: datetime) -> tuple[dict[str, Any], ...]:
    if draft.lonlat is None:
        return ()
    rule = duplicate_rule(door, now)
    new = Sighting(
        id=report_id,
        service_code=draft.service_code,
        lon=draft.lonlat[0],
        lat=draft.lonlat[1],
        received=now,
        prints=fingerprints(draft.text),
        photo_hash=draft.photo.hash if draft.photo else None,
    )
    async with door.read() as connection:
        near = await reports.sightings_near(connection, draft.service_code, draft.lonlat, now, rule)
    numbers = {sighting.id: number for sighting, number in near}
    found = candidates(new, (sighting for sighting, _ in near), rule)
    return tuple(_told(alike, numbers[alike.id]) for alike in found)


def _told(alike: Likeness, number: int) -> dict[str, Any]:
    return {"id": alike.id, "number": number, "distance_m": alike.distance_m, "likeness": alike.jaccard}


def duplicate_rule(door: Door, now: datetime) -> Rule:
    """How near two reports must be, by the city's thresholds of the day."""
    return Rule(
        distance_m=door.threshold("citizen.duplicate_distance_m", now),
        days=door.threshold("citizen.duplicate_days", now),
        jaccard=door.threshold("citizen.duplicate_jaccard", now),
    )


def _priority(door: Door, service: ReportService, emergency: bool, draft: Draft, now: datetime) -> int:
    """1 for danger to life; else by the kind, one step up beside a school or hospital."""
    if emergency:
        return _URGENT
    base = _BASE_PRIORITY[service.deadline]
    if draft.lonlat is None:
        return base
    within_m = door.threshold("citizen.sensitive_asset_distance_m", now)
    beside = any(
        asset.kind in _SENSITIVE_ASSETS and haversine_m(*draft.lonlat, asset.lon, asset.lat) <= within_m
        for asset in door.city.assets
    )
    return base - 1 if beside else base


def _shown(intake: _Intake, grid_m: float) -> tuple[float, float] | None:
    """The rounded point; none outside the city, where a wrong point would lead people astray."""
    known = intake.draft.lonlat if intake.location == "known" else None
    return rounded(*known, grid_m) if known else None


def _event(intake: _Intake, grid_m: float, count: int) -> ReportReceived:
    service, number = intake.service, report_number(count)
    return ReportReceived(
        report=intake.id,
        number=number,
        service_code=service.code,
        service_vi=service.name.vi,
        service_en=service.name.en,
        emergency=intake.emergency,
        danger=intake.danger,
        location=intake.location,
        channel=intake.draft.channel,
        language=intake.draft.language,
        has_photo=intake.draft.photo is not None,
        due=intake.times.due.isoformat(),
        personal=intake.ref,
        place=_event_place(intake, grid_m),
        severity=4 if intake.emergency else None,
        desk=Desk(
            kind="report",
            priority=intake.priority,
            title=_title(intake),
            category=service.code,
            due=intake.times.first_by if intake.emergency else intake.times.due,
        ),
        attach=Attach(facts=_facts(intake, number)),
    )


def _event_place(intake: _Intake, grid_m: float) -> Place | None:
    """The exact point where life may hang on it; rounded otherwise, since it may be somebody's door."""
    shown = _shown(intake, grid_m)
    if shown is None or intake.draft.lonlat is None:
        return None
    lon, lat = intake.draft.lonlat if intake.emergency else shown
    blur = intake.draft.accuracy_m if intake.emergency else grid_m
    return Place(lon, lat, intake.ward, intake.place_name, blur)


def _title(intake: _Intake) -> Text:
    """What the wall shows: why it is urgent, what kind it is and where; never a word of the citizen's."""
    name = intake.service.name
    where = Text(intake.ward.name, intake.ward.name) if intake.ward else NO_WARD
    parts = [DANGER, name, where] if intake.emergency else [name, where]
    return Text(" · ".join(part.vi for part in parts), " · ".join(part.en for part in parts))


def _facts(intake: _Intake, number: str) -> dict[str, Any]:
    facts: dict[str, Any] = {"report": intake.id, "report_number": number, "location": intake.location}
    if intake.duplicates:
        facts["possible_duplicate_of"] = [one | {"number": report_number(one["number"])} for one in intake.duplicates]
    if intake.danger:
        facts["danger"] = intake.danger
    if intake.suggested:
        facts["suggested_category"] = intake.suggested
    if intake.draft.photo:
        facts["has_photo"] = True
    return facts


def _row(intake: _Intake, by: Principal, code: str | None, grid_m: float) -> dict[str, Any]:
    draft, shown = intake.draft, _shown(intake, grid_m)
    lon, lat = draft.lonlat or (None, None)
    shown_lon, shown_lat = shown or (None, None)
    return {
        "id": intake.id,
        "code_hash": codes.fingerprint(code) if code else None,
        "personal": intake.ref,
        "service_code": intake.service.code,
        "agency": intake.service.agency,
        "status": "new",
        "emergency": intake.emergency,
        "danger": intake.danger,
        "channel": draft.channel,
        "language": draft.language,
        "notice_version": draft.notice_version,
        "received_at": intake.now,
        "updated_at": intake.now,
        "first_by": intake.times.first_by,
        "due": intake.times.due,
        "location": intake.location,
        "lon": lon,
        "lat": lat,
        "shown_lon": shown_lon,
        "shown_lat": shown_lat,
        "ward_code": intake.ward.code if intake.ward else None,
        "ward_name": intake.ward.name if intake.ward else None,
        "prints": " ".join(sorted(fingerprints(draft.text))) or None,
        "photo_hash": draft.photo.hash if draft.photo else None,
        "photo": new_id() if draft.photo else None,
        "photo_published": False,
        "duplicates": json.dumps(list(intake.duplicates)) if intake.duplicates else None,
        "simulated": by.simulated,
    }


def _sealed(intake: _Intake) -> Sealed:
    draft = intake.draft
    fields = {name: draft.fields[name] for name in PERSONAL if name in draft.fields}
    if draft.lonlat:
        fields |= {"long": str(draft.lonlat[0]), "lat": str(draft.lonlat[1])}
    blobs = {"photo": draft.photo.jpeg} if draft.photo else {}
    return Sealed(ref=intake.ref, fields=fields, blobs=blobs)
